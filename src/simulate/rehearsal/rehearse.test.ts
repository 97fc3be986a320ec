import { expect, test } from 'vitest';
import { randomInteger, randomItem, SeededRandom } from '../../lib/random.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import type { Rehearsal } from './rehearse.ts';
import { rolloutFindings } from './rollout-findings.ts';
import { type Files, rehearseFiles, rehearseLive, rehearseTwice } from './testing.ts';

interface Shape {
  readonly replicas?: number;
  readonly image?: string;
  /** Lines of the Deployment's spec. */
  readonly spec?: string;
  /** Lines of the container. */
  readonly container?: string;
}

function deployment(name: string, { replicas = 2, image = 'app:1', spec = '', container = '' }: Shape = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  ${spec}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: main
          image: ${image}
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
          ${container}
`;
}

const RECREATE = 'strategy: {type: Recreate}';
const NO_SURGE = 'strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}';
const SURGE = 'strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}';
const HOST_PORT = 'ports: [{containerPort: 8080, hostPort: 9000}]';

test.each`
  what                                 | base                                                  | head                                                                  | outcome     | final | lowest | phases
  ${'a rolling update'}                | ${{ replicas: 3 }}                                    | ${{ replicas: 3, image: 'app:2' }}                                    | ${'stable'} | ${3}  | ${3}   | ${'new-created new-started new-ready old-stopping old-gone complete'}
  ${'one without room for more'}       | ${{ spec: NO_SURGE }}                                 | ${{ spec: NO_SURGE, image: 'app:2' }}                                 | ${'stable'} | ${2}  | ${1}   | ${'old-stopping new-created old-gone new-started new-ready complete'}
  ${'one that stops everything first'} | ${{ spec: RECREATE }}                                 | ${{ spec: RECREATE, image: 'app:2' }}                                 | ${'stable'} | ${2}  | ${0}   | ${'old-stopping old-gone new-created new-started new-ready complete'}
  ${'a scale up'}                      | ${{}}                                                 | ${{ replicas: 4 }}                                                    | ${'stable'} | ${4}  | ${2}   | ${'new-created new-started new-ready complete'}
  ${'a scale down'}                    | ${{ replicas: 3 }}                                    | ${{ replicas: 1 }}                                                    | ${'stable'} | ${1}  | ${1}   | ${'old-stopping old-gone complete'}
  ${'an image that nobody has'}        | ${{ spec: SURGE }}                                    | ${{ spec: SURGE, image: 'missing:1' }}                                | ${'stuck'}  | ${3}  | ${2}   | ${'new-created new-waiting'}
  ${'a port that the old pod holds'}   | ${{ replicas: 1, spec: SURGE, container: HOST_PORT }} | ${{ replicas: 1, spec: SURGE, container: HOST_PORT, image: 'app:2' }} | ${'stuck'}  | ${2}  | ${1}   | ${'new-created new-waiting'}
`('$what', async ({ base, head, outcome, final, lowest, phases }) => {
  const rehearsal = await rehearseFiles(
    { 'web.yaml': deployment('web', base) },
    { 'web.yaml': deployment('web', head) },
    { missingImages: ['missing:1'] },
  );
  expect(rehearsal.endedBy).toBeUndefined();
  expect(rehearsal.workloads).toMatchObject([
    { object: 'Deployment/default/web', outcome, finalReplicas: final, lowestReady: lowest, phases: phases.split(' ') },
  ]);
});

// Of a live box, the first application was planned, and the others were found as the head wants them: the rehearsed box
// had taken it in meanwhile.
test('of several applications each is planned against what is live', async () => {
  const base = { 'a/web.yaml': deployment('a'), 'b/web.yaml': deployment('b'), 'c/web.yaml': deployment('c') };
  const head = {
    ...base,
    'b/web.yaml': deployment('b', { image: 'app:2' }),
    'c/web.yaml': deployment('c', { replicas: 3 }),
  };
  const settings = { ...WORLD_SETTINGS, paths: ['*'] };
  const { played, adopted, whole } = await rehearseTwice(base, head, { settings });
  for (const { plans } of [played, adopted, whole]) {
    const changed = plans.map(({ path, changes }) => [
      path,
      changes.filter(({ action }) => action !== 'unchanged').length,
    ]);
    expect(changed).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 1],
    ]);
  }
});

test('an autoscaler keeps to its bounds and does not scale by a load that nobody knows', async () => {
  const resource = '{name: memory, target: {type: AverageValue, averageValue: 1Mi}}';
  const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 6
  metrics: [{type: Resource, resource: ${resource}}]
`;
  // Long enough for an autoscaler to have seen a window of what the pretended containers use.
  const slow = { replicas: 4, spec: 'minReadySeconds: 20' };
  const base = { 'web.yaml': deployment('web', slow), 'scaler.yaml': autoscaler };
  const head = { ...base, 'web.yaml': deployment('web', { ...slow, image: 'app:2' }) };
  const { workloads } = await rehearseFiles(base, head);
  expect(workloads).toMatchObject([{ object: 'Deployment/default/web', outcome: 'stable', finalReplicas: 4 }]);
});

