import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { LinuxRandom } from '../src/host/linux/linux-random.ts';
import { formatTime } from '../src/lib/clock.ts';
import type { PlanReport } from '../src/report/index.ts';
import { commitFiles, createBareRepository } from '../src/source/index.ts';
import { makePlanWorld, manifestOf } from './plan-world.ts';
import { type BenchReport, figure, median } from './report.ts';
import { withFolder } from './with-folder.ts';

const ROUNDS = 3;
const AUTHOR = { name: 'Bench', email: 'bench@localhost' };
const program = fileURLToPath(new URL('berth.js', import.meta.url));

/** Plans of whole repositories, from the start of the process to the report, with the live state read from the status branch. */
export async function benchPlan(directory: string): Promise<BenchReport> {
  return withFolder(directory, 'plan', async (folder) => {
    const large = await measure(folder, { name: 'large', deployments: 1_000, podsEach: 10, changed: 50 });
    const small = await measure(folder, { name: 'small', deployments: 49, podsEach: 2, changed: 3 });
    return {
      name: 'plan',
      figures: [
        figure({
          name: '1,000 Deployments, 10,000 pods, 50 changed',
          value: large.ms / 1000,
          unit: 's',
          aim: { of: 'value', op: '≤', bound: 3 },
        }),
        figure({
          name: 'most memory of that process',
          value: large.peakMb,
          unit: 'MB',
          aim: { of: 'value', op: '≤', bound: 500 },
        }),
        figure({
          name: '50 objects, 3 changed',
          value: small.ms / 1000,
          unit: 's',
          aim: { of: 'value', op: '≤', bound: 1 },
        }),
      ],
      notes: [
        `each is the median of ${ROUNDS} processes; ${large.rollouts} and ${small.rollouts} rollouts were forecast, all of them stable`,
      ],
    };
  });
}

interface Size {
  readonly name: string;
  readonly deployments: number;
  readonly podsEach: number;
  readonly changed: number;
}

async function measure(
  folder: string,
  size: Size,
): Promise<{ readonly ms: number; readonly peakMb: number; readonly rollouts: number }> {
  const repository = await makeRepository(folder, size);
  const times: number[] = [];
  const peaks: number[] = [];
  let rollouts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { report, ms, peakMb } = await runPlan(repository);
    const all = report.applications.flatMap((application) => application.rollouts);
    if (
      all.length !== size.changed ||
      all.some(({ outcome }) => outcome !== 'stable') ||
      report.live.source !== 'status-branch'
    )
      throw new Error(
        `the plan is not what was asked for: ${JSON.stringify(report.findings.slice(0, 3))} ${all.length}`,
      );
    times.push(ms);
    peaks.push(peakMb);
    rollouts = all.length;
  }
  return { ms: median(times), peakMb: median(peaks), rollouts };
}

async function makeRepository(folder: string, { name, deployments, podsEach, changed }: Size): Promise<string> {
  const repository = join(folder, `${name}.git`);
  const world = makePlanWorld(deployments, podsEach);
  const write = (branch: string, files: ReadonlyMap<string, string>) =>
    commitFiles({
      repository,
      branch,
      files: new Map([...files].map(([path, text]) => [path, { bytes: Buffer.from(text) }])),
      message: 'Bench',
      author: AUTHOR,
      clock: linuxClock,
      random: new LinuxRandom(),
    });
  await createBareRepository(repository, 'main');
  const base = await write('feature', world.manifests);
  await writeFile(join(repository, 'refs/heads/main'), `${base.id}\n`);
  const names = [...world.manifests.keys()].filter((path) => path !== 'namespace.yaml').slice(0, changed);
  const edits = names.map(
    (path) => [path, manifestOf(path.replace('.yaml', ''), podsEach, 'registry.example/app:2')] as const,
  );
  await write('feature', new Map(edits));
  await write(
    'berth-status',
    new Map([
      ['bench/status.yaml', world.status(base.id, formatTime(linuxClock.wallMs()))],
      ['bench/live.json', world.live],
    ]),
  );
  return repository;
}

async function runPlan(
  repository: string,
): Promise<{ readonly report: PlanReport; readonly ms: number; readonly peakMb: number }> {
  const startMs = performance.now();
  const options = [
    '--repo',
    repository,
    '--base',
    'main',
    '--head',
    'feature',
    '--live',
    'status-branch',
    '-o',
    'json',
  ];
  const child = spawn(process.execPath, [program, 'plan', ...options, '--data-dir', join(repository, 'none')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  let peakKb = 0;
  const sampling = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (text) => {
        peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1] ?? 0));
      },
      () => undefined,
    );
  }, 20);
  await new Promise((resolve) => {
    child.once('close', resolve);
  });
  clearInterval(sampling);
  const ms = performance.now() - startMs;
  return { report: JSON.parse(output), ms, peakMb: (peakKb * 1024) / 1e6 };
}
