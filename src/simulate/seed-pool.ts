import { type ChildProcess, fork } from 'node:child_process';
import type { Outcome } from './play-seed.ts';
import type { SeedOrder, SeedPlayer } from './seed-player.ts';

/** Told to a process of the pool instead of options. */
export const WORKER_FLAG = '--as-a-worker-of-the-pool';
/** A simulated world makes much garbage that dies young: room for it spares most of the collector's work. */
const NODE_OPTIONS = ['--max-semi-space-size=64'];

interface Answer {
  readonly outcome?: Outcome;
  readonly error?: string;
}

/** Plays seeds in processes of their own, so that all cores are used and one start serves many seeds. */
export class SeedPool implements SeedPlayer {
  readonly width: number;
  readonly #idle: ChildProcess[] = [];
  readonly #all: ChildProcess[] = [];
  readonly #waiting: ((child: ChildProcess) => void)[] = [];

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
      return await ask(child, order);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(child);
      else next(child);
    }
  }

  close(): void {
    for (const child of this.#all) child.kill();
  }
}

/** Answers the orders of the process that started this one, until that ends. */
export function serveSeeds(player: SeedPlayer): void {
  process.on('message', (order: SeedOrder) => {
    player.play(order).then(
      (outcome) => process.send?.({ outcome } satisfies Answer),
      (error: unknown) => process.send?.({ error: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
}

function ask(child: ChildProcess, order: SeedOrder): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = ({ outcome, error }: Answer) =>
      end(() => (outcome === undefined ? reject(new Error(`seed ${order.seed}: ${error}`)) : resolve(outcome)));
    const onExit = (code: number | null) =>
      end(() => reject(new Error(`seed ${order.seed}: its process ended with ${code}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(order);
  });
}
