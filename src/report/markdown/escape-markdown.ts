import { printable } from '../../manifests/diagnostic.ts';

/** Breaks a word for every filter that looks for words, and shows nothing. */
const ZERO_WIDTH = '\u200b';

/**
 * Text from outside on one line, without any meaning in Markdown or HTML.
 *
 * "Entity and numeric character references cannot be used in place of symbols indicating structure" (CommonMark, 6.2),
 * so that a character that is written as one is only ever text: in a paragraph, in a cell of a table, in a `<summary>`.
 * What GitHub looks for in the text afterwards (`@mentions`, `#12`) is broken by a space of no width.
 */
export function escapeMarkdown(text: string): string {
  return printable(text.replace(/\s+/g, ' '))
    .replace(/[\\`*_{}[\]|#~<>&$!]/g, encode)
    .replace(/:\/\//g, '&#58;//')
    .replace(/\b(www)\./gi, '$1&#46;')
    .replace(/^(\d+)([.)])/, (_, digits: string, mark: string) => `${digits}${encode(mark)}`)
    .replace(/^[-+=]/, encode)
    .replace(/@|&#35;/g, (mark) => `${mark}${ZERO_WIDTH}`);
}

/**
 * A name or a value as code. Backticks, bars and backslashes would end it in a table or a span: then it is written in
 * HTML.
 */
export function codeSpan(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ')) || ' ';
  return /[`|\\]/.test(line) ? `<code>${escapeMarkdown(line)}</code>` : `\`${line}\``;
}

/** A fenced block that nothing in it can end: its fence is longer than every run of backticks inside. */
export function fence(language: string, lines: readonly string[]): string {
  const content = lines.map(printable).join('\n');
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${content}\n${mark}`;
}

/** JSON inside an HTML comment, which no value can end. */
export function commentJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&-]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** The path of a file as part of a link. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');
}

function encode(char: string): string {
  return `&#${char.charCodeAt(0)};`;
}
