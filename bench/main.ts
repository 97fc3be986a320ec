import { availableParallelism, cpus, tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { benchControllers } from './controllers.ts';
import { benchGitops } from './gitops.ts';
import { benchNetwork } from './network.ts';
import { benchPlan } from './plan.ts';
import { benchPush } from './push.ts';
import { benchRegistry } from './registry.ts';
import { benchRender } from './render.ts';
import { type BenchReport, formatReport } from './report.ts';
import { benchScheduler } from './scheduler.ts';
import { benchStore } from './store.ts';

interface Benchmark {
  /** What it measures, in one line of the help. */
  readonly about: string;
  /** Works in folders of its own below the given one and leaves nothing there. */
  readonly run: (directory: string) => Promise<BenchReport>;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  registry: { about: 'durable creations a second through the API, beside etcd', run: benchRegistry },
  store: { about: 'the store alone: records a second, opening and listing, beside etcd', run: benchStore },
  push: { about: 'from `git push` to ready pods on a real engine, beside bare calls of it', run: benchPush },
  gitops: { about: 'a repository of 10,000 objects: memory, start, commits, polls, delays', run: benchGitops },
  network: { about: 'the rules of 1,000 Services in the kernel, beside iptables-restore', run: benchNetwork },
  scheduler: { about: '10,000 pods onto 1,000 simulated nodes', run: benchScheduler },
  render: { about: '598 kustomizations of public repositories, beside kubectl kustomize', run: benchRender },
  controllers: { about: '1,000 Deployments of 10 pods made, rolled over and left alone', run: benchControllers },
  plan: { about: 'a dry run of 50 changed Deployments among 1,000 with 10,000 pods', run: benchPlan },
};

const WIDEST_NAME = Math.max(...Object.keys(BENCHMARKS).map((name) => name.length));
const USAGE = `usage: npm run bench -- [name …] [-o json] [--dir <folder>]

Runs the named benchmarks, or all of them, one after the other. Each prints its figures beside their yardstick and the aim.

${Object.entries(BENCHMARKS)
  .map(([name, { about }]) => `  ${name.padEnd(WIDEST_NAME)}  ${about}`)
  .join('\n')}

  -o json         one document for programs
  --dir <folder>  where files are written (default: the temporary folder); for the figures of the store it should lie on a disk, not on a tmpfs

examples:
  npm run bench -- scheduler controllers
  npm run bench -- store --dir /var/tmp -o json

docs/benchmarks.md says what is measured.`;

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  dir: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What is wrong with the words of the command line; `undefined` when nothing is. */
function findMistake(names: readonly string[], output: string | undefined): string | undefined {
  const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined) return `there is no benchmark "${unknown}"`;
  return output === undefined || output === 'json' ? undefined : `-o takes json, not "${output}"`;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
    return { values, names: positionals, mistake: findMistake(positionals, values.output) };
  } catch (error) {
    return { values: {}, names: [], mistake: error instanceof Error ? error.message : String(error) };
  }
}

async function main(): Promise<number> {
  const { values, names, mistake } = readArguments();
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  if (mistake !== undefined) {
    console.error(`error: ${mistake}\n\n${USAGE}`);
    return 2;
  }
  const isJson = values.output === 'json';
  const machine = `${cpus()[0]?.model ?? 'unknown processor'} × ${availableParallelism()}, Node ${process.version}`;
  const reports: BenchReport[] = [];
  if (!isJson) console.log(machine);
  for (const [name, { run }] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const report = await run(values.dir ?? tmpdir());
    reports.push(report);
    if (!isJson) console.log(`\n${formatReport(report)}`);
  }
  if (isJson) console.log(JSON.stringify({ machine, at: new Date().toISOString(), reports }, undefined, 2));
  return 0;
}

process.exitCode = await main();
