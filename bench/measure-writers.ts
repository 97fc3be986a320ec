import { median, quantile } from './report.ts';

export interface WriterRound {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Lets `writers` loops call `write` for a while, each waiting for its last call before the next. */
export async function measureWriters(
  write: (name: string) => Promise<void>,
  round: { readonly writers: number; readonly runMs: number; readonly prefix: string },
): Promise<WriterRound> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const run = async (writer: number) => {
    for (let n = 0; performance.now() - startMs < round.runMs; n++) {
      const callMs = performance.now();
      await write(`${round.prefix}-${writer}-${n}`);
      latenciesMs.push(performance.now() - callMs);
    }
  };
  await Promise.all(Array.from({ length: round.writers }, (_, writer) => run(writer)));
  const seconds = (performance.now() - startMs) / 1_000;
  return {
    perSecond: latenciesMs.length / seconds,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
  };
}

/** The median of each figure over several rounds. */
export function medianRound(rounds: readonly WriterRound[]): WriterRound {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}