test('a new autoscaler is played with what it scales, which the change does not touch otherwise', async () => {
  const autoscaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 4
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Mi}}}]
`;
  const base = { 'web.yaml': deployment('web'), 'other.yaml': deployment('other', { replicas: 3 }) };
  const { played, adopted, whole } = await rehearseTwice(base, { ...base, 'scaler.yaml': autoscaler });
  const scaled = { object: 'Deployment/default/web', outcome: 'stable', finalReplicas: 4 };
  for (const { workloads } of [played, adopted, whole])
    expect(workloads).toContainEqual(expect.objectContaining(scaled));
  expect(adopted.leftOut).toBeGreaterThan(0);
});

test('what runs is adopted: a second rehearsal of the same change begins with it and ends the same', async () => {
  const base = { 'web.yaml': deployment('web', { replicas: 3 }) };
  const head = { 'web.yaml': deployment('web', { replicas: 3, image: 'app:2' }) };
  const { played, adopted } = await rehearseTwice(base, head);
  expect(adopted.livePods).toBe(3);
  // Of a world that is brought up from nothing the machine is not known.
  expect({ ...comparable(adopted), capacity: [] }).toEqual(comparable(played));
});

test.each`
  what                                        | found           | phases
  ${'stays stuck, and is the first to go'}    | ${[]}           | ${'old-stopping new-created old-gone new-started new-ready complete'}
  ${'starts where the registry has it since'} | ${['absent:1']} | ${'new-created new-started new-ready old-stopping old-gone complete'}
`('a live pod whose image could not be pulled $what', async ({ found, phases }) => {
  const shape = { replicas: 1, spec: SURGE };
  const files = (image: string): Files => ({ 'web.yaml': deployment('web', { ...shape, image }) });
  const { workloads } = await rehearseLive(
    [files('app:1'), files('absent:1'), files('app:2')],
    { missingImages: ['absent:1'] },
    { missingImages: [], foundImages: found },
  );
  expect(workloads).toMatchObject([{ outcome: 'stable', finalReady: 1, phases: phases.split(' ') }]);
});

/** Worlds of a few workloads with Services and budgets that may tie them together, and a change of some. */
function randomWorld(random: SeededRandom): { readonly base: Files; readonly head: Files } {
  const base: Record<string, string> = {};
  const head: Record<string, string> = {};
  const count = randomInteger(random, 3, 6);
  for (let index = 0; index < count; index++) {
    const name = `w${index}`;
    const shape = { replicas: randomInteger(random, 1, 3), spec: randomItem(random, [SURGE, NO_SURGE, RECREATE]) };
    base[`${name}.yaml`] = deployment(name, shape);
    const change = randomItem(random, [{}, {}, { image: 'app:2' }, { replicas: 4 }, { image: 'missing:1' }]);
    head[`${name}.yaml`] = deployment(name, { ...shape, ...change });
    if (randomInteger(random, 0, 2) > 0) continue;
    const other = `w${randomInteger(random, 0, count - 1)}`;
    const files = {
      [`${name}-service.yaml`]: `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: ${other}}, ports: [{port: 80}]}\n`,
      [`${name}-budget.yaml`]: `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: ${name}}\nspec: {minAvailable: 1, selector: {matchLabels: {app: ${other}}}}\n`,
    };
    Object.assign(base, files);
    Object.assign(head, files);
  }
  return { base, head };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('what a change cannot reach may be left out (seed %i)', async (seed) => {
  const { base, head } = randomWorld(new SeededRandom(seed));
  const { adopted, whole } = await rehearseTwice(base, head, { missingImages: ['missing:1'] });
  expect(whole.leftOut).toBe(0);
  expect(comparable(adopted)).toEqual(comparable(whole));
});

/** What a report says of a rehearsal; times may differ by what the engine does for others meanwhile. */
function comparable({ workloads, services, capacity, endedBy }: Rehearsal) {
  return {
    endedBy,
    capacity,
    services: services.filter(({ readyBefore, lowestReady }) => readyBefore !== lowestReady),
    workloads: workloads
      .filter(({ isMoved }) => isMoved)
      .map(
        ({ timeline: _timeline, readyMs: _readyMs, omittedSamples: _omitted, reason: _reason, ...outcome }) => outcome,
      ),
  };
}

test('an application that loses an object still declares what the change cannot reach', async () => {
  const base = {
    'web.yaml': deployment('web'),
    'page.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\n',
  };
  const { adopted } = await rehearseTwice(base, { 'web.yaml': base['web.yaml'] });
  expect(adopted.leftOut).toBeGreaterThan(0);
  expect(adopted.plans.flatMap(({ problems }) => problems)).toEqual([]);
  expect(adopted.plans.flatMap(({ changes }) => changes).map(({ action }) => action)).toEqual(['deleted']);
});

function quota(pods: number): string {
  return `apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: small}\nspec: {hard: {pods: ${pods}}}\n`;
}

test('an event that came with the live state tells of a time that is over', async () => {
  const files = (pods: number): Files => ({
    'quota.yaml': quota(pods),
    'web.yaml': deployment('web', { replicas: pods }),
  });
  const { workloads, warnings } = await rehearseLive(
    [{ ...files(1), 'web.yaml': deployment('web', { replicas: 2 }) }, files(2), files(3)],
    {},
    {},
  );
  expect(workloads).toMatchObject([{ object: 'Deployment/default/web', outcome: 'stable', finalReady: 3 }]);
  expect(warnings.filter(({ message }) => message.includes('used: pods=1'))).toEqual([]);
});

test('a complaint of before the change is known as one', async () => {
  const files: Files = { 'quota.yaml': quota(1), 'web.yaml': deployment('web') };
  const head = { ...files, 'quota.yaml': quota(1).replace('small', 'tiny') };
  const { warnings } = await rehearseFiles(files, head);
  expect(warnings).toMatchObject([{ reason: 'FailedCreate', wasBefore: true }]);
});

function minutely(name: string, namespace = 'default'): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  schedule: "* * * * *"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "app:1"}]}}}}
`;
}

