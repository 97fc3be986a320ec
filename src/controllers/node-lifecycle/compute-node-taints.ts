import { formatTime } from '../../lib/clock.ts';
import { findCondition } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';
import type { ZoneEvictions } from './zone-evictions.ts';

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/**
 * "The node controller automatically taints a Node when certain conditions are true" (Taints and Tolerations): which
 * status of which condition gives which taint with effect NoSchedule.
 */
const CONDITION_TAINTS: readonly (readonly [condition: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const MANAGED = new Set([...CONDITION_TAINTS.map(([, , key]) => key), UNSCHEDULABLE]);

export interface NodeTaintsSnapshot {
  readonly node: Node;
  readonly evictions: ZoneEvictions;
  /** Wall time. */
  readonly nowMs: number;
}

/**
 * The taints that the node should have; the same list when it has them.
 *
 * "If all zones are completely unhealthy (none of the nodes in the cluster are healthy), the node controller assumes
 * that there is some problem with connectivity between the control plane and the nodes, and doesn't perform any
 * evictions" (Nodes, kubernetes.io): no node gets a NoExecute taint then, and those given go. So a box that is the only
 * node never evicts its own pods. Where evictions are only stopped, those given stay.
 */
export function computeNodeTaints({ node, evictions, nowMs }: NodeTaintsSnapshot): readonly Taint[] {
  const current = taintsOf(node);
  const wanted = new Map<string, Taint>();
  // Each taint says since when it is there (SwapNodeControllerTaint).
  const timeAdded = formatTime(nowMs);
  const want = (taint: Taint) => wanted.set(`${taint.key} ${taint.effect}`, { ...taint, timeAdded });
  for (const [type, status, key] of CONDITION_TAINTS) {
    if (findCondition(node.status?.conditions, type)?.status === status) want({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable === true) want({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  const ready = findCondition(node.status?.conditions, 'Ready')?.status;
  const isEvicting = current.some(({ key, effect }) => effect === 'NoExecute' && isManaged(key, effect));
  const mayEvict = evictions === 'allowed' || (evictions === 'stopped' && isEvicting);
  if (mayEvict && (ready === 'False' || ready === 'Unknown')) {
    want({ key: ready === 'False' ? NOT_READY : UNREACHABLE, effect: 'NoExecute' });
  }
  const kept = current.filter(({ key, effect }) => !isManaged(key, effect) || wanted.has(`${key} ${effect}`));
  for (const { key, effect } of kept) wanted.delete(`${key} ${effect}`);
  return kept.length === current.length && wanted.size === 0 ? current : [...kept, ...wanted.values()];
}

/** The same list for every node without any. */
export function taintsOf({ spec }: Node): readonly Taint[] {
  return spec?.taints ?? NO_TAINTS;
}

const NO_TAINTS: readonly Taint[] = [];

function isManaged(key: string, effect: string): boolean {
  if (effect === 'NoExecute') return key === NOT_READY || key === UNREACHABLE;
  return effect === 'NoSchedule' && MANAGED.has(key);
}
