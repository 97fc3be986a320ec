import { formatTime } from '../../lib/clock.ts';
import { findCondition, setCondition } from '../../objects/index.ts';
import type { Node } from '../../objects/types.ts';

const NEVER_TOLD = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
const NOT_TELLING = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };

/** "We don't change 'NodeNetworkUnavailable' condition, as it's managed on a control plane level." */
const TOLD_BY_KUBELET = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

type Conditions = NonNullable<NonNullable<Node['status']>['conditions']>;

/**
 * The conditions of a node that has fallen silent; `undefined` when it is known already that nobody knows. What the
 * node never told is as old as the node itself, and what was unknown before keeps its reason
 * (node_lifecycle_controller, tryUpdateNodeHealth).
 */
export function computeUnknownConditions({ metadata, status }: Node, nowMs: number): Readonly<Conditions> | undefined {
  if (findCondition(status?.conditions, 'Ready')?.status === 'Unknown') return undefined;
  let conditions: readonly Conditions[number][] = status?.conditions ?? [];
  for (const type of TOLD_BY_KUBELET) {
    const known = findCondition(conditions, type);
    if (known?.status === 'Unknown') continue;
    const why = known === undefined ? NEVER_TOLD : NOT_TELLING;
    const lastHeartbeatTime = known === undefined ? metadata.creationTimestamp : known.lastHeartbeatTime;
    const condition = { type, status: 'Unknown', ...why, lastHeartbeatTime: lastHeartbeatTime ?? formatTime(nowMs) };
    conditions = setCondition(conditions, condition, nowMs);
  }
  return [...conditions];
}
