import type { ErrorCodeEntry } from './error-code-entry.ts';

/** The API's reasons, in Kubernetes' words, and the way to it. */
export const API_CODES = {
  AlreadyExists: {
    class: 'terminal',
    summary: 'An object of this name exists already.',
    help: 'choose another name',
  },
  ApiUnreachable: {
    class: 'retryable',
    summary: 'The connection to a running Berth was lost.',
    help: 'try again; if it stays so, read the log of Berth',
  },
  BadRequest: { class: 'terminal', summary: 'The request makes no sense.', help: 'correct the request' },
  Conflict: {
    class: 'retryable',
    summary: 'The object was changed by somebody else meanwhile.',
    help: 'read it again and repeat the change',
  },
  Forbidden: {
    class: 'terminal',
    summary: 'A policy of this box or of the namespace forbids it.',
    help: 'remove what is forbidden, or allow it in the configuration of the box',
  },
  Invalid: { class: 'terminal', summary: 'The object is invalid.', help: 'correct the named field' },
  NotFound: {
    class: 'terminal',
    summary: 'The object, or what it lies in, does not exist.',
    help: 'create it first, or correct the name',
  },
  Refused: { class: 'terminal', summary: 'The API refused a request.', help: 'read the message' },
} as const satisfies Record<string, ErrorCodeEntry>;
