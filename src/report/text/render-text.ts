import { formatTable } from '../../lib/format-table.ts';
import { printable } from '../../manifests/diagnostic.ts';
import type { Finding } from '../../plan/findings/finding.ts';
import type { Block, DiffLine, ReportTree, Rich, Section, Span } from '../tree/report-tree.ts';

export type TextStyle = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface TextOptions {
  /** Colours a text; absent: plain. */
  readonly style?: (style: TextStyle, text: string) => string;
}

type Paint = (style: TextStyle, text: string) => string;

/** The report on a terminal: worst news first, every finding with its line and excerpt, nothing left out. */
export function renderText(tree: ReportTree, options: TextOptions = {}): string {
  const paint = options.style ?? ((_, text) => text);
  const symbols = { '❌': paint('red', '✗'), '⚠️': paint('yellow', '⚠'), '✅': paint('green', '✔') };
  const parts = [
    `${symbols[tree.symbol]} ${paint('bold', formatRich(tree.heading))}`,
    tree.notes.map((note) => paint('yellow', formatRich(note))).join('\n'),
    tree.table === undefined ? '' : formatBlock(tree.table, paint),
    ...tree.findings.map((finding) => formatFinding(finding, paint)),
    ...tree.sections.map((section) => formatSection(section, paint)),
    `${paint('dim', formatRich(tree.footer))}\n${paint('dim', `reproduce: ${printable(tree.reproduce)}`)}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/**
 * As compilers print their errors:
 *
 *     error[FieldUnknown]: Deployment/shop/web: unknown field "spec.replica"
 *       --> k8s/web.yaml:7:3
 *        |
 *      7 |   replica: 2
 *        |   ^^^^^^^
 *     help: did you mean "replicas"?
 */
function formatFinding(finding: Finding, paint: Paint): string {
  const { severity, code, object, message, path, line, column, excerpt, help } = finding;
  const head = paint(severity === 'error' ? 'red' : severity === 'warning' ? 'yellow' : 'cyan', `${severity}[${code}]`);
  const subject = object === undefined ? '' : `${object}: `;
  const lines = [`${head}: ${printable(`${subject}${message}`)}`];
  if (path !== undefined) lines.push(`  --> ${printable(formatPlace(path, line, column))}`);
  if (excerpt !== undefined && line !== undefined) {
    const number = String(line);
    const gutter = `${' '.repeat(number.length + 1)} |`;
    const carets = `${' '.repeat(excerpt.caretStart)}${'^'.repeat(excerpt.caretEnd - excerpt.caretStart)}`;
    lines.push(gutter, ` ${number} | ${printable(excerpt.text)}`, `${gutter} ${carets}`);
  }
  return [...lines, `help: ${printable(help)}`].join('\n');
}

function formatSection({ title, leaves }: Section, paint: Paint): string {
  const blocks = leaves.flatMap((leaf) => leaf.blocks.map((block) => formatBlock(block, paint)));
  return [paint('bold', formatRich(title)), ...blocks.map((block) => block.replace(/^(?=.)/gm, '  '))].join('\n');
}

function formatBlock(block: Block, paint: Paint): string {
  if (block.kind === 'paragraph') return formatRich(block.line);
  if (block.kind === 'list') return block.items.map((item) => `- ${formatRich(item)}`).join('\n');
  if (block.kind === 'picture') return block.lines.map((line) => `  ${line}`).join('\n');
  if (block.kind === 'diff') return block.lines.map((line) => formatDiffLine(line, paint)).join('\n');
  return formatTable([block.columns, ...block.rows.map((row) => row.map(formatRich))]).trimEnd();
}

function formatDiffLine({ sign, text }: DiffLine, paint: Paint): string {
  const line = printable(text);
  if (sign === '@') return paint('cyan', line);
  if (sign === ' ') return `    ${line}`;
  return paint(sign === '+' ? 'green' : 'red', `  ${sign} ${line}`);
}

function formatRich(line: Rich): string {
  return line.map(formatSpan).join('');
}

function formatSpan(span: Span): string {
  return printable(span.kind === 'place' ? formatPlace(span.path, span.line, span.column) : span.text);
}

function formatPlace(path: string, line: number | undefined, column: number | undefined): string {
  return [path, line, column].filter((part) => part !== undefined).join(':');
}
