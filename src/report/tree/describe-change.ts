import { stringify } from 'yaml';
import type { JsonValue } from '../../lib/json.ts';
import { printable } from '../../manifests/diagnostic.ts';
import type { FieldDiff, ObjectChange } from '../plan-report.ts';
import { diffLines } from './diff-lines.ts';
import type { DiffLine } from './report-tree.ts';

/** A longer line of a difference is cut: nobody reads it, and it may be made to hurt. */
const LONGEST_LINE = 300;

/**
 * One object's difference, a line for each field; texts of several lines are compared line by line, with a little
 * context.
 */
export function describeChange(change: ObjectChange): readonly DiffLine[] {
  const { action, object, apiVersion, path, line, reason, fields, ceded } = change;
  const where = path === undefined ? '' : `  ${line === undefined ? path : `${path}:${line}`}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  const lines: DiffLine[] = [
    { sign: '@', text: `${object} ${action}${why}  ${apiVersion}${where}` },
    ...fields.flatMap(describeField),
    ...ceded.map((field) => ({ sign: ' ', text: `${field} is left to its owner` }) as const),
  ];
  return lines.map(({ sign, text }) => ({ sign, text: cutLine(printable(text)) }));
}

/** The same without what has not changed. */
export function withoutContext(lines: readonly DiffLine[]): readonly DiffLine[] {
  return lines.filter(({ sign }) => sign !== ' ');
}

function describeField({ field, before, after }: FieldDiff): readonly DiffLine[] {
  const isText = typeof before === 'string' && typeof after === 'string';
  if (isText && (before.includes('\n') || after.includes('\n'))) {
    return [{ sign: '@', text: field }, ...diffLines(before, after).map(indented)];
  }
  return [...describeSide('-', field, before), ...describeSide('+', field, after)];
}

function indented({ sign, text }: DiffLine): DiffLine {
  return { sign, text: `  ${text}` };
}

function describeSide(sign: '+' | '-', field: string, value: JsonValue | undefined): readonly DiffLine[] {
  if (value === undefined) return [];
  const isBlock = (typeof value === 'object' && value !== null) || (typeof value === 'string' && value.includes('\n'));
  if (!isBlock) return [{ sign, text: `${prefixOf(field)}${formatScalar(value)}` }];
  const yaml = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).replace(/\n$/, '').split('\n');
  if (field === '') return yaml.map((text) => ({ sign, text }));
  if (typeof value === 'string')
    return [{ sign, text: `${field}: ${yaml[0]}` }, ...yaml.slice(1).map((text) => ({ sign, text }))];
  return [{ sign, text: `${field}:` }, ...yaml.map((text) => ({ sign, text: `  ${text}` }))];
}

function prefixOf(field: string): string {
  return field === '' ? '' : `${field}: `;
}

function formatScalar(value: JsonValue): string {
  return typeof value === 'string' && /^[\w./:@()-]+$/.test(value) ? value : JSON.stringify(value);
}

function cutLine(text: string): string {
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}
