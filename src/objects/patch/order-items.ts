import { canonicalJson, type JsonValue } from '../../lib/json.ts';

export interface ItemOrder {
  readonly merged: readonly JsonValue[];
  /** Items in the order that the patch wants. */
  readonly order: readonly JsonValue[];
  /** The list before the patch. */
  readonly original: readonly JsonValue[];
  readonly keyOf: (item: JsonValue) => JsonValue | undefined;
}

/**
 * Orders a merged list as the API server does (strategicpatch, normalizeElementOrder): the items that the patch names
 * stand in the patch's order, those of the server alone in theirs; of two neighbours the server's comes first only when
 * it stood before the other already. So an item that is new goes before those that the patch does not name.
 */
export function orderItems({ merged, order, original, keyOf }: ItemOrder): readonly JsonValue[] {
  const rank = rankBy(order, keyOf);
  const formerRank = rankBy(original, keyOf);
  const at = (ranks: ReadonlyMap<string, number>, item: JsonValue) => ranks.get(canonicalJson(keyOf(item)));
  const byRank = (ranks: ReadonlyMap<string, number>) => (a: JsonValue, b: JsonValue) =>
    (at(ranks, a) ?? 0) - (at(ranks, b) ?? 0);
  const patched = merged.filter((item) => at(rank, item) !== undefined).sort(byRank(rank));
  const others = merged.filter((item) => at(rank, item) === undefined).sort(byRank(formerRank));
  const ordered: JsonValue[] = [];
  let next = 0;
  for (const item of patched) {
    const former = at(formerRank, item);
    for (let other = others[next]; other !== undefined; other = others[next]) {
      const otherFormer = at(formerRank, other);
      if (former === undefined || otherFormer === undefined || otherFormer >= former) break;
      ordered.push(other);
      next++;
    }
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

function rankBy(items: readonly JsonValue[], keyOf: ItemOrder['keyOf']): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  items.forEach((item, index) => {
    const key = canonicalJson(keyOf(item));
    if (!ranks.has(key)) ranks.set(key, index);
  });
  return ranks;
}
