import { join } from 'node:path';
import { readConfiguration } from '../../src/cli/configuration/read-configuration.ts';
import { computeSettings } from '../../src/cli/live/compute-settings.ts';
import { planChange } from '../../src/cli/plan/plan-change.ts';
import { noDataKeys } from '../../src/host/data-keys.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { LinuxRandom } from '../../src/host/linux/linux-random.ts';
import { NoCharts } from '../../src/host/sim/no-charts.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { PlanReport } from '../../src/report/index.ts';
import { commitFiles, createBareRepository } from '../../src/source/index.ts';
import type { PlanCase } from './cases.ts';

/** Commits have the same ids at every time of day. */
const FIXED: Clock = {
  wallMs: () => Date.UTC(2026, 10, 26),
  monotonicMs: () => linuxClock.monotonicMs(),
  setTimer: (delayMs, callback) => linuxClock.setTimer(delayMs, callback),
  defer: (callback) => linuxClock.defer(callback),
};

/** Plans a pull request whose base is taken as running, as it is where there is no status branch. */
export async function planCase(
  folder: string,
  { name, base, head, missingImages = [], paths }: PlanCase,
): Promise<PlanReport> {
  const repository = join(folder, name, 'shop.git');
  await createBareRepository(repository, 'main');
  const write = (branch: string, files: ReadonlyMap<string, string | null>) =>
    commitFiles({
      repository,
      branch,
      files: new Map([...files].map(([path, text]) => [path, text === null ? null : { bytes: Buffer.from(text) }])),
      message: branch === 'base' ? 'What runs' : name,
      author: { name: 'Test', email: 'test@localhost' },
      clock: FIXED,
      random: new LinuxRandom(),
    });
  const before = await write('main', new Map(Object.entries(base)));
  const removed = Object.keys(base).filter((path) => !(path in head));
  const after = await write(
    'main',
    new Map<string, string | null>([...Object.entries(head), ...removed.map((path) => [path, null] as const)]),
  );
  const configuration = readConfiguration({
    repo: repository,
    dataDir: join(folder, 'none'),
    cluster: 'box1',
    runtime: 'sim',
    ...(paths === undefined ? {} : { path: paths }),
  });
  return planChange({
    repository,
    credentials: {},
    branch: 'main',
    statusBranch: 'berth-status',
    base: before.id,
    head: after.id,
    live: 'auto',
    storeDirectory: join(folder, 'none', 'store'),
    settings: computeSettings(configuration),
    renderers: { charts: new NoCharts(), dataKeys: noDataKeys },
    lookUpImages: async (images) =>
      new Map(images.map((image) => [image, { found: missingImages.includes(image) ? 'no' : 'yes' }])),
  });
}
