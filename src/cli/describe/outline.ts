/** A line of a description: a label with a value, or with further lines below it. */
export type OutlineEntry = readonly [label: string, value: OutlineValue];
export type OutlineValue = string | number | boolean | undefined | readonly string[] | readonly OutlineEntry[];

const INDENT = '  ';

/**
 * Labels and values as `kubectl describe` prints them: values of one level stand under each other, further levels are
 * indented. What is `undefined` is left out.
 */
export function formatOutline(entries: readonly OutlineEntry[], depth = 0): string {
  const shown = entries.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.filter(([, value]) => !isOutline(value)).map(([label]) => label.length)) + 1;
  return shown.map((entry) => formatEntry(entry, INDENT.repeat(depth), width, depth)).join('');
}

function formatEntry([label, value]: OutlineEntry, indent: string, width: number, depth: number): string {
  if (isOutline(value)) return `${indent}${label}:\n${formatOutline(value, depth + 1)}`;
  const lines = (Array.isArray(value) ? value : [value]).flatMap((item) => String(item).split('\n'));
  const [first = '<none>', ...rest] = lines.length === 0 ? ['<none>'] : lines;
  const head = `${indent}${`${label}:`.padEnd(width)}  `;
  const blank = ' '.repeat(head.length);
  return [`${head}${first}`, ...rest.map((line) => `${blank}${line}`)].map((line) => `${line.trimEnd()}\n`).join('');
}

function isOutline(value: OutlineValue): value is readonly OutlineEntry[] {
  return Array.isArray(value) && value.length > 0 && Array.isArray(value[0]);
}
