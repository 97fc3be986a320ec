import { frameContent, type RuleModel, serviceContent } from './table-content.ts';

/**
 * Whether a table, as nft's JSON has it, still has all that a model put there: every chain with its number of rules, every set with its number of
 * elements. Somebody who flushes or deletes is found; who rewrites a single rule by hand is not.
 */
export function isTableIntact(described: unknown, model: RuleModel): boolean {
  const found = countParts(described);
  const expected = new Map<string, number>();
  for (const content of [frameContent(model.network), serviceContent(model.services.values(), model.network)]) {
    for (const [name, { rules }] of content.chains) expected.set(`chain ${name}`, rules.length);
    for (const [name, { elements, definition }] of content.sets) {
      // The kernel itself fills these.
      if (!definition.includes('dynamic')) expected.set(`set ${name}`, elements.size);
    }
  }
  return [...expected].every(([part, count]) => found.get(part) === count);
}

function countParts(described: unknown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of itemsOf(field(described, 'nftables'))) {
    const set = field(item, 'set') ?? field(item, 'map');
    if (set !== undefined) counts.set(`set ${field(set, 'name')}`, itemsOf(field(set, 'elem')).length);
    const chain = field(item, 'chain');
    if (chain !== undefined) counts.set(`chain ${field(chain, 'name')}`, 0);
    const rule = field(item, 'rule');
    if (rule === undefined) continue;
    const key = `chain ${field(rule, 'chain')}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
