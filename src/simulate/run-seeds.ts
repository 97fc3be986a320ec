import type { Machine } from './machine.ts';
import { planSteps, type Step } from './plan-steps.ts';
import { type Outcome, playSeed } from './play-seed.ts';
import { shrinkSteps } from './shrink-steps.ts';
import { SOMETIMES } from './sometimes.ts';
import { Tally } from './tally.ts';

export interface RunSeedsOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  /** Begins no further seed after this. */
  readonly forMs: number;
  readonly actions: number;
  readonly faults: number;
  /** Plays only these steps of each plan. */
  readonly only?: ReadonlySet<number>;
  /** How long a failure may be shrunk; 0 leaves it as it is. */
  readonly shrinkMs: number;
  /** Lines of each history to print; a failure prints some anyway. */
  readonly traceLines: number;
  /** Real milliseconds since the start. */
  readonly nowMs: () => number;
  /** Registers who is told of rejections that nobody handled: the process would die of them. */
  readonly onEscaped: (callback: (error: unknown) => void) => void;
  readonly print: (line: string) => void;
}

export interface RunSummary {
  readonly played: number;
  readonly failed: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Of `SOMETIMES`, what no seed has seen. */
  readonly never: readonly string[];
}

const FAILURE_LINES = 60;

/** Plays one seed after the other, up to the first failure, which it shrinks and explains. */
export async function runSeeds(options: RunSeedsOptions): Promise<RunSummary> {
  const { firstSeed, seeds, forMs, nowMs, print } = options;
  const tally = new Tally();
  let machine: Machine | undefined;
  options.onEscaped((error) => machine?.onEscaped(error, machine.life));
  const play = (seed: number, steps: readonly Step[]) =>
    playSeed(seed, steps, (made) => {
      machine = made;
    });
  let played = 0;
  let failed = 0;
  let virtualSeconds = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds && nowMs() < forMs && failed === 0; seed++) {
    const steps = planSteps(seed, options).filter(({ index }) => options.only?.has(index) ?? true);
    const beganMs = nowMs();
    const outcome = await play(seed, steps);
    played++;
    virtualSeconds += outcome.virtualSeconds;
    tally.add(outcome.counts);
    const tookMs = Math.round(nowMs() - beganMs);
    const verdict = outcome.violation === undefined ? '✔' : '✗';
    print(
      `${verdict} seed ${seed}  ${outcome.virtualSeconds} virtual s in ${tookMs} ms  ${outcome.traceHash.slice(0, 16)}`,
    );
    if (options.traceLines > 0) for (const line of outcome.tail.slice(-options.traceLines)) print(line);
    if (outcome.violation === undefined) continue;
    failed++;
    await explain(seed, steps, outcome, options, play);
  }
  const seconds = nowMs() / 1_000;
  const hours = (virtualSeconds / 3_600).toFixed(1);
  print(
    `${played} seeds, ${failed} failed, ${hours} virtual hours in ${seconds.toFixed(1)} s (${(played / seconds).toFixed(2)} seeds/s)`,
  );
  return { played, failed, counts: tally.toJSON(), never: SOMETIMES.filter((name) => tally.of(name) === 0) };
}

async function explain(
  seed: number,
  steps: readonly Step[],
  outcome: Outcome,
  options: RunSeedsOptions,
  play: (seed: number, steps: readonly Step[]) => Promise<Outcome>,
): Promise<void> {
  const { print, nowMs, shrinkMs, actions, faults } = options;
  const { violation } = outcome;
  print(`✗ ${violation?.checker} at ${violation?.atMs} ms: ${violation?.message}`);
  if (shrinkMs > 0) print('  shrinking …');
  const untilMs = nowMs() + shrinkMs;
  const shrunken = await shrinkSteps(steps, outcome, {
    play: (fewer) => play(seed, fewer),
    isOver: () => nowMs() >= untilMs,
  });
  print(`  ${shrunken.steps.length} of ${steps.length} steps are left:`);
  for (const { index, atMs, by, kind } of shrunken.steps) print(`    ${index}  ${atMs} ms  ${by}: ${kind}`);
  const found = shrunken.outcome.violation;
  print(`  ${found?.checker} at ${found?.atMs} ms: ${found?.message}`);
  print('  the end of the history:');
  for (const line of shrunken.outcome.tail.slice(-FAILURE_LINES)) print(`    ${line}`);
  const kept = shrunken.steps.map(({ index }) => index).join(',');
  const only = shrunken.steps.length === 0 ? '' : ` --steps ${kept}`;
  const size = actions === 100 && faults === 40 ? '' : ` --actions ${actions} --faults ${faults}`;
  print(`  play it again: npm run sim -- --seed ${seed} --seeds 1${size}${only} --no-shrink`);
}
