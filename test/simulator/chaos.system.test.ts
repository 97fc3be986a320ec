import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator, playSimulator } from './build-simulator.ts';

/** A first look with every run of the tests; `npm run chaos` plays many more, with planted bugs. */
const SEEDS = 5;

let simulator: Awaited<ReturnType<typeof buildSimulator>>;

beforeAll(async () => {
  simulator = await buildSimulator();
});

afterAll(async () => {
  await rm(simulator.folder, { recursive: true, force: true });
});

describe('a box under chaos', () => {
  it('keeps what must always hold, and converges once the faults end', async () => {
    const { code, output } = await playSimulator(simulator.program, ['--seeds', String(SEEDS)]);
    expect(output).not.toMatch(/✗/);
    expect(code, output).toBe(0);
  }, 900_000);

  it('has one history for one seed, in two processes', async () => {
    const args = ['--seed', '4711', '--seeds', '1', '--no-shrink'];
    const runs = await Promise.all([playSimulator(simulator.program, args), playSimulator(simulator.program, args)]);
    const [first, second] = runs.map(({ output }) => /seed 4711 .* ([0-9a-f]{16})$/m.exec(output)?.[1]);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  }, 120_000);
});
