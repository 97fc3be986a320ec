import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  tryParseQuantity,
} from './quantity.ts';

describe('canonical form', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['0Gi', '0'],
    ['1000m', '1'],
    ['100m', '100m'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['+1', '1'],
    ['-1.5', '-1500m'],
    ['1500', '1500'],
    ['1000', '1k'],
    ['12000000', '12M'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Mi', '512Ki'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1.0001Ki', '1024102400u'],
    ['1e3', '1e3'],
    ['1E6', '1e6'],
    ['100E', '9223372036854775807'],
    ['12e1', '120'],
    ['1E', '1E'],
    ['1Ei', '1Ei'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1.1n', '2n'],
    ['-0.1n', '-1n'],
    ['100000Ei', '9223372036854775807'],
    [2, '2'],
    [0.25, '250m'],
  ])('%s → %s', (text, canonical) => expect(canonicalQuantity(text)).toBe(canonical));
});

test.each(['', '.', '1.2.3', '1 Gi', '1gi', '1KI', '1K', 'Ki', '1e', '1e3Ki', '--1', '1mi', '0x10', '1_000', 'ten'])(
  '%j is no quantity',
  (text) => {
    expect(tryParseQuantity(text)).toBeUndefined();
    expect(() => parseQuantity(text)).toThrow("quantities must match the regular expression '^([+-]?[0-9.]+)");
  },
);

test('an absurd exponent is refused instead of computed', () =>
  expect(tryParseQuantity('1e999999999')).toBeUndefined());

test.each([
  ['1', '1000m', 0],
  ['1Gi', '1G', 1],
  ['0.1', '101m', -1],
  ['1e3', '1k', 0],
] as const)('%s against %s is %d', (a, b, order) => {
  expect(compareQuantities(parseQuantity(a), parseQuantity(b))).toBe(order);
});

test('values round up, as Value and MilliValue do', () => {
  expect(quantityValue(parseQuantity('1500m'))).toBe(2);
  expect(quantityValue(parseQuantity('-1500m'))).toBe(-1);
  expect(quantityMilliValue(parseQuantity('1500u'))).toBe(2);
  expect(quantityValue(parseQuantity('128Mi'))).toBe(134217728);
});

test('a sum keeps the format of its first part', () => {
  expect(formatQuantity(addQuantities(parseQuantity('1Gi'), parseQuantity('512Mi')))).toBe('1536Mi');
  expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Gi')))).toBe('1Gi');
});

it('the canonical form means the same and is its own canonical form', () => {
  const suffixes = fc.constantFrom('', 'm', 'u', 'n', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'e-3', 'E3');
  fc.assert(
    fc.property(fc.integer({ min: -99999, max: 99999 }), fc.nat(999), suffixes, (whole, fraction, suffix) => {
      const quantity = parseQuantity(`${whole}.${fraction}${suffix}`);
      const text = formatQuantity(quantity);
      expect(compareQuantities(parseQuantity(text), quantity)).toBe(0);
      if (parseQuantity(text).format === quantity.format) expect(canonicalQuantity(text)).toBe(text);
    }),
    { seed: 1 },
  );
});

it('a binary amount that is a multiple of no 1024 loses its format when it is written, as in Kubernetes', () => {
  expect(canonicalQuantity('30468.75Ki')).toBe('31200000');
  expect(canonicalQuantity('31200000')).toBe('31200k');
});
