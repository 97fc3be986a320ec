/** A rule that the simulated world has no way to take, or too rarely, and why. */
export interface UntakenRule {
  /** The end of the path of its file. */
  readonly file: string;
  /** How its line begins; the whole file when left out. */
  readonly text?: string;
  readonly why: string;
}

export const UNTAKEN_RULES: readonly UntakenRule[] = [];
