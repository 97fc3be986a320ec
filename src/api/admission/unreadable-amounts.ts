import { QUANTITY_MESSAGE, tryParseQuantity } from '../../objects/quantity.ts';

/**
 * What is said of the amounts that are no quantities, as `hard[pods]: Invalid value: "many": …`. The API refuses them,
 * but another version of Berth may have let one in: what it restrains is refused with its name until somebody mends it,
 * for a limit that nobody can read is no leave to go without one.
 */
export function unreadableAmounts(
  field: string,
  amounts: Readonly<Record<string, string | number>> | undefined,
  isAsked: (name: string) => boolean = () => true,
): readonly string[] {
  return Object.entries(amounts ?? {})
    .filter(([name, amount]) => isAsked(name) && tryParseQuantity(amount) === undefined)
    .map(([name, amount]) => `${field}[${name}]: Invalid value: ${JSON.stringify(amount)}: ${QUANTITY_MESSAGE}`);
}
