import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfiguration } from '../../src/cli/configuration/read-configuration.ts';
import { computeSettings } from '../../src/cli/live/compute-settings.ts';
import { dataPaths } from '../../src/cli/live/data-paths.ts';
import { type LiveWorld, openLiveWorld } from '../../src/cli/live/live-world.ts';
import { planChange } from '../../src/cli/plan/plan-change.ts';
import { noDataKeys } from '../../src/host/data-keys.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { NoCharts } from '../../src/host/sim/no-charts.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { randomInteger, randomItem, SeededRandom } from '../../src/lib/random.ts';
import { computeHealth } from '../../src/plan/index.ts';
import type { PlanReport, RolloutForecast } from '../../src/report/index.ts';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import {
  forecastRollout,
  newestRevisionOf,
  type RecordedOutcome,
  RolloutRecorder,
} from '../../src/simulate/rehearsal/index.ts';
import { removeCluster } from './testing/engine.ts';
import { deployment } from './testing/manifests.ts';
import { SiteRepository } from './testing/site-repository.ts';
import { unmountBelow } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

/*
 * The claim of `berth plan`, put to the test: changes are planned from the status branch alone, then pushed to a real box, and what the plan said of every
 * workload must be what happens.
 */

const SEED = 20_261_126;
const MISSING = 'registry.invalid/berth/none:1';
/** Quiet for so long, a real rollout is taken to be where it stays. */
const QUIET_MS = 5_000;
const GIVE_UP_MS = 45_000;

let folder: string;
let repository: SiteRepository;
let world: LiveWorld;
const configurationOf = () =>
  readConfiguration({ repo: repository.path, dataDir: join(folder, 'data'), cluster: 'claim', runtime: 'docker' });

beforeAll(async () => {
  await ensureBusybox();
  folder = await mkdtemp(join(tmpdir(), 'berth-claim-'));
  repository = new SiteRepository(folder);
  await repository.create();
  await repository.push(filesOf(FIRST));
  world = await openLiveWorld(configurationOf(), silentLogger, () => {});
  await world.box.start();
});

afterAll(async () => {
  const uid = world?.registry.clusterUid;
  await world?.stop();
  if (uid !== undefined) await removeCluster(uid);
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
});

type Strategy = 'rolling' | 'surge' | 'spare' | 'recreate';
type Trouble = 'image' | 'cpu' | 'port';

interface Workload {
  readonly name: string;
  readonly replicas: number;
  readonly version: number;
  readonly strategy: Strategy;
  /** How long the program takes until it listens. */
  readonly warmUpSeconds: number;
  readonly trouble?: Trouble;
}

const STRATEGIES: Readonly<Record<Strategy, string>> = {
  rolling: 'strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}',
  surge: 'strategy: {rollingUpdate: {maxSurge: 100%, maxUnavailable: 0}}',
  spare: 'strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}',
  recreate: 'strategy: {type: Recreate}',
};

function manifest({ name, replicas, version, strategy, warmUpSeconds, trouble }: Workload): string {
  const listen = 'httpd -f -p 8080 -h /etc & wait';
  return deployment(name, {
    replicas,
    version: String(version),
    strategy: STRATEGIES[strategy],
    ...(trouble === 'image' ? { image: MISSING } : {}),
    command: ['sh', '-c', `trap "exit 0" TERM; sleep ${warmUpSeconds} & wait $!; ${listen}`],
    container: [
      'readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}',
      `resources: {requests: {cpu: ${trouble === 'cpu' ? '500' : '5m'}}}`,
      ...(trouble === 'port' ? ['ports: [{containerPort: 8080, hostPort: 18766}]'] : []),
    ].join('\n'),
  });
}

const FIRST: readonly Workload[] = [
  { name: 'alpha', replicas: 2, version: 1, strategy: 'rolling', warmUpSeconds: 0 },
  { name: 'beta', replicas: 3, version: 1, strategy: 'spare', warmUpSeconds: 0 },
  { name: 'gamma', replicas: 2, version: 1, strategy: 'recreate', warmUpSeconds: 0 },
  { name: 'delta', replicas: 1, version: 1, strategy: 'rolling', warmUpSeconds: 2 },
  { name: 'epsilon', replicas: 2, version: 1, strategy: 'surge', warmUpSeconds: 1 },
  { name: 'zeta', replicas: 1, version: 1, strategy: 'rolling', warmUpSeconds: 0 },
];

