import type { Block, DiffLine, Rich, Span } from '../tree/report-tree.ts';
import { codeSpan, escapeMarkdown, fence } from './escape-markdown.ts';

/** The address of a line of a file on the forge; `undefined` where there is none. */
export type Permalink = (path: string, line: number | undefined) => string | undefined;

export interface BlockOptions {
  readonly permalink?: Permalink;
}

export function renderRich(line: Rich, options: BlockOptions): string {
  return line.map((span) => renderSpan(span, options)).join('');
}

function renderSpan(span: Span, { permalink }: BlockOptions): string {
  if (span.kind === 'code') return codeSpan(span.text);
  if (span.kind === 'strong') return `**${escapeMarkdown(span.text)}**`;
  if (span.kind === 'text') return keepEdges(span.text);
  const { path, line, column } = span;
  const label = codeSpan([path, line, column].filter((part) => part !== undefined).join(':'));
  const address = permalink?.(path, line);
  return address === undefined ? label : `[${label}](${address})`;
}

/** Blanks at the ends join a text to its neighbours. */
function keepEdges(content: string): string {
  return content === '' ? '' : escapeMarkdown(content);
}

export function renderBlock(block: Block, options: BlockOptions): string {
  if (block.kind === 'paragraph') return renderRich(block.line, options);
  if (block.kind === 'list') return block.items.map((item) => `- ${renderRich(item, options)}`).join('\n');
  if (block.kind === 'picture') return fence('text', block.lines);
  if (block.kind === 'diff') return fence('diff', block.lines.map(formatDiffLine));
  return renderTable(block, options);
}

export function formatDiffLine({ sign, text }: DiffLine): string {
  return sign === '@' ? `@@ ${text} @@` : `${sign} ${text}`;
}

function renderTable({ columns, rows }: Extract<Block, { kind: 'table' }>, options: BlockOptions): string {
  const formatRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    formatRow(columns.map(escapeMarkdown)),
    `|${columns.map(() => '---').join('|')}|`,
    ...rows.map((row) => formatRow(row.map((cell) => renderRich(cell, options)))),
  ].join('\n');
}
