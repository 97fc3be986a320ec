import { jsonEqual } from '../../lib/json.ts';
import { podClaims } from '../../objects/index.ts';
import type { PersistentVolume } from '../../objects/types.ts';
import type { PodInfo } from '../cluster/pod-info.ts';
import type { ClusterChange, FilterPlugin, Refusal } from '../plugin.ts';
import { usesChangedClaim } from './volume-binding.ts';

const REFUSAL: Refusal = { reasons: ['node(s) had no available volume zone'], isResolvable: false };

/** Labels by which a volume says where it is; the older names of a zone and a region mean the same on nodes. */
const TOPOLOGY_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region': 'topology.kubernetes.io/region',
};
const KEYS = Object.keys(TOPOLOGY_LABELS);
/** Between the values of a volume that is in several zones (LabelZonesToSet). */
const SEPARATOR = '__';

/**
 * "VolumeZone: checks that volumes requested satisfy any zone requirements they might have". "The node has no zone
 * constraints, so we're OK to schedule: this is to handle a single-zone cluster scenario where the node may not have
 * any topology labels" (volume_zone.go).
 */
export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  wakesOn: ['node-added', 'node-labels', 'claim-changed', 'volume-changed'],
  couldHelp: couldVolumeHelp,
  prepare: ({ claims }, { volumes }) => {
    if (claims.length === 0) return undefined;
    const wanted = claims.flatMap((key) => zonesOf(volumes.volume(volumes.claim(key)?.spec?.volumeName ?? '')));
    if (wanted.length === 0) return undefined;
    return ({ labels }) => {
      if (KEYS.every((key) => labels[key] === undefined)) return undefined;
      const isThere = ({ key, values }: Zones) =>
        values.includes(labels[key] ?? labels[TOPOLOGY_LABELS[key] ?? key] ?? SEPARATOR);
      return wanted.every(isThere) ? undefined : REFUSAL;
    };
  },
};

/**
 * The plugin's PreFilter, which knows nothing of generic ephemeral volumes: of those VolumeBinding tells for each node.
 * Asked before the filters that look at nodes.
 */
export const volumeZoneOfPod: FilterPlugin = {
  ...volumeZone,
  prepare: ({ pod, claims }, { volumes }) => {
    if (claims.length === 0) return undefined;
    for (const [index, { isEphemeral }] of podClaims(pod).entries()) {
      const name = isEphemeral ? '' : (volumes.claim(claims[index] ?? '')?.spec?.volumeName ?? '');
      if (name === '' || volumes.volume(name) !== undefined) continue;
      const reasons = [`persistentvolume "${name}" not found`];
      return () => ({ reasons, isResolvable: false, isOfPod: true });
    }
    return undefined;
  },
};

/**
 * "Changing the PV topology labels could cause the pod to become schedulable", or a new one
 * (isSchedulableAfterPersistentVolumeChange).
 */
function couldVolumeHelp(pod: PodInfo, change: ClusterChange): boolean {
  const { volume, volumeBefore } = change;
  if (volume === undefined) return usesChangedClaim(pod, change);
  return volumeBefore === undefined || !jsonEqual(zonesOf(volume), zonesOf(volumeBefore));
}

interface Zones {
  readonly key: string;
  readonly values: readonly string[];
}

function zonesOf(volume: PersistentVolume | undefined): Zones[] {
  const labels = volume?.metadata.labels ?? {};
  return KEYS.flatMap((key) => {
    // "Failed to parse PV's topology label, ignoring the label": one that has an empty zone (LabelZonesToSet).
    const values = labels[key]?.split(SEPARATOR) ?? [''];
    return values.includes('') ? [] : [{ key, values }];
  });
}
