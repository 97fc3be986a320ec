import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Reports to GitHub and to webhooks. */
export const REPORT_CODES = {
  ReportFailed: {
    class: 'retryable',
    summary: 'A report to GitHub or to a webhook could not be delivered. What runs is not touched by that.',
    help: 'it is tried again with growing pauses',
  },
  ReportRefused: {
    class: 'terminal',
    summary: 'GitHub or a webhook refuses a report, or its credential cannot be read.',
    help: 'correct the token and its permissions, or the address',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
