import { counted } from '../../lib/counted.ts';
import type { Leaf, ReportTree, Section } from '../tree/report-tree.ts';
import { codeSpan } from './escape-markdown.ts';
import { type BlockOptions, renderBlock, renderRich } from './render-blocks.ts';
import { type FindingDetail, namesOfHidden, renderFindings } from './render-findings.ts';

export interface ComposeOptions extends BlockOptions {
  /** Where the whole report is, for what had to be left out of this one. */
  readonly fullReportUrl?: string;
}

/** What of the report is drawn. */
export interface Selection {
  readonly detail: FindingDetail;
  /** Differences without unchanged context. */
  readonly isTerse: boolean;
  readonly dropped: ReadonlySet<Leaf>;
}

/** Draws what was selected. Every block is whole: nothing is ever cut inside a fence or a `<details>`. */
export function compose(tree: ReportTree, selection: Selection, options: ComposeOptions): string {
  const parts = [
    `### ${tree.symbol} ${renderRich(tree.heading, options)}`,
    tree.notes.map((note) => renderRich(note, options)).join('  \n'),
    tree.table === undefined ? '' : renderBlock(tree.table, options),
    renderFindings(tree.findings, selection.detail, options),
    ...tree.sections.map((section) => renderSection(section, selection, options)),
    renderDropped(tree, selection, options),
    renderFooter(tree, options),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function renderLeaf(leaf: Leaf, isTerse: boolean, options: BlockOptions): string {
  const blocks = isTerse ? (leaf.terse ?? leaf.blocks) : leaf.blocks;
  return blocks.map((block) => renderBlock(block, options)).join('\n\n');
}

function renderSection(section: Section, { dropped, isTerse }: Selection, options: BlockOptions): string {
  const leaves = section.leaves.filter((leaf) => !dropped.has(leaf));
  if (leaves.length === 0) return '';
  const summary = `<details${section.isOpen ? ' open' : ''}><summary>${renderRich(section.title, options)}</summary>`;
  return [summary, ...leaves.map((leaf) => renderLeaf(leaf, isTerse, options)), '</details>'].join('\n\n');
}

/** "The comment names what was dropped." */
function renderDropped(tree: ReportTree, selection: Selection, { fullReportUrl }: ComposeOptions): string {
  const { dropped, detail, isTerse } = selection;
  const hasContext = tree.sections.some(({ leaves }) => leaves.some(({ terse }) => terse !== undefined));
  const rollouts = tree.sections.filter(({ leaves }) => leaves.some(({ kind }) => kind === 'timeline'));
  const others = tree.sections.filter((section) => !rollouts.includes(section));
  const names = [
    ...(isTerse && hasContext ? ['unchanged context'] : []),
    ...others.flatMap(({ name, leaves }) => nameDropped(name, leaves, dropped)),
    ...nameDropped(
      'simulated rollouts',
      rollouts.flatMap(({ leaves }) => leaves),
      dropped,
    ),
    ...namesOfHidden(tree.findings, detail),
  ];
  if (names.length === 0) return '';
  const where = fullReportUrl === undefined ? '' : `; the whole report is in the [job summary](${fullReportUrl})`;
  return `*Left out for want of room: ${names.join(', ')}${where}.*`;
}

function nameDropped(name: string, leaves: readonly Leaf[], dropped: ReadonlySet<Leaf>): readonly string[] {
  const count = leaves.filter((leaf) => dropped.has(leaf)).length;
  if (count === 0) return [];
  return [count === leaves.length ? name : `${counted(count, 'part')} of ${name} (of ${leaves.length})`];
}

function renderFooter(tree: ReportTree, options: ComposeOptions): string {
  const summary = options.fullReportUrl === undefined ? '' : ` · [summary](${options.fullReportUrl})`;
  const footer = renderRich(tree.footer, options);
  return `<sub>${footer}${summary} · reproduce: ${codeSpan(tree.reproduce)}</sub>`;
}
