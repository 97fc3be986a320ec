import type { Client, ObjectReference } from '../../api/client.ts';
import { evictPod } from '../../api/verbs/evict.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { controllerOf, isPodActive, isPodTerminating, podClaims } from '../../objects/index.ts';
import type { Pod, StoredObject } from '../../objects/types.ts';

type UnusualAction = (client: Client, random: SeededRandom, nowMs: number) => string | undefined;

const GATE = 'person.example/open';
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/** What few people do to live objects, and Kubernetes has rules for. */
export const UNUSUAL_LIVE_ACTIONS = {
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
    const phase = randomItem(random, ['Failed', 'Failed', 'Succeeded']);
    const status = { phase, reason: 'Evicted', message: 'The node was low on resource: memory.' };
    client.patch(podReference(pod), 'merge', { status }, { subresource: 'status' });
  }),
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
    const { metadata, spec } = randomItem(random, found);
    client.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        ...{ namespace: metadata.namespace ?? '', name: `own-${randomInteger(random, 1, 1_000_000)}` },
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'CronJob', name: metadata.name, uid: metadata.uid, controller: true },
        ],
      },
      spec: spec?.jobTemplate.spec,
    });
    return metadata.name;
  },
  'add a late pod to a job': (client, random) => {
    const ended = client.list('Job').filter(({ status }) => status?.completionTime !== undefined);
    if (ended.length === 0) return undefined;
    const { metadata } = randomItem(random, ended);
    const { name, namespace = '', uid } = metadata;
    client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{ namespace, name: `late-${randomInteger(random, 1, 1_000_000)}` },
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
    return name;
  },
  'own things in circles': (client, random) => {
    const name = () => `own-${randomInteger(random, 1, 1_000_000)}`;
    const [first, second] = [createConfig(client, name()), createConfig(client, name())];
    own(client, second, [first]);
    own(client, first, [second]);
    client.delete(configReference(first), { propagationPolicy: 'Foreground' });
    return first.metadata.name;
  },
  'own things twice': (client, random) => {
    const name = () => `own-${randomInteger(random, 1, 1_000_000)}`;
    const [first, second, child] = [
      createConfig(client, name()),
      createConfig(client, name()),
      createConfig(client, name()),
    ];
    own(client, child, [first, second]);
    client.delete(configReference(first), { propagationPolicy: randomItem(random, ['Background', 'Foreground']) });
    return first.metadata.name;
  },
  'own things that have wishes of their own': (client, random) => {
    const name = () => `own-${randomInteger(random, 1, 1_000_000)}`;
    const owner = createConfig(client, name());
    for (const finalizer of ['orphan', 'foregroundDeletion'])
      own(client, createConfig(client, name(), [finalizer]), [owner]);
    client.delete(configReference(owner));
    return owner.metadata.name;
  },
  'declare a node out of service': (client, random) => {
    const nodes = client.list('Node').filter(({ metadata }) => metadata.name !== 'sim');
    if (nodes.length === 0) return undefined;
    const { metadata } = randomItem(random, nodes);
    const taints = [{ key: OUT_OF_SERVICE, value: 'nodeshutdown', effect: 'NoExecute' }];
    client.patch({ apiVersion: 'v1', kind: 'Node', name: metadata.name }, 'strategic', { spec: { taints } });
    return metadata.name;
  },
  // Taking the finalizers away as well is what people do to a volume that does not go.
  'take a volume away': (client, random) => {
    const claims = client.list('PersistentVolumeClaim').filter(isOfASpecial);
    const names = claims.flatMap(({ spec }) => (spec?.volumeName ? [spec.volumeName] : []));
    if (names.length === 0) return undefined;
    const reference = { apiVersion: 'v1', kind: 'PersistentVolume', name: randomItem(random, names) };
    if (client.get('PersistentVolume', reference) === undefined) return undefined;
    const keepsData = randomInteger(random, 0, 1) === 0;
    const spec = { persistentVolumeReclaimPolicy: 'Retain' };
    if (keepsData) client.patch(reference, 'merge', { spec });
    client.delete(reference);
    if (!keepsData) client.patch(reference, 'merge', { metadata: { finalizers: null } });
    return reference.name;
  },
  'delete a claim': (client, random) => {
    const claims = client.list('PersistentVolumeClaim').filter(isOfASpecial);
    if (claims.length === 0) return undefined;
    const { metadata } = randomItem(random, claims);
    client.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...nameOf({ metadata }) });
    return metadata.name;
  },
  'say that a service has stalled': (client, random) => {
    const services = client.list('Service').filter(({ metadata }) => metadata.name !== 'kubernetes');
    if (services.length === 0) return undefined;
    const { metadata } = randomItem(random, services);
    const type = randomItem(random, ['Stalled', 'Reconciling']);
    const conditions = [
      { type, status: 'True', reason: 'ByHand', message: 'by hand', lastTransitionTime: metadata.creationTimestamp },
    ];
    const reference = { apiVersion: 'v1', kind: 'Service', ...nameOf({ metadata }) };
    client.patch(reference, 'merge', { status: { conditions } }, { subresource: 'status' });
    return metadata.name;
  },
} satisfies Record<string, UnusualAction>;

/** Ends what of this does not end by itself. */
export function tidyUnusual(client: Client): void {
  for (const set of client.list('ReplicaSet').filter(({ metadata }) => metadata.labels?.['app'] === 'aside'))
    client.delete({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...nameOf(set) });
  for (const service of client.list('Service').filter(({ status }) => (status?.conditions ?? []).length > 0)) {
    const reference = { apiVersion: 'v1', kind: 'Service', ...nameOf(service) };
    client.patch(reference, 'merge', { status: { conditions: null } }, { subresource: 'status' });
  }
  // A claim that has lost its volume never gets it back, and Git only makes a new one.
  for (const claim of client.list('PersistentVolumeClaim').filter(({ status }) => status?.phase === 'Lost'))
    client.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...nameOf(claim) });
  // "PVC removal is postponed until the PVC is no longer actively used by any Pods": who deletes it ends the pods.
  const going = new Set(client.list('PersistentVolumeClaim').filter(isGoing).map(pathOf));
  for (const pod of going.size === 0 ? [] : client.list('Pod'))
    if (podClaims(pod).some(({ claimName }) => going.has(`${nameOf(pod).namespace}/${claimName}`)) && !isGoing(pod))
      client.delete(podReference(pod));
}

function isGoing({ metadata }: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function pathOf(object: Parameters<typeof nameOf>[0]): string {
  const { namespace, name } = nameOf(object);
  return `${namespace}/${name}`;
}

function isOfASpecial({ metadata }: { readonly metadata: { readonly name: string } }): boolean {
  return /^special-\d+(-\d+)?$/.test(metadata.name);
}

function isGateOpen({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === GATE && is === 'True') === true;
}

function createConfig(client: Client, name: string, finalizers: readonly string[] = []): StoredObject {
  const metadata = { namespace: 'default', name, finalizers: [...finalizers] };
  return client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
}

function own(client: Client, object: StoredObject, owners: readonly StoredObject[]): void {
  const ownerReferences = owners.map(({ metadata: { name, uid } }) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', name, uid },
    blockOwnerDeletion: true,
  }));
  client.patch(configReference(object), 'merge', { metadata: { ownerReferences } });
}

function configReference(object: StoredObject): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', ...nameOf(object) };
}

function podReference(pod: Pod): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) };
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

function nameOf({
  metadata,
}: {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}) {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name };
}
