/** What a plain (unquoted) scalar means; `unsafe` is a number that JSON numbers here cannot hold exactly or at all. */
export type ResolvedScalar =
  | { readonly type: 'value'; readonly value: string | number | boolean | null }
  | { readonly type: 'unsafe'; readonly reason: string };

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ...wordsOf(true, 'y Y yes Yes YES true True TRUE on On ON'),
  ...wordsOf(false, 'n N no No NO false False FALSE off Off OFF'),
  ...wordsOf(null, '~ null Null NULL'),
  ['', null],
]);

const NOT_FINITE = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
const DECIMAL_INTEGER = /^[-+]?(?:0|[1-9][0-9]*)$/;
const BASED_INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

function wordsOf<T>(value: T, words: string): [string, T][] {
  return words.split(' ').map((word) => [word, value]);
}

/**
 * Resolves a plain scalar as kubectl does: it decodes YAML with sigs.k8s.io/yaml (goyaml.v2), which knows the words of
 * YAML 1.1 (`yes`, `on`, `n`), octal as `0644` and `0o644`, `0x` and `0b`, underscores in numbers, and no base 60; what
 * looks like a timestamp stays text.
 */
export function resolvePlainScalar(source: string): ResolvedScalar {
  const first = source.charCodeAt(0);
  const word = WORDS.get(source);
  if (word !== undefined) return { type: 'value', value: word };
  const isDigitOrSign = (first >= 48 && first <= 57) || first === 43 || first === 45;
  if (!isDigitOrSign && first !== 46) return { type: 'value', value: source };
  if (NOT_FINITE.test(source)) return { type: 'unsafe', reason: 'infinity and not-a-number do not exist in JSON' };
  const plain = isDigitOrSign ? source.replaceAll('_', '') : source;
  if (DECIMAL_INTEGER.test(plain)) return integerOf(plain, Number(plain));
  const based = BASED_INTEGER.exec(plain);
  if (based !== null) return integerOf(plain, (based[1] === '-' ? -1 : 1) * Number(normalizeBase(based[2] ?? '0')));
  if (!FLOAT.test(plain)) return { type: 'value', value: source };
  const float = Number(plain);
  // A float that is too large is text for goyaml, because its conversion fails.
  if (!Number.isFinite(float)) return { type: 'value', value: source };
  return { type: 'value', value: float };
}

/** JavaScript reads `0x`, `0b` and `0o`, and takes a bare leading zero for decimal. */
function normalizeBase(digits: string): string {
  return /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase();
}

function integerOf(plain: string, value: number): ResolvedScalar {
  if (Number.isSafeInteger(value)) return { type: 'value', value: value === 0 ? 0 : value };
  const digits = plain.replace(/^[-+]/, '').length;
  return { type: 'unsafe', reason: `a whole number of ${digits} digits is beyond ±(2^53 − 1) and would be rounded` };
}
