import { counted } from '../lib/counted.ts';
import { planSteps, type Step } from './plan-steps.ts';
import type { Outcome } from './play-seed.ts';
import type { SeedPlayer } from './seed-player.ts';
import { shrinkSteps } from './shrink-steps.ts';
import { AT_REST, SOMETIMES } from './sometimes.ts';
import { Tally } from './tally.ts';

export interface RunSeedsOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Plays the first seed before any other begins. */
  readonly isFirstAlone?: boolean;
  /** Begins no further seed after this. */
  readonly forMs: number;
  /** Begins no further seed once so much virtual time was played. */
  readonly virtualHours: number;
  readonly actions: number;
  readonly faults: number;
  /** Plays only these steps of each plan. */
  readonly only?: readonly number[];
  /** Goes on after a failure, and explains the first one in the end. */
  readonly keepsGoing: boolean;
  /** How long a failure may be shrunk; 0 leaves it as it is. */
  readonly shrinkMs: number;
  /** Lines of each history to print; a failure prints some anyway. */
  readonly traceLines: number;
  readonly player: SeedPlayer;
  /** Real milliseconds since the start. */
  readonly nowMs: () => number;
  readonly print: (line: string) => void;
}

export interface RunSummary {
  readonly played: number;
  readonly failed: number;
  readonly virtualHours: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Of `SOMETIMES`, in how many seeds each came up. */
  readonly seedsWith: ReadonlyMap<string, number>;
}

/** What a seed holds when nothing else is asked for. */
export const DEFAULT_SIZE = { actions: 101, faults: 30 };
const FAILURE_LINES = 60;

/** Plays seeds, as many at once as the player can, up to the first failure, which it shrinks and explains. */
export async function runSeeds(options: RunSeedsOptions): Promise<RunSummary> {
  const { firstSeed, seeds, forMs, keepsGoing, player, nowMs, print, traceLines } = options;
  const tally = new Tally();
  const seedsWith = new Tally();
  const failures = new Map<number, Outcome>();
  let next = firstSeed;
  let played = 0;
  let rested = 0;
  let virtualHours = 0;
  const isOver = () =>
    next >= firstSeed + seeds ||
    nowMs() >= forMs ||
    virtualHours >= options.virtualHours ||
    (failures.size > 0 && !keepsGoing);
  const playNext = async () => {
    const seed = next++;
    const beganMs = nowMs();
    const outcome = await player.play(orderOf(options, seed));
    played++;
    virtualHours += outcome.virtualSeconds / 3_600;
    tally.add(outcome.counts);
    for (const name of Object.keys(outcome.counts)) seedsWith.count(name);
    if (outcome.violation !== undefined) failures.set(seed, outcome);
    else if (AT_REST in outcome.counts) rested++;
    print(verdictOf(seed, outcome, nowMs() - beganMs));
    if (outcome.violation !== undefined && keepsGoing) print(`  ${describe(outcome)}`);
    if (traceLines > 0) for (const line of outcome.tail.slice(-traceLines)) print(line);
  };
  const playOn = async () => {
    while (!isOver()) await playNext();
  };
  if (options.isFirstAlone === true) await playNext();
  await Promise.all(Array.from({ length: player.width }, playOn));
  const [failure] = [...failures].sort(([a], [b]) => a - b);
  if (failure !== undefined) await explain(...failure, options);
  const seconds = nowMs() / 1_000;
  print(
    `${counted(played, 'seed')}, ${failures.size} failed, ${virtualHours.toFixed(1)} virtual hours in ${seconds.toFixed(1)} s (${(played / seconds).toFixed(2)} seeds/s)`,
  );
  for (const line of describeEnds(rested, played - failures.size - rested)) print(line);
  const counts = tally.toJSON();
  return {
    played,
    failed: failures.size,
    virtualHours,
    counts,
    seedsWith: new Map(SOMETIMES.map((name) => [name, seedsWith.of(name)])),
  };
}

/** How the seeds that did not fail have ended. */
function describeEnds(rested: number, unhealthy: number): readonly string[] {
  const ends = [
    ...(rested > 0 ? [`${rested} at rest, with nothing written for twenty minutes`] : []),
    ...(unhealthy > 0 ? [`${unhealthy} with a failed application, as what Git asks for cannot run`] : []),
  ];
  return ends.length === 0 ? [] : [`ended as they should: ${ends.join('; ')}`];
}

function orderOf({ actions, faults, only, traceLines }: RunSeedsOptions, seed: number) {
  const tailLines = Math.max(traceLines, FAILURE_LINES);
  return { seed, actions, faults, tailLines, ...(only === undefined ? {} : { only }) };
}

function verdictOf(seed: number, { violation, virtualSeconds, traceHash }: Outcome, tookMs: number): string {
  const verdict = violation === undefined ? '✔' : '✗';
  return `${verdict} seed ${seed}  ${virtualSeconds} virtual s in ${Math.round(tookMs)} ms  ${traceHash.slice(0, 16)}`;
}

async function explain(seed: number, outcome: Outcome, options: RunSeedsOptions): Promise<void> {
  const { print, nowMs, shrinkMs, player, actions, faults, only } = options;
  print(`✗ ${describe(outcome)}`);
  if (shrinkMs > 0) print('  shrinking …');
  const untilMs = nowMs() + shrinkMs;
  const steps = planSteps(seed, options).filter(({ index }) => only?.includes(index) ?? true);
  const shrunken = await shrinkSteps(steps, outcome, {
    play: (fewer) => player.play({ ...orderOf(options, seed), only: indexesOf(fewer) }),
    isOver: () => nowMs() >= untilMs,
  });
  print(`  ${shrunken.steps.length} of ${steps.length} steps are left:`);
  for (const { index, atMs, by, kind } of shrunken.steps) print(`    ${index}  ${atMs} ms  ${by}: ${kind}`);
  print(`  ${describe(shrunken.outcome)}`);
  print('  the end of the history:');
  for (const line of shrunken.outcome.tail.slice(-FAILURE_LINES)) print(`    ${line}`);
  const isWhole = shrunken.steps.length === steps.length && only === undefined;
  const kept = isWhole || shrunken.steps.length === 0 ? '' : ` --steps ${indexesOf(shrunken.steps).join(',')}`;
  const size =
    actions === DEFAULT_SIZE.actions && faults === DEFAULT_SIZE.faults
      ? ''
      : ` --actions ${actions} --faults ${faults}`;
  print(`  as a regression: ${JSON.stringify({ seed, steps: shrunken.steps })}`);
  print(`  play it again: npm run sim -- --seed ${seed}${size}${kept} --no-shrink`);
}

function describe({ violation }: Outcome): string {
  return `${violation?.checker} at ${violation?.atMs} ms: ${violation?.message}`;
}

function indexesOf(steps: readonly Step[]): readonly number[] {
  return steps.map(({ index }) => index);
}
