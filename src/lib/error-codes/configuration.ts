import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Limits, the configuration and its options. */
export const CONFIGURATION_CODES = {
  ConfigInvalid: {
    class: 'terminal',
    summary: 'The configuration or an option has a wrong value.',
    help: 'correct the named option',
  },
  LimitExceeded: { class: 'terminal', summary: 'An input is over one of the limits.', help: 'make the input smaller' },
} as const satisfies Record<string, ErrorCodeEntry>;
