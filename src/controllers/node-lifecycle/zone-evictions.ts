import { isConditionTrue } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';

/**
 * Whether nodes that are down get a taint that evicts their pods. `stopped`: those that have it keep it. `none`: nobody
 * has it.
 */
export type ZoneEvictions = 'allowed' | 'stopped' | 'none';

/**
 * "unhealthy-zone-threshold: fraction of Nodes in a zone which needs to be not Ready (minimum 3) for the zone to be
 * treated as unhealthy", 0.55.
 */
const UNHEALTHY_SHARE = 0.55;
const UNHEALTHY_MIN = 3;
/** "large-cluster-size-threshold", 50. Above it evictions go on, slower: Berth knows no pace of them. */
const LARGE_ZONE = 50;

/**
 * "labelNodeDisruptionExclusion is a label on nodes that controls whether they are excluded from being considered for
 * disruption checks".
 */
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

/**
 * "If all zones are completely unhealthy, the node controller doesn't perform any evictions"; "if the fraction of
 * unhealthy nodes is at least unhealthy-zone-threshold then the eviction rate is reduced: if the cluster is small (i.e.
 * has less than or equal to large-cluster-size-threshold nodes) then evictions are stopped" (Nodes, kubernetes.io). The
 * nodes of a zone are those of the same region and zone (GetZoneKey, ComputeZoneState).
 */
export function zoneEvictions(node: Node, nodes: readonly Node[]): ZoneEvictions {
  const counted = nodes.filter(isCounted);
  if (counted.length > 0 && counted.every(isDown)) return 'none';
  const zone = counted.filter((each) => zoneOf(each) === zoneOf(node));
  const downCount = zone.filter(isDown).length;
  if (downCount === zone.length || zone.length > LARGE_ZONE) return 'allowed';
  return downCount >= UNHEALTHY_MIN && downCount / zone.length >= UNHEALTHY_SHARE ? 'stopped' : 'allowed';
}

/** What of a node decides about the evictions from all others, as text. */
export function zoneStateOf(node: Node): string {
  return `${isDown(node)} ${isCounted(node)} ${zoneOf(node)}`;
}

function isCounted({ metadata: { labels } }: Node): boolean {
  return labels?.[EXCLUDED] === undefined;
}

/**
 * Whether the node does not say that it is ready; one that has said nothing yet is as good as one that says no
 * (ComputeZoneState).
 */
function isDown(node: Node): boolean {
  return !isConditionTrue(node.status?.conditions, 'Ready');
}

function zoneOf({ metadata: { labels } }: Node): string {
  return `${labels?.['topology.kubernetes.io/region'] ?? ''} ${labels?.['topology.kubernetes.io/zone'] ?? ''}`;
}
