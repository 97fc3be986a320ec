import { LEAF_KINDS, type Leaf, type ReportTree } from '../tree/report-tree.ts';
import { type ComposeOptions, compose, renderLeaf, type Selection } from './compose-markdown.ts';
import { FINDING_DETAILS, renderFindings } from './render-findings.ts';

/** The table and the errors must have room in it. */
export const SMALLEST_BUDGET = 24 * 1024;
/** Room for the line that names what was left out. */
const DROPPED_LINE_BYTES = 512;
const encoder = new TextEncoder();

/**
 * Chooses what fits into the budget. Whole leaves are given up in the order of the facts: unchanged context, then
 * differences (least severe first), images, blast radius, timelines; then notes, details of warnings, warnings, details
 * of errors. The table and the errors always stay.
 */
export function fitBudget(tree: ReportTree, options: ComposeOptions & { readonly budgetBytes?: number }): Selection {
  const whole: Selection = { detail: 'full', isTerse: false, dropped: new Set() };
  if (options.budgetBytes === undefined) return whole;
  const budget = Math.max(options.budgetBytes, SMALLEST_BUDGET);
  if (bytesOf(compose(tree, whole, options)) <= budget) return whole;
  const room = budget - DROPPED_LINE_BYTES;
  const terse: Selection = { ...whole, isTerse: true };
  const selection = { ...terse, dropped: chooseLeaves(tree, bytesOf(compose(tree, terse, options)) - room, options) };
  return shortenFindings(tree, selection, room, options);
}

/** Leaves to give up until `excess` bytes are saved. */
function chooseLeaves(tree: ReportTree, excess: number, options: ComposeOptions): ReadonlySet<Leaf> {
  const dropped = new Set<Leaf>();
  let left = excess;
  for (const leaf of inOrderOfDropping(tree)) {
    if (left <= 0) break;
    dropped.add(leaf);
    left -= bytesOf(renderLeaf(leaf, true, options));
  }
  return dropped;
}

const SEVERITIES = ['none', 'info', 'warning', 'error'] as const;

/** By kind, then the least severe first, then the last first. */
function inOrderOfDropping({ sections }: ReportTree): readonly Leaf[] {
  const leaves = sections.flatMap((section) => section.leaves).reverse();
  const rank = ({ kind, severity }: Leaf) =>
    LEAF_KINDS.indexOf(kind) * SEVERITIES.length + SEVERITIES.indexOf(severity);
  return leaves.sort((a, b) => rank(a) - rank(b));
}

/** Says less of each finding as long as it is too much. What is said last of all is bounded by the number of codes. */
function shortenFindings(tree: ReportTree, selection: Selection, room: number, options: ComposeOptions): Selection {
  const fullBytes = bytesOf(renderFindings(tree.findings, 'full', options));
  const otherBytes = bytesOf(compose(tree, selection, options)) - fullBytes;
  const fits = (detail: Selection['detail']) =>
    otherBytes + bytesOf(renderFindings(tree.findings, detail, options)) <= room;
  return { ...selection, detail: FINDING_DETAILS.find(fits) ?? 'by-code' };
}

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
