import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Where the bundle keeps its counts; `scripts/rule-counters.mjs` puts them in. */
const RULE_COUNTERS = '__berth_rules__';

/** What may stand between two that ran or did not run together; a declaration counts from what it sets. */
const BETWEEN_STATEMENTS = /^[\s;]*(?:(?:const|let)\s[^;=]*=\s*)?$/;

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Span {
  readonly start: Partial<Place>;
  readonly end: Partial<Place>;
}

/** The counts of one file, in the form of Istanbul: lines count from 1, columns from 0. */
interface FileCounts {
  readonly statementMap: Readonly<Record<string, Span>>;
  readonly fnMap: Readonly<Record<string, { readonly decl: Span; readonly loc: Span }>>;
  readonly branchMap: Readonly<Record<string, { readonly type: string; readonly locations: readonly Span[] }>>;
  readonly s: Readonly<Record<string, number>>;
  readonly f: Readonly<Record<string, number>>;
  readonly b: Readonly<Record<string, readonly number[]>>;
}

/** What of the deciders ran in one process, by the path of the file. */
export type RuleCounts = Readonly<Record<string, FileCounts>>;

/** What ran in this process so far; nothing where the bundle counts nothing. */
export function takeRuleCounts(): RuleCounts {
  return (globalThis as { readonly [RULE_COUNTERS]?: RuleCounts })[RULE_COUNTERS] ?? {};
}

/** The rules that ran in none of several processes, as `src/…/compute-x.ts:12: text of the line`, sorted. */
export function describeUntaken(processes: readonly RuleCounts[]): readonly string[] {
  const rules = new Set<string>();
  for (const path of new Set(processes.flatMap((counts) => Object.keys(counts)))) {
    const files = processes.flatMap((counts) => counts[path] ?? []);
    const source = new SourceText(readFileSync(path, 'utf8'));
    const name = relative(process.cwd(), path).replace(/^.*?src\//, 'src/');
    for (const line of untakenLines(files, source)) rules.add(`${name}:${line}: ${source.line(line).trim()}`);
  }
  return [...rules].sort();
}

/** A stretch of a source, as offsets. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The lines on which something begins that ran in none of the processes. What lies within it, or follows in its wake, is not told again. */
function untakenLines(files: readonly FileCounts[], source: SourceText): readonly number[] {
  const [shape] = files;
  if (shape === undefined) return [];
  const stretches = [...untakenFunctions(files, shape), ...untakenBranches(files, shape, source)];
  stretches.push(...untakenStatements(files, shape));
  const found = stretches
    .flatMap((span) => source.stretchOf(span) ?? [])
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const lines: number[] = [];
  let told: Stretch = { start: -1, end: -1 };
  for (const stretch of found) {
    const isPartOfIt = stretch.start < told.end;
    const isInItsWake =
      !isPartOfIt && told.end >= 0 && BETWEEN_STATEMENTS.test(source.text.slice(told.end, stretch.start));
    if (!isPartOfIt && !isInItsWake) lines.push(source.lineAt(stretch.start));
    if (stretch.end > told.end) told = stretch;
  }
  return lines;
}

function untakenFunctions(files: readonly FileCounts[], shape: FileCounts): readonly Span[] {
  const untaken = Object.entries(shape.fnMap).filter(([id]) => files.every(({ f }) => f[id] === 0));
  return untaken.map(([, { loc }]) => loc);
}

function untakenStatements(files: readonly FileCounts[], shape: FileCounts): readonly Span[] {
  const untaken = Object.entries(shape.statementMap).filter(([id]) => files.every(({ s }) => s[id] === 0));
  return untaken.map(([, span]) => span);
}

/** Defaults of arguments, and what follows `??`, are about what a manifest leaves out, and are no rules. */
function untakenBranches(files: readonly FileCounts[], shape: FileCounts, source: SourceText): readonly Span[] {
  return Object.entries(shape.branchMap).flatMap(([id, { type, locations }]) => {
    if (type === 'default-arg') return [];
    return locations.filter(
      (span, index) => files.every(({ b }) => b[id]?.[index] === 0) && !source.followsNullish(span),
    );
  });
}

class SourceText {
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  /** Nothing where the source has nothing there: the missing `else` of an `if`. */
  stretchOf({ start, end }: Span): Stretch | undefined {
    const [from, to] = [this.#offset(start), this.#offset(end)];
    return from === undefined || to === undefined ? undefined : { start: from, end: to };
  }

  followsNullish({ start }: Span): boolean {
    const offset = this.#offset(start);
    return offset !== undefined && /\?\?[\s(]*$/.test(this.text.slice(Math.max(0, offset - 40), offset));
  }

  lineAt(offset: number): number {
    const next = this.#starts.findIndex((start) => start > offset);
    return next === -1 ? this.#starts.length : next;
  }

  line(number: number): string {
    return this.text.split('\n', number)[number - 1] ?? '';
  }

  #offset({ line, column }: Partial<Place>): number | undefined {
    const start = line === undefined ? undefined : this.#starts[line - 1];
    return start === undefined || column === undefined ? undefined : start + Math.min(column, this.text.length);
  }
}
