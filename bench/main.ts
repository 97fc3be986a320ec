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

/** Each works in folders of its own below the given one and leaves nothing there. */
const BENCHMARKS: Readonly<Record<string, (directory: string) => Promise<BenchReport>>> = {
  registry: benchRegistry,
  store: benchStore,
  push: benchPush,
  gitops: benchGitops,
  network: benchNetwork,
  scheduler: benchScheduler,
  render: benchRender,
  controllers: benchControllers,
  plan: benchPlan,
};

const USAGE = `usage: npm run bench -- [name …] [-o json] [--dir <folder>]

Runs the named benchmarks, or all: ${Object.keys(BENCHMARKS).join(', ')}.
Each prints its figures beside their yardstick and the aim. --dir is where files are written (default: the temporary folder); for the
figures of the store it should lie on a disk, not on a tmpfs. docs/benchmarks.md says what is measured.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      dir: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const unknown = positionals.filter((name) => !(name in BENCHMARKS));
  if (values.help === true || unknown.length > 0 || (values.output !== undefined && values.output !== 'json')) {
    console.log(USAGE);
    return values.help === true ? 0 : 2;
  }
  const isJson = values.output === 'json';
  const machine = `${cpus()[0]?.model ?? 'unknown processor'} × ${availableParallelism()}, Node ${process.version}`;
  const reports: BenchReport[] = [];
  if (!isJson) console.log(machine);
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const report = await run(values.dir ?? tmpdir());
    reports.push(report);
    if (!isJson) console.log(`\n${formatReport(report)}`);
  }
  if (isJson) console.log(JSON.stringify({ machine, at: new Date().toISOString(), reports }, undefined, 2));
  return 0;
}

process.exitCode = await main();
