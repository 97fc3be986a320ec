/**
 * The report of a plan: `PlanReport` is the data that the planner gives, and everything that a person or a program
 * reads is drawn from it.
 *
 * Flow: `buildReportTree` (`tree/`) makes of the data one tree of sections, worst news first, and every form is drawn
 * from that tree: `text/` for a terminal, `markdown/` for a page (whole leaves are left out where there is no room),
 * `github/` for the log of a job. JSON is the data itself.
 *
 * It is pure: it does no I/O and knows neither Git nor the simulation. Each form escapes what comes from outside;
 * nothing in the tree has a meaning.
 */

export { renderAnnotations } from './github/render-annotations.ts';
export { formatWorkflowCommand, type WorkflowCommand, withoutCommands } from './github/workflow-commands.ts';
export { codeSpan, commentJson, encodePath, escapeMarkdown } from './markdown/escape-markdown.ts';
export { SMALLEST_BUDGET } from './markdown/fit-budget.ts';
export type { Permalink } from './markdown/render-blocks.ts';
export * from './plan-report.ts';
export { REPORT_FORMATS, type RenderReportOptions, type ReportFormat, renderReport } from './render-report.ts';
export { formatSeconds, formatSpan } from './tree/format-duration.ts';
