import type { JsonObject } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { isSharedTree } from './fields-tree.ts';

/** Texts of trees that were asked for. */
const texts = new Map<JsonObject, string>();

/** JSON of a set of fields; that of a shared tree is kept, since many objects have it. */
export function fieldsText(tree: JsonObject): string {
  const known = texts.get(tree);
  if (known !== undefined) return known;
  const text = JSON.stringify(tree);
  if (!isSharedTree(tree)) return text;
  if (texts.size >= LIMITS.fieldTexts) texts.clear();
  texts.set(tree, text);
  return text;
}
