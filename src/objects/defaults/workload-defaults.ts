import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { each, fill, inOrder, put, within } from './fill.ts';
import { defaultPodTemplate } from './pod-defaults.ts';

const MAX_INT32 = 2_147_483_647;

/** SetDefaults_Job. "backoffLimit: defaults to 6, unless backoffLimitPerIndex (only Indexed Job) is specified." */
export function defaultJob(job: JsonObject): JsonObject {
  const labelled = withTemplateLabels(job);
  return within(labelled, 'spec', (spec) => {
    // "completions and parallelism: when both are left unset, both are defaulted to 1" (Jobs, kubernetes.io).
    const isPlain = spec['completions'] === undefined && spec['parallelism'] === undefined;
    const hasPolicy = isJsonObject(spec['podFailurePolicy']);
    const filled = fill(spec, {
      ...(isPlain ? { completions: 1 } : {}),
      parallelism: 1,
      backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : MAX_INT32,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: hasPolicy ? 'Failed' : 'TerminatingOrFailed',
    });
    return defaultPodsOfJob(filled);
  });
}

function defaultPodsOfJob(spec: JsonObject): JsonObject {
  return within(within(spec, 'template', defaultPodTemplate), 'podFailurePolicy', (policy) =>
    each(policy, 'rules', (rule) => each(rule, 'onPodConditions', (pattern) => fill(pattern, { status: 'True' }))),
  );
}

/**
 * SetDefaults_CronJob; of the Job that it will make only the pods and the conditions of a failure policy get their
 * defaults now.
 */
export function defaultCronJob(cronJob: JsonObject): JsonObject {
  return within(cronJob, 'spec', (spec) => {
    const filled = fill(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    return within(filled, 'jobTemplate', (job) => within(job, 'spec', defaultPodsOfJob));
  });
}

/** SetDefaults_DaemonSet. */
export function defaultDaemonSet(set: JsonObject): JsonObject {
  return within(set, 'spec', (spec) => {
    const filled = fill(spec, { revisionHistoryLimit: 10, updateStrategy: {} });
    const typed = within(filled, 'updateStrategy', (strategy) => {
      const named = fill(strategy, { type: 'RollingUpdate' });
      if (named['type'] !== 'RollingUpdate') return named;
      return within(fill(named, { rollingUpdate: {} }), 'rollingUpdate', (update) =>
        fill(update, { maxUnavailable: 1, maxSurge: 0 }),
      );
    });
    return within(typed, 'template', defaultPodTemplate);
  });
}

/** SetDefaults_StatefulSet. */
export function defaultStatefulSet(set: JsonObject): JsonObject {
  return within(set, 'spec', (spec) => {
    const filled = fill(spec, {
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      updateStrategy: {},
      persistentVolumeClaimRetentionPolicy: {},
    });
    return inOrder(
      filled,
      (current) => within(current, 'updateStrategy', defaultStatefulStrategy),
      (current) =>
        within(current, 'persistentVolumeClaimRetentionPolicy', (policy) =>
          fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
        ),
      (current) => within(current, 'template', defaultPodTemplate),
      (current) => each(current, 'volumeClaimTemplates', defaultClaimTemplate),
    );
  });
}

/** The claims of a template are whole objects, which nobody writes with their kind. */
function defaultClaimTemplate(claim: JsonObject): JsonObject {
  const typed = fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  return within(typed, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' }));
}

function defaultStatefulStrategy(strategy: JsonObject): JsonObject {
  const named = fill(strategy, { type: 'RollingUpdate' });
  if (named['type'] !== 'RollingUpdate') return named;
  return within(fill(named, { rollingUpdate: {} }), 'rollingUpdate', (update) => fill(update, { partition: 0 }));
}

/** SetDefaults_ReplicationController: "if empty, the selector is defaulted to the labels on the Pod template". */
export function defaultReplicationController(controller: JsonObject): JsonObject {
  return within(withTemplateLabels(controller), 'spec', (spec) => {
    const labels = templateLabels(spec);
    const selected = isEmpty(spec['selector']) && labels !== undefined ? put(spec, 'selector', labels) : spec;
    return within(fill(selected, { replicas: 1 }), 'template', defaultPodTemplate);
  });
}

/** "If the labels are empty, they are defaulted to those of the Pod template." */
function withTemplateLabels(object: JsonObject): JsonObject {
  const labels = isJsonObject(object['spec']) ? templateLabels(object['spec']) : undefined;
  if (labels === undefined) return object;
  return within(object, 'metadata', (metadata) =>
    isEmpty(metadata['labels']) ? put(metadata, 'labels', labels) : metadata,
  );
}

function templateLabels(spec: JsonObject): JsonObject | undefined {
  const template = spec['template'];
  const metadata = isJsonObject(template) ? template['metadata'] : undefined;
  const labels = isJsonObject(metadata) ? metadata['labels'] : undefined;
  return isJsonObject(labels) && Object.keys(labels).length > 0 ? labels : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/**
 * SetDefaults_HorizontalPodAutoscaler (v2): "metrics: if not set, the default metric will be set to 80 % average CPU
 * utilization"; the rules of both directions are completed as soon as `behavior` is there.
 */
export function defaultHorizontalPodAutoscaler(autoscaler: JsonObject): JsonObject {
  return within(autoscaler, 'spec', (spec) => {
    const filled = isEmpty(spec['metrics']) ? put(spec, 'metrics', [CPU_UTILIZATION]) : spec;
    return within(fill(filled, { minReplicas: 1 }), 'behavior', (behavior) =>
      inOrder(
        fill(behavior, { scaleUp: {}, scaleDown: {} }),
        (current) => within(current, 'scaleUp', (rules) => fill(rules, SCALE_UP)),
        (current) => within(current, 'scaleDown', (rules) => fill(rules, SCALE_DOWN)),
      ),
    );
  });
}

const CPU_UTILIZATION: JsonObject = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};
const DOUBLING: JsonObject = { type: 'Percent', value: 100, periodSeconds: 15 };
/**
 * GenerateHPAScaleUpRules and GenerateHPAScaleDownRules; an empty list of policies is one that was given, and is
 * refused. The window down is the controller's own when it is left out.
 */
const SCALE_UP: JsonObject = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, DOUBLING],
};
const SCALE_DOWN: JsonObject = { selectPolicy: 'Max', policies: [DOUBLING] };
