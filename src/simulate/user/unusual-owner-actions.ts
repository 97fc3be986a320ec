import type { Client, ObjectReference } from '../../api/client.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { controllerOf } from '../../objects/index.ts';
import type { Endpoints, Service, StatefulSet, StoredObject } from '../../objects/types.ts';
import { nameOf, referenceOf } from './live-references.ts';

/** A finalizer of somebody else. */
const HOLD = 'person.example/hold';

type OwnerAction = (client: Client, random: SeededRandom) => string | undefined;

/** What few people do to what belongs to something else: owners, revisions, slices, namespaces. */
export const UNUSUAL_OWNER_ACTIONS = {
  'own things in circles': (client, random) => {
    const [first, second] = [createConfig(client, ownName(random)), createConfig(client, ownName(random))];
    own(client, second, [first]);
    own(client, first, [second]);
    client.delete(configReference(first), { propagationPolicy: 'Foreground' });
    return first.metadata.name;
  },
  'own things twice': (client, random) => {
    const [first, second, child] = [
      createConfig(client, ownName(random)),
      createConfig(client, ownName(random)),
      createConfig(client, ownName(random)),
    ];
    own(client, child, [first, second]);
    client.delete(configReference(first), { propagationPolicy: randomItem(random, ['Background', 'Foreground']) });
    return first.metadata.name;
  },
  'own things that have wishes of their own': (client, random) => {
    const owner = createConfig(client, ownName(random));
    for (const finalizer of ['orphan', 'foregroundDeletion'])
      own(client, createConfig(client, ownName(random), [finalizer]), [owner]);
    client.delete(configReference(owner));
    return owner.metadata.name;
  },
  // A reference that was written wrongly, and put right before anybody looked; and one to what is not served.
  'own things wrongly at first': (client, random) => {
    const [owner, child] = [createConfig(client, ownName(random)), createConfig(client, ownName(random))];
    own(client, child, [{ ...owner, metadata: { ...owner.metadata, uid: 'not-the-one' } }]);
    own(client, child, [owner]);
    const strange = createConfig(client, ownName(random));
    const ownerReferences = [{ apiVersion: 'person.example/v1', kind: 'Thing', name: 'thing', uid: 'a-thing' }];
    client.patch(configReference(strange), 'merge', { metadata: { ownerReferences } });
    return child.metadata.name;
  },
  // Of another tool, or of nobody: what they keep is no template. Two of one number and one second are told apart by their names.
  'leave a strange revision': (client, random) => {
    const set = pickSet(client, random);
    if (set === undefined) return undefined;
    const revision = Math.max(1, ...revisionsOf(client, set).map((one) => Number(one['revision'])));
    const names = [ownName(random), ownName(random)];
    for (const name of names) {
      client.create({
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { ...nameOf(set), name, labels: { ...set.spec?.template.metadata?.labels } },
        data: { spec: {} },
        revision,
      });
    }
    return `${names.join(' and ')} for ${set.metadata.name}`;
  },
  // Its successor from Git finds the name of its revision taken.
  'leave the revisions of a set behind': (client, random) => {
    const set = pickSet(client, random);
    if (set === undefined) return undefined;
    for (const revision of revisionsOf(client, set)) {
      const reference = referenceOf('apps/v1', 'ControllerRevision', revision);
      client.patch(reference, 'merge', { metadata: { labels: { app: 'aside' } } });
    }
    client.delete(referenceOf('apps/v1', 'StatefulSet', set), { propagationPolicy: 'Orphan' });
    return set.metadata.name;
  },
  'leave a slice of another family': (client, random) => {
    const services = client.list('Service').filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0);
    if (services.length === 0) return undefined;
    const service = randomItem(random, services);
    const labels = {
      'kubernetes.io/service-name': service.metadata.name,
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    };
    const metadata = { ...nameOf(service), name: ownName(random), labels };
    const endpoints = [{ addresses: ['2001:db8::1'] }];
    client.create({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv6',
      endpoints,
    });
    return service.metadata.name;
  },
  // Somebody else waits for them to go, and their slices are taken away.
  'hold a service': (client, random) => {
    const services = client.list('Service').filter(({ spec }) => spec?.selector?.['app'] !== undefined);
    return holdOneOf(client, random, 'Service', services);
  },
  'hold endpoints': (client, random) => holdOneOf(client, random, 'Endpoints', client.list('Endpoints')),
  'hold a namespace': (client, random) => {
    const name = ownName(random);
    const finalizers = ['kubernetes', HOLD];
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers } });
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    return name;
  },
  'forget when the cron jobs ran': (client) => {
    const active = client.list('CronJob').filter(({ status }) => (status?.active ?? []).length > 0);
    for (const cronJob of active) {
      const reference = referenceOf('batch/v1', 'CronJob', cronJob);
      client.patch(reference, 'merge', { status: { lastScheduleTime: null } }, { subresource: 'status' });
    }
    return active.length === 0 ? undefined : `${active.length} cron jobs`;
  },
} satisfies Record<string, OwnerAction>;

/** Lets go what was held. */
export function releaseServices(client: Client): void {
  for (const kind of ['Service', 'Endpoints'] as const)
    for (const object of client.list(kind)) {
      const { finalizers = [] } = object.metadata;
      if (!finalizers.includes(HOLD)) continue;
      const others = finalizers.filter((finalizer) => finalizer !== HOLD);
      client.patch(referenceOf('v1', kind, object), 'merge', { metadata: { finalizers: others } });
    }
}

function holdOneOf(
  client: Client,
  random: SeededRandom,
  kind: 'Service' | 'Endpoints',
  all: readonly (Service | Endpoints)[],
): string | undefined {
  const found = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (found.length === 0) return undefined;
  const held = randomItem(random, found);
  const { name, namespace = 'default', finalizers = [] } = held.metadata;
  const reference = referenceOf('v1', kind, held);
  client.patch(reference, 'merge', { metadata: { finalizers: [...finalizers, HOLD] } });
  client.delete(reference);
  const labelSelector = `kubernetes.io/service-name=${name}`;
  for (const slice of client.list('EndpointSlice', { namespace, labelSelector }))
    client.delete(referenceOf('discovery.k8s.io/v1', 'EndpointSlice', slice));
  return `${namespace}/${name}`;
}

function ownName(random: SeededRandom): string {
  return `own-${randomInteger(random, 1, 1_000_000)}`;
}

function pickSet(client: Client, random: SeededRandom): StatefulSet | undefined {
  const sets = client.list('StatefulSet').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return sets.length === 0 ? undefined : randomItem(random, sets);
}

function revisionsOf(client: Client, { metadata }: StatefulSet): readonly StoredObject[] {
  const all = client.listObjects({ apiVersion: 'apps/v1', kind: 'ControllerRevision' }, nameSpaceOf(metadata));
  return all.filter((revision) => controllerOf(revision)?.uid === metadata.uid);
}

function nameSpaceOf({ namespace }: StatefulSet['metadata']) {
  return { namespace: namespace ?? 'default' };
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
  return referenceOf('v1', 'ConfigMap', object);
}
