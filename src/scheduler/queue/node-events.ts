import { jsonEqual } from '../../lib/json.ts';
import type { Node } from '../../objects/types.ts';
import type { ClusterEvent } from '../plugin.ts';

/** What a change of a node means for pods that wait; a heartbeat means nothing. */
export function nodeEvents(node: Node, previous: Node | undefined): readonly ClusterEvent[] {
  if (previous === undefined) return ['node-added'];
  const events: ClusterEvent[] = [];
  if (!jsonEqual(node.status?.allocatable, previous.status?.allocatable)) events.push('node-allocatable');
  if (!jsonEqual(node.metadata.labels, previous.metadata.labels)) events.push('node-labels');
  const areTaintsEqual = jsonEqual(node.spec?.taints ?? [], previous.spec?.taints ?? []);
  const isSame = areTaintsEqual && (node.spec?.unschedulable ?? false) === (previous.spec?.unschedulable ?? false);
  if (!isSame) events.push('node-taints');
  return events;
}
