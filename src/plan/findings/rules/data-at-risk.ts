import { formatObject } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { specOf } from '../../pod-specs.ts';
import { readPolicies } from '../../policies.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, isNamespaceDeleted, ofKind, type Rule, type RuleSnapshot } from '../rule.ts';
import { claimsOfSet, fateOfClaim, fateOfClaims, hasClaimTemplates, setRetention } from './claim-fates.ts';

/** Data that a change deletes, or puts in the way of a later deletion: as severe as what is really there. */
export const dataAtRisk: Rule = (snapshot) => {
  const { objects, before, replaced } = snapshot;
  return [...before.values()].flatMap((old) => {
    const planned = objects.get(old.key);
    if (planned === undefined) return readPolicies(old.object).prune ? deletedData(old, snapshot, DELETED) : [];
    // What is made anew has its place in the head.
    if (replaced.has(old.key)) return deletedData(planned, snapshot, REPLACED);
    return changedData(old, planned, snapshot);
  });
};

const DELETED = 'is deleted';
const REPLACED = 'is deleted and made anew';

/** The table's help is that of a deletion. */
function helpFor(verb: string): { readonly help?: string } {
  return verb === REPLACED ? { help: 'take the field back or `force` away, or bring the data elsewhere first' } : {};
}

function deletedData(planned: PlannedObject, snapshot: RuleSnapshot, verb: string): readonly Finding[] {
  const at = (severity: Finding['severity'], message: string) => [
    findingOn(planned, 'DataAtRisk', { severity, message, ...helpFor(verb) }),
  ];
  const { kind } = planned.id;
  if (kind === 'PersistentVolumeClaim') return deletedClaim(planned, snapshot, verb);
  if (kind === 'PersistentVolume') return deletedVolume(planned, snapshot, verb);
  if (kind === 'StatefulSet') return deletedSet(planned, snapshot, verb);
  if (kind !== 'Namespace') return [];
  const everything = `the namespace ${verb} with everything in it, whoever made it`;
  if (snapshot.live === undefined) return at('error', everything);
  const claims = snapshot.live.list('PersistentVolumeClaim', planned.id.name);
  const { lost } = fateOfClaims(claims, snapshot.live);
  return lost.length === 0
    ? at('warning', everything)
    : at('error', `${everything}, and the data of ${listNames(lost)}`);
}

/** Where nobody knows what runs, what was declared counts as bound, and its class or volume says what becomes of it. */
function deletedClaim(planned: PlannedObject, snapshot: RuleSnapshot, verb: string): readonly Finding[] {
  const at = (severity: Finding['severity'], message: string) => [
    findingOn(planned, 'DataAtRisk', { severity, message: `the claim ${verb}${message}`, ...helpFor(verb) }),
  ];
  const { live } = snapshot;
  const { namespace, name } = planned.id;
  if (live === undefined) {
    // "Delete: … removes both the PersistentVolume object … and the associated storage asset" (Persistent Volumes); it
    // is the default of dynamic volumes.
    return keepsVolume(planned.object, snapshot)
      ? at('warning', '; its volume is retained and is not bound again by itself')
      : at('error', ', and the data of its volume with it');
  }
  const claim = live.find('PersistentVolumeClaim', namespace, name);
  if (claim === undefined) return [];
  const { fate, volume } = fateOfClaim(claim, live);
  if (fate === 'none') return at('info', '; it was never bound, so that no data goes with it');
  return fate === 'kept'
    ? at('warning', `; its volume ${volume} is retained and is not bound again by itself`)
    : at('error', `, and the data of its volume ${volume} with it`);
}

/**
 * "Available: a free resource that is not yet bound to a claim; Bound; Released: the claim has been deleted"
 * (Persistent Volumes).
 */
function deletedVolume(planned: PlannedObject, { live }: RuleSnapshot, verb: string): readonly Finding[] {
  const at = (severity: Finding['severity'], message: string) => [
    findingOn(planned, 'DataAtRisk', { severity, message: `the volume ${verb}${message}`, ...helpFor(verb) }),
  ];
  if (live === undefined) return at('error', '; what a claim has on it is no longer reached');
  const volume = live.find('PersistentVolume', undefined, planned.id.name);
  const { claimRef } = volume === undefined ? {} : (specOf(volume) as { readonly claimRef?: ClaimReference });
  if (volume === undefined || claimRef === undefined) return [];
  const claim = `${claimRef.namespace ?? 'default'}/${claimRef.name ?? ''}`;
  return phaseOf(volume) === 'Bound'
    ? at('error', `; what the claim ${claim} has on it is no longer reached`)
    : at('warning', `; what the claim ${claim} had left on it is no longer reached`);
}

interface ClaimReference {
  readonly namespace?: string;
  readonly name?: string;
}

