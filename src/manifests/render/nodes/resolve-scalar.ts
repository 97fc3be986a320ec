import { resolvePlainScalar } from '../../parse/resolve-scalar.ts';
import type { ScalarTag } from './node.ts';

/**
 * Which of the two YAML libraries of kustomize reads a text: objects and merge patches are read as YAML 1.2
 * (goyaml.v3), where `yes` is text; kustomizations, JSON patches and configurations as YAML 1.1 (goyaml.v2), where it
 * is true.
 */
export type YamlVersion = '1.1' | '1.2';

const WORDS: ReadonlyMap<string, ScalarTag> = new Map<string, ScalarTag>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, 'null'] as const),
  ...['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].map((word) => [word, 'bool'] as const),
  ...['.nan', '.NaN', '.NAN', '.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'].map(
    (word) => [word, 'float'] as const,
  ),
]);
const INTEGER = /^[-+]?(?:0|[1-9][0-9]*|0[0-7]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0[bB][01]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2}))|(?: [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?))?$/;

/** What an unquoted scalar is. */
export function tagOfPlain(text: string, version: YamlVersion): ScalarTag {
  return version === '1.2' ? tagOfYaml12(text) : tagOfYaml11(text);
}

function tagOfYaml12(text: string): ScalarTag {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const isNumberLike = (first >= 48 && first <= 57) || first === 43 || first === 45;
  if (!isNumberLike) return first === 46 && isFloat(text) ? 'float' : 'str';
  if (TIMESTAMP.test(text) && timestampOf(text) !== undefined) return 'timestamp';
  const plain = text.replaceAll('_', '');
  if (INTEGER.test(plain) && isInt64(plain)) return 'int';
  return isFloat(plain) ? 'float' : 'str';
}

/** A number too large for a float is text, because Go's conversion fails. */
function isFloat(plain: string): boolean {
  return FLOAT.test(plain) && Number.isFinite(Number(plain));
}

function tagOfYaml11(text: string): ScalarTag {
  const resolved = resolvePlainScalar(text);
  if (resolved.type === 'unsafe') return text.includes('.') || /[nN]/.test(text) ? 'float' : 'int';
  const { value } = resolved;
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  return Number.isInteger(value) && !/[.eE]/.test(text.replace(/^[-+]?0[xX].*/, '')) ? 'int' : 'float';
}

/** Whole numbers up to 2^64 − 1 are integers to Go; what is larger becomes a float. */
function isInt64(plain: string): boolean {
  if (plain.length < 18) return true;
  const value = bigIntOf(plain);
  return value >= -(2n ** 63n) && value < 2n ** 64n;
}

export function bigIntOf(plain: string): bigint {
  const isNegative = plain.startsWith('-');
  const digits = plain.replace(/^[-+]/, '').replaceAll('_', '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  return isNegative ? -value : value;
}

const TIMESTAMP_PARTS =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$/;

/** A timestamp as Go writes it into JSON (RFC 3339); `undefined` for a date that does not exist. */
export function timestampOf(text: string): string | undefined {
  const match = TIMESTAMP_PARTS.exec(text);
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const lastDay = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (lastDay === undefined || day < 1 || day > lastDay || hour > 23 || minute > 59 || second > 59) return undefined;
  const pad = (value: number) => String(value).padStart(2, '0');
  const fraction = (match[7] ?? '').slice(0, 10).replace(/\.?0+$/, '');
  const zone = match[8] === undefined || match[8] === '+00:00' ? 'Z' : match[8];
  return `${match[1]}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}${zone}`;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
