import type { Client } from '../api/client.ts';
import type { PersistentVolumeClaim, StatefulSet, StoredObject } from '../objects/types.ts';

/**
 * What becomes of persistent data when an object is deleted, as a clause; `undefined` where none is concerned. Data
 * goes only where a reclaim policy or a retention policy says so, and never without these words in the plan and the
 * report.
 */
export function dataAtStake(client: Client, object: StoredObject): string | undefined {
  const { name, namespace = 'default' } = object.metadata;
  if (object.kind === 'PersistentVolumeClaim') return fateOf(client, object as unknown as PersistentVolumeClaim);
  if (object.kind === 'Namespace') return losses(client, client.list('PersistentVolumeClaim', { namespace: name }));
  if (object.kind !== 'StatefulSet') return undefined;
  const set = object as unknown as StatefulSet;
  if (set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted !== 'Delete') {
    return (set.spec?.volumeClaimTemplates ?? []).length === 0 ? undefined : 'its claims and their data stay';
  }
  const claims = client
    .list('PersistentVolumeClaim', { namespace })
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === set.metadata.uid) === true);
  return losses(client, claims);
}

function fateOf(client: Client, claim: PersistentVolumeClaim): string | undefined {
  const volumeName = claim.spec?.volumeName ?? '';
  if (volumeName === '') return undefined;
  return isDeletedWith(client, claim)
    ? `the data in volume ${volumeName} is deleted with it`
    : `volume ${volumeName} keeps its data`;
}

function losses(client: Client, claims: readonly PersistentVolumeClaim[]): string | undefined {
  const lost = claims.filter((claim) => isDeletedWith(client, claim)).map(({ metadata }) => metadata.name);
  if (lost.length === 0) return undefined;
  const noun = lost.length === 1 ? 'claim' : 'claims';
  return `the data of ${noun} ${lost.join(', ')} is deleted with it`;
}

/** "Delete: removes both the PersistentVolume object and the associated storage." */
function isDeletedWith(client: Client, { spec }: PersistentVolumeClaim): boolean {
  const volume = client.get('PersistentVolume', { name: spec?.volumeName ?? '' });
  return volume?.spec?.persistentVolumeReclaimPolicy === 'Delete';
}
