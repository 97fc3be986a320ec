import type { Client, ObjectReference } from '../../api/client.ts';
import { evictPod } from '../../api/verbs/evict.ts';
import { isJobFinished } from '../../controllers/job/job-end.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { controllerOf, isConditionTrue, isPodActive, isPodTerminating } from '../../objects/index.ts';
import type { CronJob, Job, Pod, StoredObject } from '../../objects/types.ts';
import { nameOf, referenceOf } from './live-references.ts';
import { releaseServices, UNUSUAL_OWNER_ACTIONS } from './unusual-owner-actions.ts';
import { tidyStorage, UNUSUAL_STORAGE_ACTIONS } from './unusual-storage-actions.ts';
import { ZONE_ACTIONS } from './zone-actions.ts';

type UnusualAction = (client: Client, random: SeededRandom, nowMs: number) => string | undefined;

const GATE = 'person.example/open';
/** What pods are called that a person adds to a Job. */
export const LATE = 'late-';
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** What few people do to live objects, and Kubernetes has rules for. */
export const UNUSUAL_LIVE_ACTIONS = {
  ...ZONE_ACTIONS,
  'evict a pod': onPod((client, _random, pod, nowMs) => evictPod(client, nameOf(pod), nowMs)),
  'change a pod in place': onPod((client, random, pod) => {
    // The new one would never end.
    if (controllerOf(pod)?.kind === 'Job') return;
    const [container] = pod.spec?.containers ?? [];
    const containers = [{ name: container?.name ?? 'main', image: `app:${randomInteger(random, 1, 6)}` }];
    client.patch(podReference(pod), 'strategic', { spec: { containers } });
  }),
  // As a node agent does that runs out of memory or disk: the pod has ended, and its object stays.
  'declare a pod ended': onPod((client, random, pod) => {
    declareEnded(client, pod, randomItem(random, ['Failed', 'Failed', 'Succeeded']));
  }),
  'declare a pod of a set ended': (client, random) => {
    const pods = client.list('Pod').filter((pod) => isPodActive(pod) && !isPodTerminating(pod));
    const ofSets = pods.filter((pod) => ['StatefulSet', 'DaemonSet'].includes(controllerOf(pod)?.kind ?? ''));
    if (ofSets.length === 0) return undefined;
    const pod = randomItem(random, ofSets);
    declareEnded(client, pod, randomItem(random, ['Failed', 'Succeeded']));
    return pod.metadata.name;
  },
  'open the gates of the pods': (client) => {
    const gated = client.list('Pod').filter(({ spec }) => (spec?.readinessGates ?? []).length > 0);
    for (const pod of gated) {
      const conditions = [{ type: GATE, status: isGateOpen(pod) ? 'False' : 'True' }];
      client.patch(podReference(pod), 'strategic', { status: { conditions } }, { subresource: 'status' });
    }
    return gated.length === 0 ? undefined : `${gated.length} pods`;
  },
  'relabel a replica set': (client, random) => {
    const sets = client.list('ReplicaSet').filter((set) => controllerOf(set) !== undefined);
    if (sets.length === 0) return undefined;
    const set = randomItem(random, sets);
    const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', ...nameOf(set) };
    client.patch(reference, 'merge', { metadata: { labels: { app: 'aside' } } });
    return set.metadata.name;
  },
  'run a pod that somebody may adopt': onPod((client, random, pod) => {
    if (controllerOf(pod)?.kind !== 'ReplicaSet' || pod.spec === undefined) return;
    const name = `stray-${randomInteger(random, 1, 1_000_000)}`;
    const { nodeName: _node, ...spec } = pod.spec;
    const labels = pod.metadata.labels ?? {};
    client.create({ apiVersion: 'v1', kind: 'Pod', metadata: { ...nameOf(pod), name, labels }, spec });
  }),
  'run a cron job by hand': (client, random) => {
    const found = client.list('CronJob').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (found.length === 0) return undefined;
    const cronJob = randomItem(random, found);
    runByHand(client, cronJob, random);
    return cronJob.metadata.name;
  },
  'run a cron job by hand, impatiently': (client, random) => {
    const found = client.list('CronJob').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (found.length === 0) return undefined;
    const cronJob = randomItem(random, found);
    runByHand(client, cronJob, random);
    runByHand(client, cronJob, random);
    return cronJob.metadata.name;
  },
  'add a late pod to a job': (client, random) => {
    const ended = client.list('Job').filter(({ status }) => status?.completionTime !== undefined);
    if (ended.length === 0) return undefined;
    const job = randomItem(random, ended);
    addPod(client, job, random);
    return job.metadata.name;
  },
  // More than it asks for: pods that have succeeded already.
  'do the work of a job by hand': (client, random) => {
    const open = client.list('Job').filter((job) => job.spec?.completions === 1 && !isJobFinished(job));
    if (open.length === 0) return undefined;
    const job = randomItem(random, open);
    for (const pod of [addPod(client, job, random), addPod(client, job, random)])
      client.patch(podReference(pod), 'merge', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    return job.metadata.name;
  },
  'declare a node out of service': (client, random) => {
    const nodes = client.list('Node').filter(({ metadata }) => metadata.name !== 'sim');
    if (nodes.length === 0) return undefined;
    // "You should verify that the node is already in shutdown or power off state": most people do.
    const lost = nodes.filter(({ status }) => !isConditionTrue(status?.conditions, 'Ready'));
    const { metadata } = randomItem(random, lost.length > 0 ? lost : nodes);
    const taints = [{ key: OUT_OF_SERVICE, value: 'nodeshutdown', effect: 'NoExecute' }];
    client.patch({ apiVersion: 'v1', kind: 'Node', name: metadata.name }, 'strategic', { spec: { taints } });
    return metadata.name;
  },
  'say that a service has stalled': (client, random) => {
    const services = client.list('Service').filter(({ metadata }) => metadata.name !== 'kubernetes');
    if (services.length === 0) return undefined;
    const { metadata } = randomItem(random, services);
    const [type, status] = randomItem(random, [
      ['Stalled', 'True'],
      ['Reconciling', 'True'],
      ['Ready', 'False'],
    ]);
    const conditions = [
      { type, status, reason: 'ByHand', message: 'by hand', lastTransitionTime: metadata.creationTimestamp },
    ];
    const reference = { apiVersion: 'v1', kind: 'Service', ...nameOf({ metadata }) };
    client.patch(reference, 'merge', { status: { conditions } }, { subresource: 'status' });
    return metadata.name;
  },
  ...UNUSUAL_OWNER_ACTIONS,
  ...UNUSUAL_STORAGE_ACTIONS,
} satisfies Record<string, UnusualAction>;

function declareEnded(client: Client, pod: Pod, phase: string): void {
  const status = { phase, reason: 'Evicted', message: 'The node was low on resource: memory.' };
  client.patch(podReference(pod), 'merge', { status }, { subresource: 'status' });
}

function runByHand(client: Client, { metadata, spec }: CronJob, random: SeededRandom): void {
  const { name, uid } = metadata;
  client.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...{ namespace: metadata.namespace ?? '', name: `own-${randomInteger(random, 1, 1_000_000)}` },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }],
    },
    spec: spec?.jobTemplate.spec,
  });
}

