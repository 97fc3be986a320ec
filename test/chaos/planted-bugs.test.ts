import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { buildSimulator, playSimulator } from '../simulator/build-simulator.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

/** Within which each planted bug has to be found; the first one is the seed that is known to find it fast. */
const SEEDS = 20;

/** Two at a time, for the two cores of the machine that CI has. */
describe.concurrent('the simulator finds a planted bug', () => {
  it('of which there are at least twenty', () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
  });

  it.each(PLANTED_BUGS.map((bug) => [bug.name, bug] as const))(
    '%s',
    async (_name, bug) => {
      const { folder, program } = await buildSimulator(bug);
      try {
        const args =
          bug.history === undefined
            ? ['--seed', String(bug.seed ?? 1), '--seeds', String(SEEDS), '--jobs', '1', '--no-shrink']
            : ['--scenario', bug.history];
        const { output } = await playSimulator(program, args);
        const found = /^✗ (?!seed)(?:\S+: )?(.+?)(?: at \d|: )/m.exec(output)?.[1];
        expect(bug.foundBy, output.slice(-4_000)).toContain(found ?? 'nobody');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
