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

type Counters = Record<number, number>;

/** The counts of one file, in the form of Istanbul: lines count from 1, columns from 0. */
interface FileCounts {
  readonly statementMap: Readonly<Record<string, Span>>;
  readonly fnMap: Readonly<Record<string, { readonly decl: Span; readonly loc: Span }>>;
  readonly branchMap: Readonly<Record<string, { readonly type: string; readonly locations: readonly Span[] }>>;
  readonly s: Counters;
  readonly f: Counters;
  readonly b: Readonly<Record<string, Counters>>;
}

/** How often everything in the deciders ran, or in how many seeds, by the path of the file. */
export type RuleCounts = Readonly<Record<string, FileCounts>>;

/** More than there are seeds: what runs when the program begins, and in none of them. */
const ALWAYS = 1e9;

/** What ran in this process so far; nothing where the bundle counts nothing. */
export function takeRuleCounts(): RuleCounts {
  return (globalThis as { readonly [RULE_COUNTERS]?: RuleCounts })[RULE_COUNTERS] ?? {};
}

/** Counts in how many seeds of this process each rule was taken. */
export class SeedsOfRules {
  /** In the form of what is counted, with numbers of seeds. */
  readonly counts: RuleCounts = structuredClone(takeRuleCounts());

  constructor() {
    for (const counters of countersOf(this.counts))
      for (const [id, count] of Object.entries(counters)) if (count > 0) counters[Number(id)] = ALWAYS;
  }

  /** Takes note of what ran since the last seed, and counts anew. */
  noteSeed(): void {
    const seeds = countersOf(this.counts);
    for (const [index, ran] of countersOf(takeRuleCounts()).entries())
      for (const id of Object.keys(ran).map(Number)) {
        if ((ran[id] ?? 0) > 0) increase(seeds[index], id);
        ran[id] = 0;
      }
  }
}

/** A rule that few seeds took, as `src/…/compute-x.ts:12: text of the line`. */
export interface RareRule {
  readonly rule: string;
  readonly seeds: number;
}

/** The rules that fewer seeds than this took, over several processes, sorted. */
export function findRareRules(processes: readonly RuleCounts[], fewest: number): readonly RareRule[] {
  const rules = new Map<string, number>();
  for (const path of new Set(processes.flatMap((counts) => Object.keys(counts)))) {
    const files = processes.flatMap((counts) => counts[path] ?? []);
    const source = new SourceText(readFileSync(path, 'utf8'));
    const name = relative(process.cwd(), path).replace(/^.*?src\//, 'src/');
    for (const { line, seeds } of rareLines(files, source, fewest))
      rules.set(`${name}:${line}: ${source.line(line).trim()}`, seeds);
  }
  return [...rules].map(([rule, seeds]) => ({ rule, seeds })).sort((a, b) => (a.rule < b.rule ? -1 : 1));
}

/** What ran in none of several processes; that it is nothing together with how much was looked at. */
export function describeCoverage(processes: readonly RuleCounts[]): readonly string[] {
  const untaken = findRareRules(processes, 1);
  if (untaken.length > 0) return untaken.map(({ rule }) => `never taken: ${rule}`);
  const deciders = new Set(processes.flatMap((counts) => Object.keys(counts)));
  return [`every rule of ${deciders.size} deciders was taken`];
}

/** A stretch of a source, as offsets. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface CountedSpan {
  readonly span: Span;
  readonly seeds: number;
}

/**
 * The lines on which something begins that few seeds took. What lies within it, or follows in its wake, is not told
 * again.
 */
function rareLines(
  files: readonly FileCounts[],
  source: SourceText,
  fewest: number,
): readonly { readonly line: number; readonly seeds: number }[] {
  const [shape] = files;
  if (shape === undefined) return [];
  const spans = [...functionsOf(files, shape), ...branchesOf(files, shape, source), ...statementsOf(files, shape)];
  const found = spans
    .filter(({ seeds }) => seeds < fewest)
    .flatMap(({ span, seeds }) => {
      const stretch = source.stretchOf(span);
      return stretch === undefined ? [] : [{ ...stretch, seeds }];
    })
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const lines: { readonly line: number; readonly seeds: number }[] = [];
  let told: Stretch = { start: -1, end: -1 };
  for (const { seeds, ...stretch } of found) {
    const isPartOfIt = stretch.start < told.end;
    const isInItsWake =
      !isPartOfIt && told.end >= 0 && BETWEEN_STATEMENTS.test(source.text.slice(told.end, stretch.start));
    if (!isPartOfIt && !isInItsWake) lines.push({ line: source.lineAt(stretch.start), seeds });
    if (stretch.end > told.end) told = stretch;
  }
  return lines;
}

function functionsOf(files: readonly FileCounts[], shape: FileCounts): readonly CountedSpan[] {
  return Object.entries(shape.fnMap).map(([id, { loc }]) => ({
    span: loc,
    seeds: sum(files.map(({ f }) => f[Number(id)])),
  }));
}

function statementsOf(files: readonly FileCounts[], shape: FileCounts): readonly CountedSpan[] {
  return Object.entries(shape.statementMap).map(([id, span]) => ({
    span,
    seeds: sum(files.map(({ s }) => s[Number(id)])),
  }));
}

/** Defaults of arguments, and what follows `??`, are about what a manifest leaves out, and are no rules. */
function branchesOf(files: readonly FileCounts[], shape: FileCounts, source: SourceText): readonly CountedSpan[] {
  return Object.entries(shape.branchMap).flatMap(([id, { type, locations }]) =>
    type === 'default-arg'
      ? []
      : locations.flatMap((span, index) =>
          source.followsNullish(span) ? [] : [{ span, seeds: sum(files.map(({ b }) => b[id]?.[index])) }],
        ),
  );
}

function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

/** Of all files, one after the other. */
function countersOf(counts: RuleCounts): readonly Counters[] {
  return Object.values(counts).flatMap(({ s, f, b }) => [s, f, ...Object.values(b)]);
}

function increase(counters: Counters | undefined, id: number): void {
  if (counters !== undefined) counters[id] = (counters[id] ?? 0) + 1;
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
