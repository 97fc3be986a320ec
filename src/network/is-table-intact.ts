import { parseDescribedTable } from './described-table.ts';
import { frameContent, type RuleModel, serviceContent } from './table-content.ts';

/**
 * Whether a table, as nft's JSON has it, still has all that a model put there: every chain with its number of rules,
 * every set with its number of elements. Somebody who flushes or deletes is found; who rewrites a single rule by hand
 * is not.
 */
export function isTableIntact(described: unknown, model: RuleModel): boolean {
  const found = parseDescribedTable(described);
  const services = serviceContent(model.services.values(), model.network);
  for (const { chains, sets } of [frameContent(model.network), services]) {
    for (const [name, { rules }] of chains) if (found.chains.get(name) !== rules.length) return false;
    for (const [name, { elements, definition }] of sets) {
      // Sets of the frame are filled by the services; the kernel itself fills those that remember clients.
      const count = services.sets.get(name)?.elements.size ?? elements.size;
      if (!definition.includes('dynamic') && found.sets.get(name)?.length !== count) return false;
    }
  }
  return true;
}
