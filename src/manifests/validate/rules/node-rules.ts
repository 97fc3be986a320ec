import { jsonEqual } from '../../../lib/json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../objects/names.ts';
import type { KubernetesObject, Node } from '../../../objects/types.ts';
import { type Cursor, checkRequiredText, checkText } from '../cursor.ts';

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
