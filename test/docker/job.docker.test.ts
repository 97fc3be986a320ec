import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CronJob, DaemonSet, Job, Pod, StatefulSet } from '../../src/objects/types.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { configMap } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});
afterEach(() => box?.remove());
afterAll(() => program?.remove());

async function start(manifest: string): Promise<void> {
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  await box.repository.push({ 'all.yaml': manifest });
  await box.start();
}

async function find<T>(path: string): Promise<T | undefined> {
  const { status, body } = await box.berth.call('GET', path);
  return status === 200 ? (JSON.parse(body) as T) : undefined;
}

const BATCH = '/apis/batch/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';
const jobOf = (name: string) => find<Job>(`${BATCH}/jobs/${name}`);
const podsOf = async (name: string) =>
  (await find<{ items: Pod[] }>(`/api/v1/namespaces/default/pods?labelSelector=job-name%3D${name}`))?.items ?? [];

async function ends(name: string, type: 'Complete' | 'Failed'): Promise<Job> {
  const hasEnded = (job: Job) => job.status?.conditions?.some((each) => each.type === type && each.status === 'True');
  return waitUntil(
    `Job ${name} is ${type}`,
    async () => {
      const job = await jobOf(name);
      return job !== undefined && hasEnded(job) === true && job;
    },
    { describe: async () => [(await jobOf(name))?.status, (await podsOf(name)).map(({ status }) => status)] },
  );
}

function job(name: string, spec: string, script: string, restartPolicy = 'Never'): string {
  return `---
apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  ${spec}
  template:
    spec:
      restartPolicy: ${restartPolicy}
      terminationGracePeriodSeconds: 1
      containers:
        - name: app
          image: busybox:1.36
          command: ["sh", "-c", ${JSON.stringify(script)}]
`;
}

test('Jobs run to their ends on the engine: plain, indexed, failing by policy, restarted in place', async () => {
  const policy =
    'podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}\n  backoffLimit: 3';
  await start(
    [
      job('plain', 'completions: 2\n  parallelism: 2', 'echo done'),
      job(
        'indexed',
        'completionMode: Indexed\n  completions: 3\n  parallelism: 3',
        'echo $JOB_COMPLETION_INDEX $(hostname)',
      ),
      job('fatal', policy, 'exit 42'),
      job('again', 'backoffLimit: 1', 'test -f /tmp/x || { touch /tmp/x; false; }', 'OnFailure'),
      job('overdue', 'activeDeadlineSeconds: 2', 'sleep 1000'),
    ].join(''),
  );
  expect((await ends('plain', 'Complete')).status).toMatchObject({ succeeded: 2, uncountedTerminatedPods: {} });
  expect((await ends('indexed', 'Complete')).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
  const logs = await Promise.all(
    (await podsOf('indexed')).map(async ({ metadata }) =>
      (await box.berth.call('GET', `/api/v1/namespaces/default/pods/${metadata.name}/log`)).body.trim(),
    ),
  );
  expect(logs.sort()).toEqual(['0 indexed-0', '1 indexed-1', '2 indexed-2']);
  const fatal = await ends('fatal', 'Failed');
  expect(fatal.status?.conditions?.at(-1)).toMatchObject({ reason: 'PodFailurePolicy' });
  expect(fatal.status).toMatchObject({ failed: 1 });
  // Each container has a file system of its own, so this one fails until the limit is reached.
  expect((await ends('again', 'Failed')).status?.conditions?.at(-1)).toMatchObject({ reason: 'BackoffLimitExceeded' });
  expect((await ends('overdue', 'Failed')).status).toMatchObject({ failed: 1, terminating: 0 });
  await waitUntil('its pod is gone', async () => (await podsOf('overdue')).length === 0);
  const held = (await Promise.all(['plain', 'indexed', 'fatal', 'again'].map(podsOf))).flat();
  expect(held.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
}, 180_000);

test('a finished Job stays finished over a crash, one that runs is not started twice, and both go with their pods', async () => {
  await start(job('done', 'backoffLimit: 1', 'echo done') + job('busy', 'backoffLimit: 1', 'sleep 1000'));
  const uid = (await ends('done', 'Complete')).metadata.uid;
  const isBusy = async () => (await podsOf('busy')).some(({ status }) => status?.phase === 'Running');
  await waitUntil('the pod runs', isBusy);
  const before = (await podsOf('busy')).map(({ metadata }) => metadata.uid);
  await box.restart('SIGKILL');
  await waitUntil('the pod still runs', isBusy);
  expect((await podsOf('busy')).map(({ metadata }) => metadata.uid)).toEqual(before);
  expect((await jobOf('done'))?.metadata.uid).toBe(uid);
  expect((await jobOf('done'))?.status).toMatchObject({ succeeded: 1 });
  await box.repository.push({ 'all.yaml': configMap('left', { a: '1' }) });
  await waitUntil('all is gone', async () => {
    const pods = [...(await podsOf('busy')), ...(await podsOf('done'))];
    return pods.length === 0 && (await jobOf('busy')) === undefined;
  });
}, 180_000);

test('a CronJob starts its Jobs, a DaemonSet runs on the box, and StatefulSet pods come up in order under their names', async () => {
  const container =
    'containers: [{name: app, image: busybox:1.36, command: [sh, -c, "trap \'exit 0\' TERM; while :; do sleep 0.1; done"]}]';
  await start(`apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: '@every 3s'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: app, image: busybox:1.36, command: [echo, tick]}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {terminationGracePeriodSeconds: 1, ${container}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {terminationGracePeriodSeconds: 1, ${container}}
`);
  const cronJob = () => find<CronJob>(`${BATCH}/cronjobs/tick`);
  await waitUntil('a run has succeeded', async () => (await cronJob())?.status?.lastSuccessfulTime !== undefined);
  const daemon = () => find<DaemonSet>(`${APPS}/daemonsets/agent`);
  await waitUntil('the daemon is ready', async () => (await daemon())?.status?.numberReady === 1);
  const stateful = () => find<StatefulSet>(`${APPS}/statefulsets/db`);
  await waitUntil('both are ready', async () => (await stateful())?.status?.readyReplicas === 2);
  const pods = await find<{ items: Pod[] }>('/api/v1/namespaces/default/pods?labelSelector=app%3Ddb');
  expect(pods?.items.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
}, 180_000);

test('a migration of Git with no time to live runs once, also when Berth is killed, and once more for another manifest', async () => {
  const migrate = (version: string) =>
    job('migrate', `ttlSecondsAfterFinished: 0`, `echo ${version}`).replace(
      'name: migrate',
      `name: migrate, labels: {v: "${version}"}`,
    );
  await start(migrate('1'));
  const runs = async () => (await box.berth.events()).filter(({ reason }) => reason === 'Completed').length;
  await waitUntil(
    'the Job has run and gone',
    async () => (await runs()) === 1 && (await jobOf('migrate')) === undefined,
  );
  await box.restart('SIGKILL');
  const second = await box.repository.push({ 'all.yaml': migrate('1'), 'page.yaml': configMap('page', { a: '1' }) });
  await box.berth.reaches(second, 'Healthy');
  expect([await runs(), await jobOf('migrate'), await podsOf('migrate')]).toEqual([1, undefined, []]);
  await box.repository.push({ 'all.yaml': migrate('2'), 'page.yaml': configMap('page', { a: '1' }) });
  await waitUntil(
    'the other manifest has run',
    async () => (await runs()) === 2 && (await jobOf('migrate')) === undefined,
  );
});
