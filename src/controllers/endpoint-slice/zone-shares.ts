import { isConditionTrue, parseQuantity, quantityMilliValue } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/**
 * "Nodes with any of these labels set to any value will be excluded from topology capacity calculations"
 * (topologycache).
 */
const EXCLUDED_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** The zone that a node says it is in. */
export function zoneOf(node: Node): string | undefined {
  return node.metadata.labels?.[ZONE_LABEL] || undefined;
}

/**
 * Each zone's share of the processors of all nodes that are ready, in the order of the zones' names; `undefined` where
 * there is nothing to share out: "The controller … will not assign hints if … one or more nodes don't have allocatable
 * CPU or a zone", or all are in one zone (Topology Aware Routing, kubernetes.io).
 */
export function zoneSharesOf(nodes: readonly Node[]): ReadonlyMap<string, number> | undefined {
  const cpuByZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (EXCLUDED_LABELS.some((label) => node.metadata.labels?.[label] !== undefined)) continue;
    if (!isConditionTrue(node.status?.conditions, 'Ready')) continue;
    const zone = zoneOf(node);
    const cpu = allocatableCpu(node);
    if (zone === undefined || cpu === 0) return undefined;
    cpuByZone.set(zone, (cpuByZone.get(zone) ?? 0) + cpu);
    total += cpu;
  }
  if (cpuByZone.size < 2) return undefined;
  const zones = [...cpuByZone.keys()].sort();
  return new Map(zones.map((zone) => [zone, (cpuByZone.get(zone) ?? 0) / total]));
}

/** In thousandths of a processor. */
export function allocatableCpu({ status }: Node): number {
  return quantityMilliValue(parseQuantity(status?.allocatable?.['cpu'] ?? 0));
}