/** The next state of every workload: most get a new version, some are scaled, some get into trouble and out of it again. */
function nextRound(workloads: readonly Workload[], round: number, random: SeededRandom): readonly Workload[] {
  const troubled = round % 2 === 0 ? randomItem(random, workloads).name : undefined;
  return workloads.map((workload) => {
    const { trouble: _trouble, ...sound } = workload;
    const version = workload.version + 1;
    if (workload.name === troubled) return { ...sound, version, trouble: randomItem(random, ['image', 'cpu', 'port']) };
    if (workload.trouble !== undefined) return { ...sound, version };
    const draw = randomInteger(random, 0, 9);
    if (draw < 2) return { ...sound, replicas: Math.max(1, (workload.replicas % 3) + 1) };
    if (draw === 2)
      return { ...sound, version, strategy: randomItem(random, ['rolling', 'surge', 'spare', 'recreate']) };
    return { ...sound, version };
  });
}

function filesOf(workloads: readonly Workload[]): Record<string, string> {
  return Object.fromEntries(workloads.map((workload) => [`${workload.name}.yaml`, manifest(workload)]));
}

async function planned(head: string): Promise<PlanReport> {
  const configuration = configurationOf();
  return planChange({
    repository: configuration.repository,
    credentials: {},
    branch: 'main',
    statusBranch: 'berth-status',
    head,
    base: 'main',
    live: 'status-branch',
    storeDirectory: dataPaths(configuration.dataDirectory).store,
    settings: computeSettings(configuration),
    renderers: { charts: new NoCharts(), dataKeys: noDataKeys },
    lookUpImages: async (images) =>
      new Map(images.map((image) => [image, { found: image === MISSING ? 'no' : 'yes' }])),
  });
}

/** Pushes and records until nothing more happens; what comes of each workload, by its name. */
async function carriedOut(
  push: () => Promise<string>,
  names: readonly string[],
): Promise<ReadonlyMap<string, RecordedOutcome>> {
  const client = world.registry.client({ user: 'test', fieldManager: 'test' });
  const recorder = new RolloutRecorder(client, linuxClock);
  const commit = await push();
  await world.box.reconciler.sync();
  expect(world.box.reconciler.commit?.id).toBe(commit);
  const healthOf = (name: string) => {
    const object = client.get('Deployment', { namespace: 'default', name });
    return object !== undefined && computeHealth(object, linuxClock.wallMs()).status === 'Current';
  };
  const isCalm = () => recorder.nowMs - recorder.changedAtMs >= (names.every(healthOf) ? 1_500 : QUIET_MS);
  await waitUntil('nothing more happens', () => (isCalm() && recorder.nowMs > 1_500) || recorder.nowMs > GIVE_UP_MS, {
    withinMs: GIVE_UP_MS + 5_000,
  });
  recorder.stop();
  return new Map(
    [...recorder.workloads.values()].map((recorded) => {
      const object = client.get('Deployment', { namespace: recorded.namespace, name: recorded.name });
      const end = {
        wantedReplicas: object?.spec?.replicas ?? 0,
        revision: newestRevisionOf(client, recorded),
        isHealthy: healthOf(recorded.name),
      };
      return [recorded.name, forecastRollout(recorded, end)];
    }),
  );
}

interface Comparison {
  readonly what: string;
  readonly expected: object;
  readonly actual: object;
}

/**
 * A pod that never ran goes at once, and the pod in its place is made at once: which of the two comes first is a race of milliseconds that no plan can know, and
 * nobody would notice.
 */
function withoutRace(phases: readonly string[]): readonly string[] {
  const [gone, created] = [phases.indexOf('old-gone'), phases.indexOf('new-created')];
  if (created !== gone + 1) return phases;
  return phases.map((phase) => (phase === 'old-gone' ? 'new-created' : phase === 'new-created' ? 'old-gone' : phase));
}

const compared = (
  { outcome, finalReplicas, finalReady, lowestReady, phases }: RolloutForecast | RecordedOutcome,
  hadTrouble: boolean,
) => ({
  outcome: outcome === 'stable' ? 'stable' : 'stuck',
  finalReplicas,
  finalReady,
  lowestReady,
  phases: hadTrouble ? withoutRace(phases) : phases,
});

