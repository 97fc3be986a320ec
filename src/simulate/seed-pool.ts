import { type ChildProcess, fork } from 'node:child_process';
import type { Outcome } from './play-seed.ts';
import type { RuleCounts } from './rule-coverage.ts';
import type { SeedOrder, SeedPlayer } from './seed-player.ts';

/** Told to a process of the pool instead of options. */
export const WORKER_FLAG = '--as-a-worker-of-the-pool';
const NODE_OPTIONS = [
  // A simulated world makes much garbage that dies young: room for it spares most of the collector's work.
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  // Its work is spread over very many functions: to optimize one only once it has run four times as long as V8 asks for
  // by itself costs less.
  '--interrupt-budget=270000',
  // All cores play: threads that help one of them keep another from its work.
  '--single-threaded',
];

type Question = SeedOrder | 'coverage';
type Answer = { readonly outcome: Outcome } | { readonly coverage: readonly RuleCounts[] } | { readonly error: string };
/** Sent before the answer, from time to time. */
interface Progress {
  readonly seed: number;
  readonly virtualMs: number;
}
const PROGRESS_EVERY_MS = 500;

/** Plays seeds in processes of their own, so that all cores are used and one start serves many seeds. */
export class SeedPool implements SeedPlayer {
  readonly width: number;
  readonly #idle: ChildProcess[] = [];
  readonly #all: ChildProcess[] = [];
  readonly #waiting: ((child: ChildProcess) => void)[] = [];
  readonly #progress = new Map<number, number>();

  constructor(program: string, width: number) {
    this.width = width;
    for (let i = 0; i < width; i++) {
      const child = fork(program, [WORKER_FLAG], { execArgv: NODE_OPTIONS });
      this.#all.push(child);
      this.#idle.push(child);
    }
  }

  async play(order: SeedOrder): Promise<Outcome> {
    const child = this.#idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)));
    try {
      const answer = await ask(child, order, ({ seed, virtualMs }) => this.#progress.set(seed, virtualMs));
      if (!('outcome' in answer))
        throw new Error(`seed ${order.seed}: ${'error' in answer ? answer.error : 'no outcome'}`);
      return answer.outcome;
    } finally {
      this.#progress.delete(order.seed);
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(child);
      else next(child);
    }
  }

  progress(): ReadonlyMap<number, number> {
    return this.#progress;
  }

  async coverage(): Promise<readonly RuleCounts[]> {
    const answers = await Promise.all(this.#all.map((child) => ask(child, 'coverage')));
    return answers.flatMap((answer) => ('coverage' in answer ? answer.coverage : []));
  }

  close(): void {
    for (const child of this.#all) child.kill();
  }
}

/** Answers the process that started this one, until that ends. */
export function serveSeeds(player: SeedPlayer): void {
  const answer = async (question: Question): Promise<Answer> =>
    question === 'coverage' ? { coverage: await player.coverage() } : { outcome: await player.play(question) };
  const tell = () => {
    for (const [seed, virtualMs] of player.progress()) process.send?.({ seed, virtualMs } satisfies Progress);
  };
  setInterval(tell, PROGRESS_EVERY_MS);
  process.on('message', (question: Question) => {
    answer(question).then(
      (given) => process.send?.(given),
      (error: unknown) => process.send?.({ error: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
}

function ask(
  child: ChildProcess,
  question: Question,
  onProgress: (progress: Progress) => void = () => {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (message: Answer | Progress) => {
      if ('virtualMs' in message) onProgress(message);
      else end(() => resolve(message));
    };
    const onExit = (code: number | null) => end(() => reject(new Error(`a process that played ended with ${code}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(question);
  });
}