/** "Retain (default): PVCs from the volumeClaimTemplate are not affected when their Pod is deleted" (StatefulSets). */
function deletedSet(planned: PlannedObject, snapshot: RuleSnapshot, verb: string): readonly Finding[] {
  if (!hasClaimTemplates(planned.object)) return [];
  // What becomes of its claims is told with the namespace that takes them along.
  if (isNamespaceDeleted(snapshot, planned.id.namespace ?? 'default')) return [];
  const { live } = snapshot;
  const isDeleted = setRetention(planned.object).whenDeleted === 'Delete';
  const at = (severity: Finding['severity'], message: string) => [
    findingOn(planned, 'DataAtRisk', { severity, message: `it ${verb}${message}`, ...helpFor(verb) }),
  ];
  const policy = 'persistentVolumeClaimRetentionPolicy.whenDeleted deletes the claims of its pods with it';
  const staying = (count: number) => {
    const [stay, are] = count === 1 ? ['stays', 'is'] : ['stay', 'are'];
    return `${stay} and ${are} ${verb === DELETED ? 'no longer declared anywhere' : 'taken up again'}`;
  };
  if (live === undefined)
    return isDeleted ? at('error', `, and ${policy}`) : at('warning', `; the claims of its pods ${staying(2)}`);
  const { lost, kept } = fateOfClaims(claimsOfSet(planned.object, live), live);
  if (lost.length + kept.length === 0) return [];
  const all = [...lost, ...kept];
  if (!isDeleted) return at(verb === DELETED ? 'warning' : 'info', `; ${listNames(all)} ${staying(all.length)}`);
  return lost.length === 0
    ? at('warning', `, and ${policy}; the volumes of ${listNames(kept)} are retained`)
    : at('error', `, and ${policy}, the data of ${listNames(lost)} included`);
}

function changedData(old: PlannedObject, planned: PlannedObject, snapshot: RuleSnapshot): readonly Finding[] {
  const { kind } = planned.id;
  if (kind === 'StatefulSet') return scaledDown(old, planned, snapshot);
  if (kind === 'StorageClass' || kind === 'PersistentVolume') return changedPolicy(old, planned, snapshot);
  return [];
}

function changedPolicy(old: PlannedObject, planned: PlannedObject, { live }: RuleSnapshot): readonly Finding[] {
  const isClass = planned.id.kind === 'StorageClass';
  const field = isClass ? ['reclaimPolicy'] : ['spec', 'persistentVolumeReclaimPolicy'];
  const policyOf = ({ object }: PlannedObject) =>
    isClass ? object['reclaimPolicy'] : specOf(object)['persistentVolumeReclaimPolicy'];
  if (policyOf(old) !== 'Retain' || policyOf(planned) !== 'Delete') return [];
  const at = (severity: Finding['severity'], message: string) => [
    findingOn(planned, 'DataAtRisk', {
      severity,
      field,
      message: `its reclaim policy becomes Delete: ${message}`,
      help: 'leave the policy at Retain as long as the data matters',
    }),
  ];
  if (isClass) return at('warning', 'data on volumes that are made from now on goes with their claims');
  const volume = live?.find('PersistentVolume', undefined, planned.id.name);
  // "Released" with Delete: the controller deletes at once what nobody has claimed any more.
  if (volume !== undefined && phaseOf(volume) === 'Released')
    return at('error', 'its claim has gone already, so that its data is deleted at once');
  if (volume !== undefined && phaseOf(volume) === 'Available') return [];
  return at('warning', 'data that was retained goes with its claim from now on');
}

function scaledDown(old: PlannedObject, planned: PlannedObject, { live }: RuleSnapshot): readonly Finding[] {
  const replicasOf = ({ object }: PlannedObject) => Number(specOf(object)['replicas'] ?? 1);
  const [before, after] = [replicasOf(old), replicasOf(planned)];
  if (!hasClaimTemplates(old.object) || after >= before || setRetention(planned.object).whenScaled !== 'Delete')
    return [];
  const message = `it is scaled from ${before} to ${after}, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go`;
  const at = (severity: Finding['severity'], more = '') => [
    findingOn(planned, 'DataAtRisk', {
      severity,
      field: ['spec', 'replicas'],
      message: `${message}${more}`,
      help: 'set whenScaled: Retain before it is scaled, or bring the data elsewhere first',
    }),
  ];
  if (live === undefined) return at('error');
  const { lost, kept } = fateOfClaims(claimsOfSet(planned.object, live, after), live);
  if (lost.length > 0) return at('error', `: ${listNames(lost)}`);
  return kept.length === 0 ? [] : at('warning', `; the volumes of ${listNames(kept)} are retained`);
}

function phaseOf(object: KubernetesObject): unknown {
  return (object['status'] as { readonly phase?: unknown } | undefined)?.phase;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return `${names.length === 1 ? 'the claim' : 'the claims'} ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}

function keepsVolume(claim: KubernetesObject, { before }: RuleSnapshot): boolean {
  const { volumeName, storageClassName } = specOf(claim) as {
    readonly volumeName?: string;
    readonly storageClassName?: string;
  };
  const volume = ofKind(before, 'PersistentVolume').find(({ id }) => id.name === volumeName);
  if (volume !== undefined) return specOf(volume.object)['persistentVolumeReclaimPolicy'] !== 'Delete';
  const storageClass = ofKind(before, 'StorageClass').find(
    ({ id }) => formatObject(id) === `StorageClass/${storageClassName}`,
  );
  return storageClass?.object['reclaimPolicy'] === 'Retain';
}
