import type { Client } from '../../api/client.ts';
import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { controllerOf, isPodActive, isPodTerminating, podClaims } from '../../objects/index.ts';
import {
  DEFAULT_STORAGE_CLASS,
  IS_DEFAULT_CLASS,
  LOCAL_PATH_PROVISIONER,
  PROVISIONED_BY,
} from '../../objects/storage/names.ts';
import { nameOf, referenceOf } from './live-references.ts';

type StorageAction = (client: Client, random: SeededRandom) => string | undefined;

/** Larger than any claim of the simulated user asks for. */
const ROOMY = '5000Gi';

/** What few people do to volumes, claims and classes. */
export const UNUSUAL_STORAGE_ACTIONS = {
  // Taking the finalizers away as well is what people do to a volume that does not go.
  'take a volume away': (client, random) => {
    const names = volumesOfSpecials(client);
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
    const claim = randomItem(random, claims);
    client.delete(referenceOf('v1', 'PersistentVolumeClaim', claim));
    return claim.metadata.name;
  },
  'enlarge the volumes': (client) => {
    const names = volumesOfSpecials(client).filter((name) => client.get('PersistentVolume', { name }) !== undefined);
    for (const name of names) {
      const capacity = { storage: ROOMY };
      client.patch({ apiVersion: 'v1', kind: 'PersistentVolume', name }, 'merge', { spec: { capacity } });
    }
    return names.length === 0 ? undefined : names.join(', ');
  },
  // As who restores a backup does it, of which somebody else has restored the claims.
  'make a volume for a claim that has one': (client, random) => {
    const bound = client.list('PersistentVolumeClaim').filter(({ status }) => status?.phase === 'Bound');
    if (bound.length === 0) return undefined;
    const { metadata } = randomItem(random, bound);
    const name = `own-${randomInteger(random, 1, 1_000_000)}`;
    const isProvisioned = randomInteger(random, 0, 1) === 0;
    client.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name, ...(isProvisioned ? { annotations: { [PROVISIONED_BY]: LOCAL_PATH_PROVISIONER } } : {}) },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        // Of no class that anybody asks for, so that no other claim takes it.
        storageClassName: 'own',
        persistentVolumeReclaimPolicy: isProvisioned ? 'Delete' : 'Retain',
        hostPath: { path: `/srv/${name}` },
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', uid: metadata.uid, ...nameOf({ metadata }) },
      },
    });
    return `${name} for ${metadata.name}`;
  },
  'have another default class': (client) => {
    const isDefault = client.get('StorageClass', { name: DEFAULT_STORAGE_CLASS })?.metadata.annotations;
    const next = isDefault?.[IS_DEFAULT_CLASS] === 'true' ? 'false' : 'true';
    setDefaultClass(client, next);
    return next;
  },
  // "--cascade=foreground": the pod waits for the claims that are its own.
  'delete a pod and its claims': (client, random) => {
    const pods = client.list('Pod').filter((pod) => podClaims(pod).some(({ isEphemeral }) => isEphemeral));
    const own = pods.filter((pod) => isPodActive(pod) && !isPodTerminating(pod) && controllerOf(pod) !== undefined);
    if (own.length === 0) return undefined;
    const pod = randomItem(random, own);
    client.delete(referenceOf('v1', 'Pod', pod), { propagationPolicy: 'Foreground' });
    return pod.metadata.name;
  },
} satisfies Record<string, StorageAction>;

/** Ends what of this does not end by itself. */
export function tidyStorage(client: Client): void {
  if (client.get('StorageClass', { name: DEFAULT_STORAGE_CLASS })?.metadata.annotations?.[IS_DEFAULT_CLASS] === 'false')
    setDefaultClass(client, 'true');
  for (const volume of client.list('PersistentVolume').filter(isOwn))
    if (!isGoing(volume)) client.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name: volume.metadata.name });
  // A claim that has lost its volume never gets it back, and Git only makes a new one.
  for (const claim of client.list('PersistentVolumeClaim').filter(({ status }) => status?.phase === 'Lost'))
    client.delete(referenceOf('v1', 'PersistentVolumeClaim', claim));
  // "PVC removal is postponed until the PVC is no longer actively used by any Pods": who deletes it ends the pods.
  const going = new Set(client.list('PersistentVolumeClaim').filter(isGoing).map(pathOf));
  for (const pod of going.size === 0 ? [] : client.list('Pod'))
    if (podClaims(pod).some(({ claimName }) => going.has(`${nameOf(pod).namespace}/${claimName}`)) && !isGoing(pod))
      client.delete(referenceOf('v1', 'Pod', pod));
}

function setDefaultClass(client: Client, isDefault: 'true' | 'false'): void {
  const reference = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: DEFAULT_STORAGE_CLASS };
  client.patch(reference, 'merge', { metadata: { annotations: { [IS_DEFAULT_CLASS]: isDefault } } });
}

function volumesOfSpecials(client: Client): readonly string[] {
  const claims = client.list('PersistentVolumeClaim').filter(isOfASpecial);
  return claims.flatMap(({ spec }) => (spec?.volumeName ? [spec.volumeName] : []));
}

function isOfASpecial({ metadata }: { readonly metadata: { readonly name: string } }): boolean {
  return /^special-\d+(-\d+)?$/.test(metadata.name);
}

function isOwn({ metadata }: { readonly metadata: { readonly name: string } }): boolean {
  return metadata.name.startsWith('own-');
}

function isGoing({ metadata }: { readonly metadata: { readonly deletionTimestamp?: string } }): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function pathOf(object: Parameters<typeof nameOf>[0]): string {
  const { namespace, name } = nameOf(object);
  return `${namespace}/${name}`;
}
