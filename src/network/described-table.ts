/** A table as nft's JSON has it, reduced to what Berth asks about. */
export interface DescribedTable {
  /** Number of rules by name of the chain. */
  readonly chains: ReadonlyMap<string, number>;
  /** Keys of the elements by name of the set or map, parts joined by ` . ` as in nft's own language. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
}

/** Reads what `nft -j list table` says; what is not understood is left out. */
export function parseDescribedTable(described: unknown): DescribedTable {
  const chains = new Map<string, number>();
  const sets = new Map<string, readonly string[]>();
  for (const item of itemsOf(field(described, 'nftables'))) {
    const set = field(item, 'set') ?? field(item, 'map');
    if (set !== undefined) sets.set(String(field(set, 'name')), itemsOf(field(set, 'elem')).map(keyOf));
    const chain = field(item, 'chain');
    if (chain !== undefined) chains.set(String(field(chain, 'name')), 0);
    const rule = field(item, 'rule');
    if (rule === undefined) continue;
    const name = String(field(rule, 'chain'));
    chains.set(name, (chains.get(name) ?? 0) + 1);
  }
  return { chains, sets };
}

/** An element of a map is a pair; a key of several parts is a `concat`. */
function keyOf(element: unknown): string {
  const key: unknown = Array.isArray(element) ? element[0] : element;
  const parts = field(key, 'concat');
  return parts === undefined ? String(key) : itemsOf(parts).join(' . ');
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
