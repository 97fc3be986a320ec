import { qualifiedNameProblems } from '../../../objects/names.ts';
import { compareQuantities, type Quantity, tryParseQuantity } from '../../../objects/quantity.ts';
import type { Cursor } from '../cursor.ts';

/** `resources` of a container (core validation, validateContainerResourceRequirements). */
export function checkResources(resources: Cursor): void {
  const limits = amountsOf(resources.get('limits'));
  const requests = amountsOf(resources.get('requests'));
  for (const [name, { cursor, quantity }] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || compareQuantities(quantity, limit.quantity) <= 0) continue;
    const help = `lower the request or raise limits.${name}`;
    cursor.invalid(`must be less than or equal to ${name} limit of ${String(limit.cursor.value)}`, help);
  }
}

interface Amount {
  readonly cursor: Cursor;
  readonly quantity: Quantity;
}

/** The amounts that are quantities; reports bad names, negative ones and fractions of a byte. */
function amountsOf(list: Cursor): ReadonlyMap<string, Amount> {
  const amounts = new Map<string, Amount>();
  for (const [name, cursor] of list.entries) {
    for (const message of qualifiedNameProblems(name)) cursor.invalidKey(message);
    const quantity = quantityAt(cursor);
    if (quantity === undefined) continue;
    if (quantity.nano < 0n) cursor.invalid('must be greater than or equal to 0');
    else if ((name === 'memory' || name === 'ephemeral-storage') && quantity.nano % 1_000_000_000n !== 0n) {
      const text = String(cursor.value);
      const help = text.endsWith('m')
        ? `did you mean "${text.slice(0, -1)}M" or "${text.slice(0, -1)}Mi"?`
        : 'use whole bytes';
      cursor.warn(`fractional byte value ${JSON.stringify(text)}: must be an integer`, help);
    }
    amounts.set(name, { cursor, quantity });
  }
  return amounts;
}

export function quantityAt(cursor: Cursor): Quantity | undefined {
  const value = cursor.text ?? cursor.number;
  return value === undefined ? undefined : tryParseQuantity(value);
}
