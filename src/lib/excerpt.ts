/**
 * The line of a file that a problem is about, ready to print: cut to a window, without control characters, secrets
 * masked.
 */
export interface Excerpt {
  readonly text: string;
  /** Where the carets go, as offsets in `text`; `caretEnd` is the first one after them and above `caretStart`. */
  readonly caretStart: number;
  readonly caretEnd: number;
}
