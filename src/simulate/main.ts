import { parseArgs } from 'node:util';
import { playRollout } from './rollout-scenario.ts';
import { runSeeds } from './run-seeds.ts';

const HELP = `Usage: npm run sim -- [options]

Plays whole boxes on a virtual clock: a user who pushes, edits, scales and deletes at random, faults of the engine, the disk, the source and the
clock, and crashes of Berth, while checkers look on. Then the faults end, and everything must become what the repository deserves.
A failure prints a shrunken history and the command that plays it again. Equal seeds print equal hashes.

Options:
  --seed N         first seed (1)
  --seeds N        number of seeds (20)
  --minutes M      go on with further seeds for so long
  --actions N      what the user does, per seed (100)
  --faults N       what goes wrong, per seed (40)
  --steps A,B,…    play only these steps of the plan
  --no-shrink      print the first failure as it is
  --trace N        print the last N lines of each history
  --counts         print how often each fault and each path was taken
  --scenario NAME  chaos (as above) or rollout (one rollout of 50 pods, no faults)

Examples:
  npm run sim -- --seeds 300
  npm run sim -- --minutes 30
  npm run sim -- --seed 7 --seeds 1 --trace 200
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    actions: { type: 'string', default: '100' },
    faults: { type: 'string', default: '40' },
    steps: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
    trace: { type: 'string', default: '0' },
    counts: { type: 'boolean', default: false },
    scenario: { type: 'string', default: 'chaos' },
    replicas: { type: 'string', default: '50' },
    help: { type: 'boolean', short: 'h' },
  },
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  if (values.help === true) {
    print(HELP);
    return 0;
  }
  if (values.scenario === 'rollout') {
    print(JSON.stringify(await playRollout({ seed: Number(values.seed), replicas: Number(values.replicas) })));
    return 0;
  }
  if (values.scenario !== 'chaos') {
    print(`there is no scenario ${values.scenario}; there are chaos and rollout`);
    return 2;
  }
  const { steps, minutes } = values;
  const startedMs = performance.now();
  const summary = await runSeeds({
    firstSeed: Number(values.seed),
    seeds: Number(values.seeds ?? (minutes === undefined ? (steps === undefined ? 20 : 1) : Number.MAX_SAFE_INTEGER)),
    forMs: minutes === undefined ? Number.POSITIVE_INFINITY : Number(minutes) * 60_000,
    actions: Number(values.actions),
    faults: Number(values.faults),
    ...(steps === undefined ? {} : { only: new Set(steps.split(',').map(Number)) }),
    shrinkMs: values['no-shrink'] ? 0 : 120_000,
    traceLines: Number(values.trace),
    nowMs: () => performance.now() - startedMs,
    onEscaped: (callback) => process.on('unhandledRejection', callback),
    print,
  });
  if (values.counts) print(JSON.stringify(summary.counts, undefined, 2));
  if (summary.never.length > 0 && steps === undefined) print(`never happened: ${summary.never.join(', ')}`);
  return summary.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
