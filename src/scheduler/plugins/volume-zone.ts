import type { PersistentVolume } from '../../objects/types.ts';
import type { FilterPlugin, Refusal } from '../plugin.ts';

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
 * "VolumeZone: checks that volumes requested satisfy any zone requirements they might have". "The node has no zone constraints, so we're OK to schedule: this is to
 * handle a single-zone cluster scenario where the node may not have any topology labels" (volume_zone.go).
 */
export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  wakesOn: ['node-added', 'node-labels', 'claim-changed', 'volume-changed'],
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

interface Zones {
  readonly key: string;
  readonly values: readonly string[];
}

function zonesOf(volume: PersistentVolume | undefined): readonly Zones[] {
  const labels = volume?.metadata.labels ?? {};
  return KEYS.flatMap((key) => {
    const text = labels[key];
    return text === undefined ? [] : [{ key, values: text.split(SEPARATOR) }];
  });
}
