import { parseTime } from '../../lib/clock.ts';
import { withFinalizer, withoutFinalizer } from '../../objects/finalizers.ts';
import { findCondition, isPodTerminal, isPodTerminating, isSidecar } from '../../objects/index.ts';
import type { Job, KubernetesObject, Pod, StoredMeta } from '../../objects/types.ts';
import { newPod } from '../pods/new-pod.ts';

/** "The finalizer is removed once the Pod has been accounted for in the Job status" (Jobs, kubernetes.io). */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';
export const FAILURES_ANNOTATION = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURES_ANNOTATION = 'batch.kubernetes.io/job-index-ignored-failure-count';
/** A generated name keeps 5 of 63 characters for its suffix. */
const MAX_PREFIX = 58;

type PodSpec = NonNullable<Pod['spec']>;

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

export function withoutTracking<T extends { readonly metadata: StoredMeta }>(pod: T): T {
  return withoutFinalizer(pod, TRACKING_FINALIZER);
}

export function withTracking<T extends { readonly metadata: StoredMeta }>(pod: T): T {
  return withFinalizer(withoutTracking(pod), TRACKING_FINALIZER);
}

/**
 * "podReplacementPolicy: TerminatingOrFailed means that we recreate pods when they are terminating (has a
 * metadata.deletionTimestamp) or failed. Failed means to wait until a previously created Pod is fully terminated (has
 * phase Failed or Succeeded). When using podFailurePolicy, Failed is the only allowed value" (batch/v1).
 */
export function replacesFailedOnly({ spec }: Job): boolean {
  return spec?.podReplacementPolicy === 'Failed' || spec?.podFailurePolicy !== undefined;
}

export function isPodFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  return !replacesFailedOnly(job) && isPodTerminating(pod) && pod.status?.phase !== 'Succeeded';
}

/** Still running while its deletion is under way. */
export function isStopping(pod: Pod): boolean {
  return isPodTerminating(pod) && !isPodTerminal(pod);
}

/** The completion index of a pod; `undefined` when it has none that the Job knows. */
export function indexOf(pod: Pod, completions: number): number | undefined {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION] ?? '';
  const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return index < completions ? index : undefined;
}

export function annotatedCount(pod: Pod | undefined, annotation: string): number {
  const text = pod?.metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/**
 * When the pod ended: "1. if all containers finished, use the latest time 2. if the pod has Ready=False condition, use
 * the last transition time
 * 3. if the pod has been deleted, use the deletionTimestamp - grace_period 4. fallback to pod's creation time" (getFinishedTime). Sidecars are among
 * the containers.
 */
export function finishedMs({ metadata, spec, status }: Pod): number {
  const sidecars = new Set((spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ];
  const ends = statuses.map(({ state }) => parseTime(state?.terminated?.finishedAt));
  const known = ends.filter((end) => end !== undefined);
  if (known.length > 0 && known.length === ends.length) return Math.max(...known);
  const ready = findCondition(status?.conditions, 'Ready');
  const since = ready?.status === 'False' ? parseTime(ready.lastTransitionTime) : undefined;
  if (since !== undefined) return since;
  const dueMs = parseTime(metadata.deletionTimestamp);
  if (dueMs !== undefined) return dueMs - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return parseTime(metadata.creationTimestamp) ?? 0;
}

/** The part of an Indexed Job that a new pod takes. */
export interface PodPart {
  readonly index: number;
  /** Failures of its index so far; `undefined` where they are not counted per index. */
  readonly failures: number | undefined;
  readonly ignoredFailures: number;
}

export function newJobPod(job: Job, part: PodPart | undefined): KubernetesObject {
  const draft = newPod(job.spec?.template ?? {}, job);
  const finalizers = [...(draft.metadata?.finalizers ?? []), TRACKING_FINALIZER];
  const tracked = { ...draft, metadata: { ...draft.metadata, finalizers } };
  return part === undefined ? tracked : withPart(job, tracked, part);
}

/**
 * "The Pod's index is available through: the annotation batch.kubernetes.io/job-completion-index; the label of that
 * name; as part of the Pod hostname, following the pattern $(job-name)-$(index); from the containerized task, in the
 * environment variable JOB_COMPLETION_INDEX"; pod names are `$(job-name)-$(index)-$(random-string)` (Jobs,
 * kubernetes.io).
 */
function withPart(job: Job, draft: KubernetesObject, { index, failures, ignoredFailures }: PodPart): KubernetesObject {
  const { generateName: _plain, ...metadata } = draft.metadata ?? {};
  const suffix = `-${index}-`;
  const annotations = {
    ...metadata.annotations,
    [INDEX_ANNOTATION]: `${index}`,
    ...(failures === undefined ? {} : { [FAILURES_ANNOTATION]: `${failures}` }),
    ...(ignoredFailures === 0 ? {} : { [IGNORED_FAILURES_ANNOTATION]: `${ignoredFailures}` }),
  };
  const spec = draft['spec'] as PodSpec | undefined;
  return {
    ...draft,
    metadata: {
      ...metadata,
      generateName: `${job.metadata.name.slice(0, MAX_PREFIX - suffix.length)}${suffix}`,
      labels: { ...metadata.labels, [INDEX_ANNOTATION]: `${index}` },
      annotations,
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: (spec?.containers ?? []).map(withIndexVariable),
      ...(spec?.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withIndexVariable) }),
    },
  };
}

function withIndexVariable<C extends PodSpec['containers'][number]>(container: C): C {
  if (container.env?.some(({ name }) => name === 'JOB_COMPLETION_INDEX') === true) return container;
  const fieldRef = { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` };
  return { ...container, env: [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }] };
}
