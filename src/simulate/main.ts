import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { planSteps } from './plan-steps.ts';
import { playRollout } from './rollout-scenario.ts';
import { describeCoverage, findRareRules, type RuleCounts } from './rule-coverage.ts';
import { DEFAULT_SIZE, type RunSummary, runSeeds } from './run-seeds.ts';
import { LocalSeedPlayer, type SeedOrder, type SeedPlayer } from './seed-player.ts';
import { SeedPool, serveSeeds, WORKER_FLAG } from './seed-pool.ts';
import { readSimOptions, type SimOptions } from './sim-options.ts';

const HELP = `Usage: npm run sim -- [options]

Plays whole boxes on a virtual clock: a user who pushes, edits, scales and deletes at random, faults of the engine, the disk, the source and the
clock, and crashes of Berth, while checkers look on. Then the faults end, and everything must become what the repository deserves.
A failure prints a shrunken history and the command that plays it again. Equal seeds print equal hashes.

Options:
  --seed N         first seed (1); without --seeds no other begins before it has ended
  --seeds N        number of seeds (20; 1 with --seed)
  --minutes M      begin further seeds for so long; each that has begun is played to its end
  --hours H        begin further seeds until H virtual hours were played; a whole seed has a tenth of one to several
  --jobs N         processes that play (one for each core)
  --actions N      what the user does, per seed (${DEFAULT_SIZE.actions})
  --faults N       what goes wrong, per seed (${DEFAULT_SIZE.faults})
  --steps A,B,…    play only these steps of the plan
  --keep-going     play on after a failure, and explain the first one in the end
  --no-shrink      print the first failure as it is
  --trace N        print the last N lines of each history
  --counts         print how often each fault and each path was taken
  --rules          print which rules of the compute-*.ts were never taken
  --rare N         print which rules, faults and paths came up in fewer than N seeds
  --scenario NAME  chaos (as above), rollout (one rollout of 50 pods, no faults), or a history that was kept:
                   a file of test/simulator/regressions or planted without its .json, or the path of one

Examples:
  npm run sim -- --seeds 300
  npm run sim -- --minutes 30
  npm run sim -- --seed 7 --hours 100
  npm run sim -- --seed 7 --trace 200
  npm run sim -- --scenario orphaned-revisions
`;

/** Takes the line away that shows what is being played. */
const CLEAR = process.stdout.isTTY ? '\r\u001b[K' : '';
const PROGRESS_EVERY_MS = 500;

function print(line: string): void {
  process.stdout.write(`${CLEAR}${line}\n`);
}

/** On a terminal a line shows how far the seeds are that are being played. Returns what ends it. */
function showProgress(player: SeedPlayer): () => void {
  if (!process.stdout.isTTY) return () => {};
  const show = () => {
    const seeds = [...player.progress()].map(([seed, ms]) => `seed ${seed} at ${Math.round(ms / 1_000)} virtual s`);
    process.stdout.write(`${CLEAR}${seeds.join(', ').slice(0, process.stdout.columns - 1)}`);
  };
  const timer = setInterval(show, PROGRESS_EVERY_MS);
  return () => {
    clearInterval(timer);
    process.stdout.write(CLEAR);
  };
}

function createLocalPlayer(): SeedPlayer {
  const onEscaped = (callback: (error: unknown) => void) => process.on('unhandledRejection', callback);
  return new LocalSeedPlayer(onEscaped);
}

function createPlayer({ jobs, seeds }: SimOptions): SeedPlayer {
  const width = Math.min(jobs, seeds);
  if (width <= 1) return createLocalPlayer();
  return new SeedPool(fileURLToPath(import.meta.url), width);
}

/** Histories that went wrong once, and those that go wrong with a planted bug. */
const KEPT_IN = ['test/simulator/regressions', 'test/simulator/planted'];

/** Plays a kept history. Its steps are all in it, so that it stays the same whatever seeds come to mean. */
async function playKept(name: string, tailLines: number): Promise<number> {
  const paths = name.endsWith('.json') ? [name] : KEPT_IN.map((folder) => join(folder, `${name}.json`));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) {
    print(`there is no scenario ${name}; there are chaos, rollout and the files of ${KEPT_IN.join(' and ')}`);
    return 2;
  }
  const { seed, steps }: Required<Pick<SeedOrder, 'seed' | 'steps'>> = JSON.parse(readFileSync(path, 'utf8'));
  const outcome = await createLocalPlayer().play({ seed, steps, tailLines, ...DEFAULT_SIZE });
  for (const line of outcome.tail) print(line);
  const { violation } = outcome;
  print(violation === undefined ? `✔ ${name}` : `✗ ${name}: ${violation.checker}: ${violation.message}`);
  return violation === undefined ? 0 : 1;
}

/** With so many seeds everything should have come up; what a few have not seen says nothing. */
const ALL_COMES_UP = 100;

async function main(): Promise<number> {
  const read = readSimOptions(process.argv.slice(2), availableParallelism());
  if ('problems' in read) return refuse(read.problems);
  const { options } = read;
  const { seed, seeds, isFirstAlone, steps, scenario, traceLines, keepsGoing, forMs, virtualHours, actions, faults } =
    options;
  if (options.help) {
    print(HELP);
    return 0;
  }
  if (scenario === 'rollout') {
    print(JSON.stringify(await playRollout({ seed, replicas: options.replicas })));
    return 0;
  }
  if (scenario !== 'chaos') return await playKept(scenario, traceLines);
  const planned = planSteps(seed, { actions, faults }).length;
  const lacking = (steps ?? []).filter((step) => step >= planned);
  if (lacking.length > 0)
    return refuse([`--steps: seed ${seed} has steps 0 to ${planned - 1}, and no ${lacking.join(', ')}`]);
  const startedMs = performance.now();
  const player = createPlayer(options);
  const endProgress = showProgress(player);
  const summary = await runSeeds({
    firstSeed: seed,
    seeds,
    isFirstAlone,
    forMs,
    virtualHours,
    actions,
    faults,
    ...(steps === undefined ? {} : { only: steps }),
    keepsGoing,
    shrinkMs: options.shrinks ? 120_000 : 0,
    traceLines,
    player,
    nowMs: () => performance.now() - startedMs,
    print,
  });
  endProgress();
  if (options.rules) for (const line of describeCoverage(await player.coverage())) print(line);
  if (options.rare > 0) printRare(options.rare, await player.coverage(), summary);
  player.close();
  if (options.counts) print(JSON.stringify(summary.counts, undefined, 2));
  const never = [...summary.seedsWith].flatMap(([name, seeds]) => (seeds === 0 ? [name] : []));
  if (never.length > 0 && (summary.played >= ALL_COMES_UP || options.counts))
    print(`never happened: ${never.join(', ')}`);
  return summary.failed === 0 ? 0 : 1;
}

/** What so few seeds have come to that another order of events may lose it. */
function printRare(fewest: number, coverage: readonly RuleCounts[], { seedsWith }: RunSummary): void {
  for (const { rule, seeds } of findRareRules(coverage, fewest)) if (seeds > 0) print(`taken in ${seeds}: ${rule}`);
  for (const [name, seeds] of seedsWith) if (seeds > 0 && seeds < fewest) print(`happened in ${seeds}: ${name}`);
}

function refuse(problems: readonly string[]): number {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stderr.write('npm run sim -- --help shows what there is\n');
  return 2;
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

if (process.argv.includes(WORKER_FLAG)) serveSeeds(createLocalPlayer());
else process.exitCode = await main();
