/** How progress is shown: `auto` is `tty` on a terminal and `plain` elsewhere. */
export const PROGRESS_MODES = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];
