import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator, playSimulator } from '../simulator/build-simulator.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';

/** Enough that each kind of fault and each way out of it comes up. */
const SEEDS = 30;
/** Within which each planted bug has to be found. */
const BUG_SEEDS = 30;

let simulator: Awaited<ReturnType<typeof buildSimulator>>;

beforeAll(async () => {
  simulator = await buildSimulator();
});

afterAll(async () => {
  await rm(simulator.folder, { recursive: true, force: true });
});

describe('a box under chaos', () => {
  it('keeps what must always hold, converges once the faults end, and was in every kind of trouble', async () => {
    const { code, output } = await playSimulator(simulator.program, ['--seeds', String(SEEDS)]);
    expect(output).not.toMatch(/✗|never happened/);
    expect(code, output).toBe(0);
  }, 900_000);
});

describe('the simulator finds a planted bug', () => {
  it.each(PLANTED_BUGS)(
    '$name',
    async (bug) => {
      const { folder, program } = await buildSimulator(bug);
      try {
        const { output } = await playSimulator(program, ['--seeds', String(BUG_SEEDS), '--no-shrink']);
        const found = /^✗ (.+?) at \d/m.exec(output)?.[1];
        expect(bug.foundBy, output.slice(-4_000)).toContain(found ?? 'nobody');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
