import { renderAnnotations } from './github/render-annotations.ts';
import { withoutCommands } from './github/workflow-commands.ts';
import type { Permalink } from './markdown/render-blocks.ts';
import { renderMarkdown } from './markdown/render-markdown.ts';
import type { PlanReport } from './plan-report.ts';
import { renderText, type TextStyle } from './text/render-text.ts';
import { buildReportTree } from './tree/build-report-tree.ts';

export const REPORT_FORMATS = ['text', 'markdown', 'json', 'github'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface RenderReportOptions {
  /** Colours of the text form; absent: plain. */
  readonly style?: (style: TextStyle, text: string) => string;
  /** Most bytes of the Markdown form. */
  readonly budgetBytes?: number;
  readonly permalink?: Permalink;
  readonly fullReportUrl?: string;
  /**
   * Random and never seen before: the `github` form encloses its text in it, so that nothing in the text is taken as a
   * workflow command.
   */
  readonly stopToken?: string;
}

/**
 * Draws a plan's report: `text` for a terminal, `markdown` for a page, `json` for a program, `github` for the log of a
 * workflow's job (annotations as workflow commands, then the text).
 */
export function renderReport(report: PlanReport, format: ReportFormat, options: RenderReportOptions = {}): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const tree = buildReportTree(report);
  if (format === 'text') return renderText(tree, options);
  if (format === 'markdown') return renderMarkdown(tree, options);
  const { stopToken } = options;
  if (stopToken === undefined) throw new TypeError('the github form needs a stopToken');
  const annotations = renderAnnotations(report.findings).map((line) => `${line}\n`);
  return `${annotations.join('')}${withoutCommands(stopToken, renderText(tree))}`;
}
