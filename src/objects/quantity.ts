/**
 * `resource.Quantity` (k8s.io/apimachinery/pkg/api/resource): a fixed-point number with a suffix. Kept as a whole
 * number of nano-units, the finest that Kubernetes keeps; finer ones are rounded up, away from zero.
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

const NANO = 1_000_000_000n;
/** "No quantity may be greater than 2^63-1 in magnitude; larger ones are capped" (Quantity's documentation). */
const MAX_NANO = (2n ** 63n - 1n) * NANO;
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES: Readonly<Record<number, string>> = {
  [-9]: 'n',
  [-6]: 'u',
  [-3]: 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T',
  15: 'P',
  18: 'E',
};

/** What Kubernetes says of a text that is no quantity. */
export const QUANTITY_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

export const ZERO_QUANTITY: Quantity = { nano: 0n, format: 'DecimalSI' };

/** The same few amounts stand everywhere. */
const KNOWN_QUANTITIES = 1_000;
const known = new Map<string | number, Quantity>();

/** `undefined` for a text that is no quantity. YAML numbers are read as their shortest decimal form. */
export function tryParseQuantity(value: string | number): Quantity | undefined {
  const before = known.get(value);
  if (before !== undefined) return before;
  const quantity = parse(value);
  if (quantity === undefined) return undefined;
  if (known.size >= KNOWN_QUANTITIES) known.clear();
  known.set(value, Object.freeze(quantity));
  return quantity;
}

function parse(value: string | number): Quantity | undefined {
  const match = PATTERN.exec(String(value));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const binaryPower = BINARY.indexOf(suffix);
  const isExponent = /^[eE]/.test(suffix) && suffix.length > 1 && suffix !== 'Ei';
  const exponent = isExponent ? Number(suffix.slice(1)) : (DECIMAL_EXPONENTS[suffix] ?? 0);
  if (Math.abs(exponent) > 64) return undefined;
  const base = binaryPower > 0 ? 1024n ** BigInt(binaryPower) : 1n;
  const magnitude = scaleUp(digits * base, 9 + exponent - fraction.length);
  const capped = magnitude > MAX_NANO ? MAX_NANO : magnitude;
  const format = binaryPower > 0 ? 'BinarySI' : isExponent ? 'DecimalExponent' : 'DecimalSI';
  return { nano: sign === '-' ? -capped : capped, format };
}

/**
 * Throws a `RangeError` with Kubernetes' message for a text that is no quantity: for values that were validated before.
 */
export function parseQuantity(value: string | number): Quantity {
  const quantity = tryParseQuantity(value);
  if (quantity === undefined) throw new RangeError(`${JSON.stringify(value)}: ${QUANTITY_MESSAGE}`);
  return quantity;
}

/** `value` × 10^`exponent` for a value ≥ 0, rounded up to a whole number. */
function scaleUp(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** The sum, in the format of `a` unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano + b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

/** As often as a whole number says. */
export function multiplyQuantity({ nano, format }: Quantity, times: number): Quantity {
  return { nano: nano * BigInt(times), format };
}

export function maxQuantity(a: Quantity, b: Quantity): Quantity {
  return a.nano >= b.nano ? a : b;
}

/** In whole units, rounded up (`Value()`): bytes of a memory quantity. */
export function quantityValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, NANO));
}

/** In thousandths, rounded up (`MilliValue()`): millicores of a cpu quantity. */
export function quantityMilliValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nano, 1_000_000n));
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  return value > 0n ? (value + divisor - 1n) / divisor : value / divisor;
}

/** A quantity of whole units, as computed sums become objects again. */
export function quantityOf(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nano: BigInt(Math.ceil(value)) * NANO, format };
}

/**
 * The canonical form: "no precision is lost, no fractional digits are emitted, the exponent is as large as possible". A
 * binary quantity below 1024 or with a fraction is written in decimal.
 */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const magnitude = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n)
    return sign + formatBinary(magnitude / NANO);
  let value = magnitude;
  let exponent = -9;
  while (exponent < 18 && value % 1000n === 0n) {
    value /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${value}${DECIMAL_SUFFIXES[exponent]}`;
}

function formatBinary(units: bigint): string {
  let value = units;
  let power = 0;
  while (power < BINARY.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    power++;
  }
  return `${value}${BINARY[power]}`;
}

/** The canonical form of a text, or the text as it is when it is no quantity. */
export function canonicalQuantity(value: string | number): string {
  const quantity = tryParseQuantity(value);
  if (quantity === undefined) return String(value);
  const before = canonical.get(quantity);
  if (before !== undefined) return before;
  const text = formatQuantity(quantity);
  canonical.set(quantity, text);
  return text;
}

const canonical = new WeakMap<Quantity, string>();
