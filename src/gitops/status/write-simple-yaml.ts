import { isJsonObject } from '../../lib/json.ts';

/** What may stand as a key as it is. */
const KEY = /^[A-Za-z_][A-Za-z0-9_./-]{0,100}$/;
/** Text on one line, without anything that has to be escaped. */
const PRINTABLE = /^[\x20-\x7e]*$/;
/** Where a plain text would begin, end or contain what means something to YAML. */
const INDICATED = /^[ ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-] |: | #|[ :]$/;
/** What is read as another value than a text where it stands plainly (YAML 1.2, core schema). */
const OTHER_VALUE =
  /^(?:~?|[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;
const DOCUMENT_MARK = /^(?:%|---|\.\.\.)/;
const DECIMAL = /^-?[0-9]{1,15}(?:\.[0-9]{1,6})?$/;

/**
 * Writes plain data as block YAML, as the `yaml` library does and many times as fast, because it builds no nodes.
 * Returns `undefined` for what it leaves to that: texts of several lines or with characters to escape, lists of lists,
 * objects without fields in lists, unusual keys and numbers.
 */
export function writeSimpleYaml(value: unknown): string | undefined {
  const text = isJsonObject(value) ? writeFields(value, '') : undefined;
  return text === '' ? undefined : text;
}

function writeFields(fields: object, indent: string): string | undefined {
  let text = '';
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const written = KEY.test(key) && !OTHER_VALUE.test(key) ? writeBelowKey(value, indent) : undefined;
    if (written === undefined) return undefined;
    text += `${indent}${key}:${written}`;
  }
  return text;
}

function writeBelowKey(value: unknown, indent: string): string | undefined {
  const below = `${indent}  `;
  const block = Array.isArray(value) ? writeItems(value, below) : isJsonObject(value) ? writeFields(value, below) : '';
  if (block === undefined) return undefined;
  if (block !== '') return `\n${block}`;
  const scalar = Array.isArray(value) ? '[]' : isJsonObject(value) ? '{}' : writeScalar(value);
  return scalar === undefined ? undefined : ` ${scalar}\n`;
}

function writeItems(items: readonly unknown[], indent: string): string | undefined {
  let text = '';
  for (const item of items) {
    const written = isJsonObject(item) ? writeFields(item, `${indent}  `)?.slice(indent.length + 2) : writeLine(item);
    // An object without fields stands on the line of its item.
    if (written === undefined || written === '') return undefined;
    text += `${indent}- ${written}`;
  }
  return text;
}

function writeLine(value: unknown): string | undefined {
  const scalar = writeScalar(value);
  return scalar === undefined ? undefined : `${scalar}\n`;
}

function writeScalar(value: unknown): string | undefined {
  if (typeof value === 'string') return writeText(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  const text = typeof value === 'number' && !Object.is(value, -0) ? String(value) : '';
  return DECIMAL.test(text) ? text : undefined;
}

function writeText(text: string): string | undefined {
  if (!PRINTABLE.test(text) || DOCUMENT_MARK.test(text)) return undefined;
  if (!INDICATED.test(text) && !OTHER_VALUE.test(text)) return text;
  if (!text.includes('"')) return text.includes('\\') ? undefined : `"${text}"`;
  return text.includes("'") ? undefined : `'${text}'`;
}
