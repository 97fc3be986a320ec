import type { UntakenRule } from './untaken-rules.ts';

/** What a run of the simulator says of rules that it did not take, against those that are known. */
export interface UntakenVerdict {
  /** Not taken, and not listed. */
  readonly unlisted: readonly string[];
  /** Listed, and taken. */
  readonly taken: readonly string[];
}

/** Takes the output of a run with `--rules`. */
export function judgeUntaken(output: string, known: readonly UntakenRule[]): UntakenVerdict {
  const untaken = [...output.matchAll(/^never taken: (\S+?):(\d+): (.*)$/gm)].map(
    ([, file = '', number = '', line = '']) => ({ file, number, line }),
  );
  const isSame = (rule: UntakenRule, { file, line }: (typeof untaken)[number]) =>
    rule.file === file && rule.line === line;
  return {
    unlisted: untaken
      .filter((one) => !known.some((rule) => isSame(rule, one)))
      .map(({ file, number, line }) => `${file}:${number}: ${line}`),
    taken: known
      .filter((rule) => !untaken.some((one) => isSame(rule, one)))
      .map(({ file, line }) => `${file}: ${line}`),
  };
}