test('what a plan says of thirty changes is what a real box then does', { timeout: 300_000 }, async () => {
  const random = new SeededRandom(SEED);
  let workloads = FIRST;
  const isHealthy = () => world.box.reconciler.applications.some(({ verdict }) => verdict.phase === 'Healthy');
  await waitUntil('everything is healthy', isHealthy, { withinMs: 60_000 });

  const comparisons: Comparison[] = [];
  for (let round = 1; comparisons.length < 30; round++) {
    const next = nextRound(workloads, round, random);
    const head = await repository.commit(filesOf(next), `Round ${round}`);
    await repository.pushTo('candidate');
    world.box.publisher.noteChange({ terminal: true });
    await world.box.publisher.flush();
    const report = await planned(head);
    const real = await carriedOut(
      async () => {
        await repository.pushTo('main');
        return head;
      },
      next.map(({ name }) => name),
    );
    const forecasts = new Map(
      report.applications.flatMap(({ rollouts }) => rollouts.map((rollout) => [rollout.object, rollout])),
    );
    next.forEach((workload, index) => {
      if (JSON.stringify(workload) === JSON.stringify(workloads[index])) return;
      const forecast = forecasts.get(`Deployment/default/${workload.name}`);
      const outcome = real.get(workload.name);
      const hadTrouble = workloads[index]?.trouble !== undefined;
      const what = `round ${round}: ${JSON.stringify(workload)}`;
      if (forecast === undefined || outcome === undefined)
        throw new Error(
          `${what}: ${forecast === undefined ? 'nothing was forecast' : 'nothing happened'}; ${JSON.stringify({ live: report.live, findings: report.findings, applications: report.applications.map(({ name, counts, rollouts }) => [name, counts, rollouts.length]), real: [...real.keys()] })}`,
        );
      comparisons.push({ what, expected: compared(outcome, hadTrouble), actual: compared(forecast, hadTrouble) });
    });
    workloads = next;
  }
  expect(comparisons.map(({ what, actual }) => ({ what, ...actual }))).toEqual(
    comparisons.map(({ what, expected }) => ({ what, ...expected })),
  );
});

test('after one start that the box has seen, a plan knows how long the next ones take', {
  timeout: 120_000,
}, async () => {
  const files = (version: number) =>
    filesOf([{ name: 'eta', replicas: 2, version, strategy: 'rolling', warmUpSeconds: 2 }]);
  const first = await repository.commit(files(1));
  const push = async () => {
    await repository.pushTo('main');
    return (await repository.git('rev-parse', 'main')).trim();
  };
  await carriedOut(push, ['eta']);
  expect(world.box.reconciler.commit?.id).toBe(first);
  const predicted: number[] = [];
  const measured: number[] = [];
  for (const version of [2, 3, 4]) {
    const head = await repository.commit(files(version));
    await repository.pushTo('candidate');
    world.box.publisher.noteChange({ terminal: true });
    await world.box.publisher.flush();
    const { readyIn } =
      (await planned(head)).applications[0]?.rollouts.find(({ object }) => object.endsWith('/eta')) ?? {};
    const outcome = (await carriedOut(push, ['eta'])).get('eta');
    if (readyIn?.kind === 'observed') predicted.push(readyIn.ms);
    measured.push(outcome?.readyMs ?? Number.NaN);
  }
  const middle = [...measured].sort((a, b) => a - b)[1] ?? Number.NaN;
  const miss = Math.abs((predicted[0] ?? Number.NaN) - middle);
  expect(miss, `planned ${predicted.join(', ')}, took ${measured.join(', ')}`).toBeLessThanOrEqual(
    Math.max(0.3 * middle, 2_000),
  );
});

test('an object that is deleted and made anew goes as planned: its pods go with it, and new ones come', {
  timeout: 120_000,
}, async () => {
  const theta = { name: 'theta', replicas: 2, version: 1, strategy: 'rolling', warmUpSeconds: 0 } as const;
  const files = (app: string) => {
    const text = manifest(theta)
      .replaceAll('app: theta', `app: ${app}`)
      .replace('name: theta\n', 'name: theta\n  annotations: {kustomize.toolkit.fluxcd.io/force: enabled}\n');
    return { 'theta.yaml': text };
  };
  const push = async () => {
    await repository.pushTo('main');
    return (await repository.git('rev-parse', 'main')).trim();
  };
  await repository.commit(files('theta'));
  await carriedOut(push, ['theta']);
  const client = world.registry.client({ user: 'test', fieldManager: 'test' });
  const uidOf = () => client.get('Deployment', { namespace: 'default', name: 'theta' })?.metadata.uid;
  const before = uidOf();
  const head = await repository.commit(files('theta-2'));
  await repository.pushTo('candidate');
  world.box.publisher.noteChange({ terminal: true });
  await world.box.publisher.flush();
  const { applications } = await planned(head);
  const forecast = applications[0]?.rollouts.find(({ object }) => object.endsWith('/theta'));
  const outcome = (await carriedOut(push, ['theta'])).get('theta');
  if (forecast === undefined || outcome === undefined) throw new Error('nothing was forecast, or nothing happened');
  expect(applications[0]?.counts).toMatchObject({ replaced: 1, configured: 0, created: 0, deleted: 0 });
  expect(compared(forecast, false)).toEqual(compared(outcome, false));
  expect(forecast).toMatchObject({ cause: 'replaced', outcome: 'stable', lowestReady: 0, finalReady: 2 });
  expect(uidOf()).not.toBe(before);
});
