import type { Machine } from './machine.ts';
import { planSteps, type Step } from './plan-steps.ts';
import { type Outcome, playSeed } from './play-seed.ts';
import { type RuleCounts, SeedsOfRules } from './rule-coverage.ts';

/** One seed to play, as it is handed from process to process. */
export interface SeedOrder {
  readonly seed: number;
  readonly actions: number;
  readonly faults: number;
  /** Plays only these steps of the plan; all when left out. */
  readonly only?: readonly number[];
  /** Plays these instead of what the seed plans. */
  readonly steps?: readonly Step[];
  /** Newest lines of the history to hand back. */
  readonly tailLines: number;
}

/** Who plays seeds: this process, or several others. */
export interface SeedPlayer {
  /** How many can be played at once. */
  readonly width: number;
  play(order: SeedOrder): Promise<Outcome>;
  /** Virtual milliseconds so far of what is being played, by seed. */
  progress(): ReadonlyMap<number, number>;
  /** In how many seeds each rule of the deciders was taken, process by process. */
  coverage(): Promise<readonly RuleCounts[]>;
  close(): void;
}

/** Plays seeds in this process, one at a time. */
export class LocalSeedPlayer implements SeedPlayer {
  readonly width = 1;
  readonly #rules = new SeedsOfRules();
  #machine: Machine | undefined;
  /** What is being played. */
  #seed: number | undefined;

  /** @param onEscaped registers who is told of rejections that nobody handled: the process would die of them. */
  constructor(onEscaped: (callback: (error: unknown) => void) => void) {
    onEscaped((error) => this.#machine?.onEscaped(error, this.#machine.life));
  }

  async play({ seed, only, tailLines, steps: given, ...size }: SeedOrder): Promise<Outcome> {
    const steps = given ?? planSteps(seed, size);
    const kept = only === undefined ? undefined : new Set(only);
    this.#seed = seed;
    const outcome = await playSeed(
      seed,
      steps.filter(({ index }) => kept?.has(index) ?? true),
      (machine) => {
        this.#machine = machine;
      },
    );
    this.#seed = undefined;
    this.#rules.noteSeed();
    return { ...outcome, tail: tailLines === 0 ? [] : outcome.tail.slice(-tailLines) };
  }

  progress(): ReadonlyMap<number, number> {
    if (this.#seed === undefined || this.#machine === undefined) return new Map();
    return new Map([[this.#seed, this.#machine.clock.monotonicMs()]]);
  }

  async coverage(): Promise<readonly RuleCounts[]> {
    return [this.#rules.counts];
  }

  close(): void {}
}
