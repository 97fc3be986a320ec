/** What the table says of a code. `class`: whether trying again can help, or somebody has to act. */
export interface ErrorCodeEntry {
  readonly class: 'retryable' | 'terminal';
  /** What the code means, as a sentence; `docs/errors.md` carries the same codes. */
  readonly summary: string;
  /** The usual next step, as a clause without a full stop. */
  readonly help: string;
}
