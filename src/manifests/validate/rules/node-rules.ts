import { jsonEqual } from '../../../lib/json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../objects/names.ts';
import type { KubernetesObject, Node } from '../../../objects/types.ts';
import { type Cursor, checkRequiredText, checkText } from '../cursor.ts';

/** "The kubelet on a node self-registers to the control plane" (Nodes): no manifest makes a machine. */
export function warnOfDeclaredNode(node: Cursor): void {
  const message =
    'Node is made by its agent: a manifest can add labels, annotations, taints and unschedulable to one that is there, ' +
    'and a node that no agent reports of never becomes ready';
  const help = 'use kubectl label, kubectl taint and kubectl cordon';
  node.get('kind').report('KindInert', message, help, 'value', 'warning');
}

/**
 * A Node (core validation, ValidateNode): its taints. One that was taken before stays as it is: the node controller
 * writes its own beside it.
 */
export function checkNode(node: Cursor, previous: KubernetesObject | undefined): void {
  const before = (previous?.['spec'] as Node['spec'])?.taints ?? [];
  const seen = new Set<string>();
  for (const taint of node.get('spec').get('taints').items) {
    const [key, effect] = [taint.get('key'), taint.get('effect')];
    const name = `${key.text} ${effect.text}`;
    const isNew = !before.some((old) => jsonEqual(old, taint.value));
    if (isNew && seen.has(name)) taint.duplicate(taint.value, 'taints must be unique by key and effect pair');
    seen.add(name);
    if (!isNew) continue;
    checkRequiredText(key, qualifiedNameProblems);
    checkText(taint.get('value'), labelValueProblems);
  }
}
