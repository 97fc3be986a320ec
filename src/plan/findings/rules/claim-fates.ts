import { isJsonObject } from '../../../lib/json.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { specOf } from '../../pod-specs.ts';
import type { LiveView } from '../rule.ts';

/** What becomes of a claim's data when it is deleted: `none` where it was never bound. */
export interface ClaimFate {
  readonly fate: 'lost' | 'kept' | 'none';
  readonly volume: string;
}

/**
 * "Retain: the volume still exists and is considered released; Delete: removes … the associated storage asset"
 * (Persistent Volumes).
 */
export function fateOfClaim(claim: KubernetesObject, live: LiveView): ClaimFate {
  const { volumeName = '' } = specOf(claim) as { readonly volumeName?: string };
  if (volumeName === '') return { fate: 'none', volume: '' };
  const volume = live.find('PersistentVolume', undefined, volumeName);
  const isKept = volume !== undefined && specOf(volume)['persistentVolumeReclaimPolicy'] !== 'Delete';
  return { fate: isKept ? 'kept' : 'lost', volume: volumeName };
}

/** Names of the claims that lose their data, and of those whose volume keeps it; the others have none. */
export function fateOfClaims(
  claims: readonly KubernetesObject[],
  live: LiveView,
): { readonly lost: readonly string[]; readonly kept: readonly string[] } {
  const fates = claims.map((claim) => ({ name: claim.metadata?.name ?? '', ...fateOfClaim(claim, live) }));
  const named = (wanted: ClaimFate['fate']) =>
    fates
      .filter(({ fate }) => fate === wanted)
      .map(({ name }) => name)
      .sort();
  return { lost: named('lost'), kept: named('kept') };
}

/**
 * "The claims are called $(volumeClaimTemplate name)-$(statefulset name)-$(ordinal)" (StatefulSets); from the `kept`-th
 * pod on, counted from its first ordinal.
 */
export function claimsOfSet(set: KubernetesObject, live: LiveView, kept = 0): readonly KubernetesObject[] {
  const { volumeClaimTemplates = [], ordinals } = specOf(set) as {
    readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[];
    readonly ordinals?: { readonly start?: number };
  };
  const first = (ordinals?.start ?? 0) + kept;
  const prefixes = volumeClaimTemplates.map(({ metadata }) => `${metadata?.name ?? ''}-${set.metadata?.name ?? ''}-`);
  return live.list('PersistentVolumeClaim', set.metadata?.namespace ?? 'default').filter(({ metadata }) => {
    const name = metadata?.name ?? '';
    const prefix = prefixes.find((one) => name.startsWith(one));
    if (prefix === undefined) return false;
    const ordinal = name.slice(prefix.length);
    return /^\d+$/.test(ordinal) && Number(ordinal) >= first;
  });
}

export function hasClaimTemplates(set: KubernetesObject): boolean {
  const claims = specOf(set)['volumeClaimTemplates'];
  return Array.isArray(claims) && claims.length > 0;
}

export interface SetRetention {
  readonly whenDeleted?: string;
  readonly whenScaled?: string;
}

export function setRetention(set: KubernetesObject): SetRetention {
  const policy = specOf(set)['persistentVolumeClaimRetentionPolicy'];
  return isJsonObject(policy) ? (policy as SetRetention) : {};
}
