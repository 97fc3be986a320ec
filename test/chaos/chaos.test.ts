import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator, playSimulator } from '../simulator/build-simulator.ts';

/** What a run plays, however long it takes: only all of them together come to every rule. */
const SEEDS = 300;
/** What it may take on two quiet cores. One that is busy with something else takes longer, and says so. */
const MINUTES = 3;
/** Beyond this the suite would not end in time. */
const MOST_MINUTES = 12;
const HISTORIES = ['regressions', 'planted'].map((folder) =>
  fileURLToPath(new URL(`../simulator/${folder}`, import.meta.url)),
);

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** They decide nothing that happens to a cluster: what is asked of Docker, what a plan reports, how the API describes itself, what a command is told. */
const NO_CLUSTER = /^(runtime\/docker|plan\/impact|api\/http|cli)\//;

function deciders(): readonly string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /(^|\/)compute-[a-z-]+\.ts$/.test(file) && !NO_CLUSTER.test(file));
}

let simulator: Awaited<ReturnType<typeof buildSimulator>>;

beforeAll(async () => {
  simulator = await buildSimulator();
});

afterAll(async () => {
  await rm(simulator.folder, { recursive: true, force: true });
});

describe('a cluster under chaos', () => {
  it(
    'keeps what must always hold, converges once the faults end, and was in every kind of trouble',
    async () => {
      const { code, output } = await playSimulator(simulator.program, ['--seeds', String(SEEDS), '--rules']);
      expect(output).not.toMatch(/✗/);
      expect(code, output).toBe(0);
      const [, played, seconds, rate] =
        /^(\d+) seeds, 0 failed, .* in ([\d.]+) s \(([\d.]+) seeds\/s\)$/m.exec(output) ?? [];
      console.info(`${played} seeds in ${seconds} s, ${rate} seeds/s; ${MINUTES} minutes are meant for them`);
      expect(Number(played)).toBe(SEEDS);
      // Each kind of fault, each way out of it and each rule.
      expect(output).not.toMatch(/never happened/);
      const untaken = [...output.matchAll(/^never taken: (.*)$/gm)].map(([, rule]) => rule);
      expect(untaken, 'rules that no seed took; an episode (src/simulate/episodes.ts) may bring them about').toEqual(
        [],
      );
      const [, counted] = /^every rule of (\d+) deciders was taken$/m.exec(output) ?? [];
      expect(Number(counted)).toBe(deciders().length);
    },
    MOST_MINUTES * 60_000,
  );

  it('has one history for one seed, in two processes, whatever was played before', async () => {
    const alone = ['--seed', '4711', '--no-shrink'];
    const after = ['--seed', '4710', '--seeds', '2', '--jobs', '1', '--no-shrink'];
    const runs = await Promise.all([alone, after].map((args) => playSimulator(simulator.program, args)));
    const [first, second] = runs.map(({ output }) => /seed 4711 .* ([0-9a-f]{16})$/m.exec(output)?.[1]);
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).toBe(first);
  }, 300_000);
});

describe('a history that went wrong once, or that goes wrong with a planted bug', () => {
  it.each(
    HISTORIES.flatMap((folder) => readdirSync(folder).map((file) => [file.replace('.json', ''), `${folder}/${file}`])),
  )(
    '%s',
    async (_name, path) => {
      const { output } = await playSimulator(simulator.program, ['--scenario', path]);
      expect(output).toMatch(/^✔ /m);
    },
    120_000,
  );
});
