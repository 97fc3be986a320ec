/** A part of a program, as V8 counts them: parts lie within each other, and the innermost one says whether a place ran. */
export interface CoverageRange {
  readonly url: string;
  readonly start: number;
  readonly end: number;
  readonly ran: boolean;
}

/**
 * The parts that ran in none of several processes. A process lists a part of its own only where its count differs from that of the part around it, so
 * the lists are compared place by place.
 */
export function untakenRanges(processes: readonly (readonly CoverageRange[])[]): readonly CoverageRange[] {
  const [first = [], ...others] = processes.map(sortInnermostFirst);
  const untaken = first.filter(({ ran }) => !ran);
  return untaken.filter((range) => others.every((ranges) => innermostAt(ranges, range)?.ran !== true));
}

function innermostAt(ranges: readonly CoverageRange[], { url, start }: CoverageRange): CoverageRange | undefined {
  return ranges.find((range) => range.url === url && range.start <= start && start < range.end);
}

function sortInnermostFirst(ranges: readonly CoverageRange[]): readonly CoverageRange[] {
  return [...ranges].sort((a, b) => a.end - a.start - (b.end - b.start));
}
