import type { ReportTree } from '../tree/report-tree.ts';
import { type ComposeOptions, compose } from './compose-markdown.ts';
import { fitBudget } from './fit-budget.ts';

export interface MarkdownOptions extends ComposeOptions {
  /** Most bytes of the result in UTF-8; absent: as many as it takes. Below `SMALLEST_BUDGET` it is that. */
  readonly budgetBytes?: number;
}

/** The report as GitHub reads it. What is left out for want of room is whole leaves, and it is named. */
export function renderMarkdown(tree: ReportTree, options: MarkdownOptions = {}): string {
  return compose(tree, fitBudget(tree, options), options);
}
