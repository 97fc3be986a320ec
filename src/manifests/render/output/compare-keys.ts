const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/** goyaml.v2's order of keys: letters by their code, everything else before them, runs of digits by their value. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return isLess(Array.from(a), Array.from(b)) ? -1 : 1;
}

function isLess(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [first = '', second = ''] = [a[i], b[i]];
    if (first === second) continue;
    const isLetterA = LETTER.test(first);
    const isLetterB = LETTER.test(second);
    if (isLetterA && isLetterB) return codeOf(first) < codeOf(second);
    if (isLetterA || isLetterB) return isLetterB;
    return isNumberLess(a, b, i);
  }
  return a.length < b.length;
}

function isNumberLess(a: readonly string[], b: readonly string[], from: number): boolean {
  const [first = '', second = ''] = [a[from], b[from]];
  // A zero behind other digits counts as part of their number.
  const start = (first === '0' || second === '0') && hasNonZeroBefore(a, from) ? 1 : 0;
  const [valueA, endA] = numberAt(a, from, start);
  const [valueB, endB] = numberAt(b, from, start);
  if (valueA !== valueB) return valueA < valueB;
  if (endA !== endB) return endA < endB;
  return codeOf(first) < codeOf(second);
}

function hasNonZeroBefore(chars: readonly string[], from: number): boolean {
  for (let at = from - 1; at >= 0 && DIGIT.test(chars[at] ?? ''); at--) if (chars[at] !== '0') return true;
  return false;
}

function numberAt(chars: readonly string[], from: number, start: number): readonly [bigint, number] {
  let value = BigInt(start);
  let at = from;
  for (; DIGIT.test(chars[at] ?? ''); at++) {
    value = BigInt.asIntN(64, value * 10n + BigInt(codeOf(chars[at] ?? '0') - 48));
  }
  return [value, at];
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}