test('runs of a CronJob that were and will be refused are told once, of the CronJob, and are not the doing of the change', async () => {
  // Something that never becomes ready has both sides played for minutes.
  const missingImages = ['missing:1'];
  const web = deployment('web', { replicas: 3, image: 'missing:1' });
  const base: Files = { 'web.yaml': web, 'tick.yaml': minutely('tick') };
  const full: Files = { ...base, 'quota.yaml': quota(1) };
  for (const [before, after] of [
    [full, full],
    [base, full],
  ] as const) {
    const rehearsal = await rehearseLive([base, before, after], { missingImages }, { keepAll: true, missingImages });
    const told = rolloutFindings(rehearsal).filter(({ code }) => code === 'QuotaExceeded');
    const severity = before === after ? 'warning' : 'error';
    expect(told.map((finding) => [finding.severity, finding.object])).toEqual([[severity, 'CronJob/default/tick']]);
  }
});

test('pods that were refused before, and are not tried again while a change is played, are the reason of a rollout that waits', async () => {
  const limits =
    'apiVersion: v1\nkind: LimitRange\nmetadata: {name: small}\nspec: {limits: [{type: Container, max: {memory: 32Mi}}]}\n';
  const web = (image: string) =>
    deployment('web', { image, spec: SURGE, container: 'resources: {requests: {memory: 64Mi}}' });
  const refused: Files = { 'limits.yaml': limits, 'web.yaml': web('app:2') };
  const { workloads } = await rehearseLive([{ 'web.yaml': web('app:1') }, refused, refused], {}, { keepAll: true });
  expect(workloads).toMatchObject([
    { outcome: 'stuck', reason: expect.stringMatching(/^its pods cannot be created: .*maximum memory usage/) },
  ]);
});

test('pods that no scheduler looks at say so, at the name of the scheduler', async () => {
  const named = deployment('web').replace('      containers:', '      schedulerName: volcano\n      containers:');
  const rehearsal = await rehearseFiles({ 'web.yaml': deployment('web') }, { 'web.yaml': named });
  expect(rolloutFindings(rehearsal)).toMatchObject([
    {
      code: 'Unschedulable',
      severity: 'error',
      field: ['spec', 'template', 'spec', 'schedulerName'],
      message: 'its rollout waits for ever: no scheduler of the box is called "volcano"',
      help: expect.stringContaining('leave schedulerName out'),
    },
  ]);
});

test('a volume that cannot be mounted is the reason of a rollout that waits for it', async () => {
  const mounted = deployment('web').replace(
    '      containers:',
    '      volumes: [{name: page, configMap: {name: page}}]\n      containers:',
  );
  const { workloads } = await rehearseFiles({ 'web.yaml': deployment('web') }, { 'web.yaml': mounted });
  expect(workloads).toMatchObject([
    { outcome: 'stuck', reason: expect.stringContaining('volume "page" : configmap "page" not found') },
  ]);
});

test('a StatefulSet whose bad commit is taken back says which pod holds that up', async () => {
  const set = (image: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: app, image: "${image}"}]}
`;
  const [good, bad] = [{ 'db.yaml': set('app:1') }, { 'db.yaml': set('missing:1') }];
  const held = await rehearseLive([good, bad, good], { missingImages: ['missing:1'] }, {});
  expect(held.workloads).toMatchObject([{ outcome: 'stuck', finalReady: 1 }]);
  const [finding] = rolloutFindings(held);
  expect(finding).toMatchObject({ code: 'RolloutStuck', object: 'StatefulSet/default/db' });
  expect(finding?.message).toContain('pod db-1 is of an older revision and holds up the update: app: ');
  expect(finding?.help).toContain('kubectl delete pod -n default db-1');
  const rolled = await rehearseLive([good, good, { 'db.yaml': set('app:2') }], {}, {});
  expect(rolled.workloads).toMatchObject([{ outcome: 'stable', finalReady: 2, readyMs: expect.any(Number) }]);
  expect(rolled.workloads[0]?.timeline.at(-1)).toMatchObject({ newReady: 2, oldPods: 0 });
});
