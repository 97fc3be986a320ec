/** Exit codes of every command, as `docs/cli.md` lists them. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  /** `plan --exit-code`: there are changes. */
  changes: 2,
  rolloutFailed: 3,
  timedOut: 4,
  interrupted: 130,
} as const;
