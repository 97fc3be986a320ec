import { createRegistry } from '../../api/index.ts';
import { builtInRules } from '../../api/object-rules.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import { storageKeyOf } from '../../objects/index.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { Store } from '../../store/index.ts';
import { ANOTHERS_NAMESPACE } from '../user/tidy-anothers.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';

/** What whoever opens the store while Berth is down has at hand. */
export interface Visit {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

const LABELS = { app: 'own-left' };
const CONTAINER = { name: 'main', image: 'app:1', resources: { requests: { cpu: '10m', memory: '8Mi' } } };
const JOB = {
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'task:3' }] } } },
};
const TEMPLATE = { metadata: { labels: LABELS }, spec: { terminationGracePeriodSeconds: 2, containers: [CONTAINER] } };
/** An operator that a later API may have. */
const LATER_SELECTOR = { matchExpressions: [{ key: 'app', operator: 'StartsWith', values: ['own'] }] };
/** Of a later API: this Berth finds it below the key of its kind, and knows nothing of its version. */
const LATER_VERSION = 'policy/v2';

/**
 * A Berth of another version ran on this store, and allowed more than this one does, or knew more: a downgrade. It
 * writes through a registry of its own rules, as that one did, and leaves in a namespace of its own what today's rules
 * refuse.
 */
export function leaveAnothersObjects({ store, clock, random }: Visit): void {
  const registry = createRegistry({ store, clock, random, rules: ALLOWS_ALL });
  const client = registry.client({ user: 'bob', fieldManager: 'kubectl-create' });
  store.transact(() => {
    if (client.get('Namespace', { name: ANOTHERS_NAMESPACE }) !== undefined) return;
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ANOTHERS_NAMESPACE } });
    for (const object of LEFT) client.create(object);
    client.create(BUDGET);
    const key = storageKeyOf(BUDGET);
    store.transact((transaction) => {
      const stored = transaction.get(key);
      if (stored !== undefined) transaction.put(key, { ...stored.value, apiVersion: LATER_VERSION });
    });
  });
  registry.close();
}

const ALLOWS_ALL = { ...builtInRules, validateObject: () => [], validateStatus: () => [], validateUpdate: () => [] };

function left(
  apiVersion: string,
  kind: string,
  name: string,
  fields: object,
  labels: Readonly<Record<string, string>> = LABELS,
): KubernetesObject {
  return { apiVersion, kind, metadata: { namespace: ANOTHERS_NAMESPACE, name, labels }, ...fields };
}

function autoscaler(name: string, bounds: object): KubernetesObject {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  return left('autoscaling/v2', 'HorizontalPodAutoscaler', name, { spec: { scaleTargetRef, ...bounds } });
}

const BUDGET = left('policy/v1', 'PodDisruptionBudget', 'own-budget', {
  spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
});

const LEFT: readonly KubernetesObject[] = [
  left('batch/v1', 'CronJob', 'own-zone', {
    spec: { schedule: '* * * * *', timeZone: 'Europe/Atlantis', jobTemplate: JOB },
  }),
  left('batch/v1', 'CronJob', 'own-schedule', { spec: { schedule: '0 4 L * *', jobTemplate: JOB } }),
  left('v1', 'Pod', 'own-mount', {
    spec: {
      nodeName: WORLD_SETTINGS.node.name,
      containers: [{ ...CONTAINER, volumeMounts: [{ name: 'elsewhere', mountPath: '/data' }] }],
    },
  }),
  left('v1', 'Service', 'own-service', { spec: { ports: [{ port: 80 }] } }),
  left(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    'own-slice',
    {
      addressType: 'IPv4',
      ports: [{ port: 5432 }],
      endpoints: [{ addresses: ['db.example'] }, { addresses: ['192.0.2.200'] }],
    },
    { 'kubernetes.io/service-name': 'own-service' },
  ),
  // "progressDeadlineSeconds must be greater than minReadySeconds".
  left('apps/v1', 'Deployment', 'own-refused', {
    spec: {
      replicas: 2,
      minReadySeconds: 20,
      progressDeadlineSeconds: 10,
      selector: { matchLabels: { ...LABELS, of: 'refused' } },
      template: { ...TEMPLATE, metadata: { labels: { ...LABELS, of: 'refused' } } },
    },
  }),
  autoscaler('own-refused', { minReplicas: 1, maxReplicas: 1 }),
  left('apps/v1', 'Deployment', 'own-all', { spec: { replicas: 1, selector: {}, template: TEMPLATE } }),
  autoscaler('own-all', { minReplicas: 1, maxReplicas: 3 }),
  left('policy/v1', 'PodDisruptionBudget', 'own-operator', { spec: { maxUnavailable: 1, selector: LATER_SELECTOR } }),
  left('apps/v1', 'Deployment', 'own-operator', {
    spec: { replicas: 1, selector: LATER_SELECTOR, template: TEMPLATE },
  }),
  autoscaler('own-operator', { minReplicas: 1, maxReplicas: 3 }),
];
