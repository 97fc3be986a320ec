import { expect, test } from 'vitest';
import { type RunSeedsOptions, runSeeds } from './run-seeds.ts';
import type { SeedPlayer } from './seed-player.ts';
import { AT_REST } from './sometimes.ts';

/**
 * Plays two at once; a seed takes as many virtual minutes as it is called. Seeds in `unhealthy` do not come to rest.
 */
function createPlayer(unhealthy: readonly number[] = []): { readonly player: SeedPlayer; readonly log: string[] } {
  const log: string[] = [];
  const player: SeedPlayer = {
    width: 2,
    play: async ({ seed }) => {
      log.push(`${seed} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${seed} ends`);
      const counts: Readonly<Record<string, number>> = unhealthy.includes(seed) ? {} : { [AT_REST]: 1 };
      return { violation: undefined, virtualSeconds: seed * 60, counts, traceLines: 0, traceHash: 'ab', tail: [] };
    },
    progress: () => new Map(),
    coverage: async () => [],
    close: () => {},
  };
  return { player, log };
}

async function run(player: SeedPlayer, options: Partial<RunSeedsOptions>): Promise<readonly string[]> {
  const lines: string[] = [];
  await runSeeds({
    firstSeed: 7,
    seeds: 100,
    forMs: Number.POSITIVE_INFINITY,
    virtualHours: Number.POSITIVE_INFINITY,
    actions: 1,
    faults: 0,
    keepsGoing: false,
    shrinkMs: 0,
    traceLines: 0,
    player,
    nowMs: () => 1_000,
    print: (line) => lines.push(line),
    ...options,
  });
  return lines;
}

test('a seed that was asked for is played before any other begins, and alone where it is long enough', async () => {
  const long = createPlayer();
  await run(long.player, { isFirstAlone: true, virtualHours: 0.01 });
  expect(long.log).toEqual(['7 begins', '7 ends']);
  const short = createPlayer();
  await run(short.player, { isFirstAlone: true, virtualHours: 0.2 });
  expect(short.log).toEqual(['7 begins', '7 ends', '8 begins', '9 begins', '8 ends', '9 ends']);
});

test('else as many are played at once as can be', async () => {
  const { player, log } = createPlayer();
  await run(player, { virtualHours: 0.01 });
  expect(log).toEqual(['7 begins', '8 begins', '7 ends', '8 ends']);
});

test.each<[string, Partial<RunSeedsOptions>, readonly number[], readonly string[]]>([
  [
    'one that came to rest',
    { seeds: 1 },
    [],
    [
      '1 seed, 0 failed, 0.1 virtual hours in 1.0 s (1.00 seeds/s)',
      'ended as they should: 1 at rest, with nothing written for twenty minutes',
    ],
  ],
  [
    'several, of which one deserves to fail',
    { seeds: 3 },
    [8],
    [
      '3 seeds, 0 failed, 0.4 virtual hours in 1.0 s (3.00 seeds/s)',
      'ended as they should: 2 at rest, with nothing written for twenty minutes; ' +
        '1 with a failed application, as what Git asks for cannot run',
    ],
  ],
])('the summary tells how seeds have ended: %s', async (_what, options, unhealthy, expected) => {
  const lines = await run(createPlayer(unhealthy).player, options);
  expect(lines.slice(-2)).toEqual(expected);
});