/** As if the Job had made it. */
function addPod(client: Client, { metadata }: Job, random: SeededRandom): StoredObject {
  const { name, namespace = '', uid } = metadata;
  return client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ namespace, name: `${LATE}${randomInteger(random, 1, 1_000_000)}` },
      finalizers: ['batch.kubernetes.io/job-tracking'],
      labels: {
        'batch.kubernetes.io/controller-uid': uid,
        'controller-uid': uid,
        'batch.kubernetes.io/job-name': name,
      },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true }],
    },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'task:1' }] },
  });
}

/** Ends what of this does not end by itself. */
export function tidyUnusual(client: Client): void {
  for (const set of client.list('ReplicaSet').filter(({ metadata }) => metadata.labels?.['app'] === 'aside'))
    client.delete({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...nameOf(set) });
  for (const service of client.list('Service').filter(({ status }) => (status?.conditions ?? []).length > 0)) {
    const reference = { apiVersion: 'v1', kind: 'Service', ...nameOf(service) };
    client.patch(reference, 'merge', { status: { conditions: null } }, { subresource: 'status' });
  }
  releaseServices(client);
  tidyStorage(client);
}

function isGateOpen({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === GATE && is === 'True') === true;
}

function podReference(pod: Pod | StoredObject): ObjectReference {
  return referenceOf('v1', 'Pod', pod);
}

function onPod(act: (client: Client, random: SeededRandom, pod: Pod, nowMs: number) => void): UnusualAction {
  return (client, random, nowMs) => {
    const pods = client.list('Pod').filter((pod) => isPodActive(pod) && !isPodTerminating(pod) && controllerOf(pod));
    if (pods.length === 0) return undefined;
    const pod = randomItem(random, pods);
    act(client, random, pod, nowMs);
    return `${pod.metadata.namespace}/${pod.metadata.name}`;
  };
}
