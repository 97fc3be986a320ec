import { qualifiedNameProblems } from '../../../objects/names.ts';
import { compareQuantities, type Quantity, tryParseQuantity } from '../../../objects/quantity.ts';
import type { Cursor } from '../cursor.ts';
import { findSimilar } from '../did-you-mean.ts';

/**
 * What a container may ask for without a domain (helpers, IsStandardContainerResourceName), apart from
 * `hugepages-<size>`.
 */
const STANDARD = ['cpu', 'memory', 'ephemeral-storage'];
const HUGE_PAGES = 'hugepages-';

/** `resources` of a container (core validation, ValidateContainerResourceRequirements). */
export function checkResources(resources: Cursor): void {
  const limits = amountsOf(resources.get('limits'));
  const requests = amountsOf(resources.get('requests'));
  for (const [name, { cursor, quantity }] of requests) {
    const limit = limits.get(name);
    if (limit === undefined) requireLimit(resources.get('limits'), name);
    else if (!isOvercommitAllowed(name) && compareQuantities(quantity, limit.quantity) !== 0) {
      cursor.invalid(
        `must be equal to ${name} limit of ${String(limit.cursor.value)}`,
        `remove it: limits.${name} counts`,
      );
    } else if (compareQuantities(quantity, limit.quantity) > 0) {
      const help = `lower the request or raise limits.${name}`;
      cursor.invalid(`must be less than or equal to ${name} limit of ${String(limit.cursor.value)}`, help);
    }
  }
  const names = [...limits.keys(), ...requests.keys()];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    resources.forbidden('HugePages require cpu or memory', 'ask for cpu or memory as well');
  }
}

function requireLimit(limits: Cursor, name: string): void {
  if (isOvercommitAllowed(name)) return;
  limits.required('Limit must be set for non overcommitable resources', `write limits.${name} instead of the request`);
}

interface Amount {
  readonly cursor: Cursor;
  readonly quantity: Quantity;
}

/** The amounts that are quantities; reports bad names, negative ones and fractions of what is counted in whole. */
function amountsOf(list: Cursor): ReadonlyMap<string, Amount> {
  const amounts = new Map<string, Amount>();
  for (const [name, cursor] of list.entries) {
    checkResourceName(name, cursor);
    const quantity = quantityAt(cursor);
    if (quantity === undefined) continue;
    checkAmount(name, cursor, quantity);
    amounts.set(name, { cursor, quantity });
  }
  return amounts;
}

/** Core validation, validateContainerResourceName. */
function checkResourceName(name: string, cursor: Cursor): void {
  const problems = qualifiedNameProblems(name);
  for (const message of problems) cursor.invalidKey(message);
  if (problems.length > 0) return;
  if (!name.includes('/')) {
    if (STANDARD.includes(name) || isHugePages(name)) return;
    const similar = findSimilar(name, STANDARD);
    const guess = similar === undefined ? '' : `did you mean ${similar}? `;
    const help = `${guess}a device has a domain: acme.io/${name}`;
    cursor.invalidKey('must be a standard resource for containers', help);
  } else if (
    !isNative(name) &&
    (name.startsWith('requests.') || qualifiedNameProblems(`requests.${name}`).length > 0)
  ) {
    cursor.invalidKey("doesn't follow extended resource name standard");
  }
}

function checkAmount(name: string, cursor: Cursor, quantity: Quantity): void {
  if (quantity.nano < 0n) return cursor.invalid('must be greater than or equal to 0');
  const isWhole = quantity.nano % WHOLE === 0n;
  if (!isNative(name)) {
    if (!isWhole) cursor.invalid('must be an integer');
  } else if (isHugePages(name)) {
    const size = tryParseQuantity(name.slice(HUGE_PAGES.length));
    const isMultiple = size !== undefined && size.nano > 0n && quantity.nano % size.nano === 0n;
    if (!isMultiple) cursor.invalid(`is not positive integer multiple of ${name}`);
  } else if (name === 'memory' || name === 'ephemeral-storage') checkWholeBytes(cursor, quantity);
}

export function checkWholeBytes(cursor: Cursor, quantity: Quantity | undefined): void {
  if (quantity === undefined || quantity.nano % WHOLE === 0n) return;
  const text = String(cursor.value);
  const help = text.endsWith('m')
    ? `did you mean "${text.slice(0, -1)}M" or "${text.slice(0, -1)}Mi"?`
    : 'use whole bytes';
  cursor.warn(`fractional byte value ${JSON.stringify(text)}: must be an integer`, help);
}

/** In nano-units. */
const WHOLE = 1_000_000_000n;

function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** "Native resources: unprefixed, or in the *kubernetes.io/ namespace" (helpers, IsNativeResource). */
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** Devices and huge pages are counted out to one container alone (helpers, IsOvercommitAllowed). */
function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

export function quantityAt(cursor: Cursor): Quantity | undefined {
  const value = cursor.text ?? cursor.number;
  return value === undefined ? undefined : tryParseQuantity(value);
}
