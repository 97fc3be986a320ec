import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator } from '../simulator/build-simulator.ts';
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

function play(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

describe('a box under chaos', () => {
  it('keeps what must always hold, converges once the faults end, and was in every kind of trouble', async () => {
    const { code, output } = await play(simulator.program, ['--seeds', String(SEEDS)]);
    expect(output).not.toMatch(/✗|never happened/);
    expect(code, output).toBe(0);
  }, 900_000);

  it('has one history for one seed, in two processes', async () => {
    const args = ['--seed', '4711', '--seeds', '1', '--no-shrink'];
    const runs = await Promise.all([play(simulator.program, args), play(simulator.program, args)]);
    const [first, second] = runs.map(({ output }) => /seed 4711 .* ([0-9a-f]{16})$/m.exec(output)?.[1]);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  }, 120_000);
});

describe('the simulator finds a planted bug', () => {
  it.each(PLANTED_BUGS)(
    '$name',
    async (bug) => {
      const { folder, program } = await buildSimulator(bug);
      try {
        const { output } = await play(program, ['--seeds', String(BUG_SEEDS), '--no-shrink']);
        const found = /^✗ (.+?) at \d/m.exec(output)?.[1];
        expect(bug.foundBy, output.slice(-4_000)).toContain(found ?? 'nobody');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    600_000,
  );
});
