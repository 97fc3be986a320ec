import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanReport } from '../../src/report/index.ts';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { deployment, HTTPD, READY_ON_8080 } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {token: very-hidden-7}\n';
const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n';

function site(version: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const container = [
    READY_ON_8080,
    'env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}, {name: PLAIN, value: shown}]',
    'envFrom: [{secretRef: {name: key}}]',
  ].join('\n');
  return {
    'secret.yaml': SECRET,
    'config.yaml': CONFIG,
    'web.yaml': deployment('web', { replicas: 3, version, command: HTTPD, container }),
    'other.yaml': deployment('other', { replicas: 2, command: HTTPD, container: READY_ON_8080 }),
    ...more,
  };
}

async function plan(...args: readonly string[]): Promise<PlanReport> {
  const { output } = await box.run('plan', '-o', 'json', '--repo', box.repository.path, '--runtime', 'sim', ...args);
  return JSON.parse(output.slice(output.indexOf('{')));
}

test('a plan from the status branch says the same as one from the store, and names no secret', async () => {
  const first = await box.repository.push(site('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  await waitUntil('the status branch is of the commit', async () => {
    const [status, live] = await Promise.all([
      box.repository.statusFile('box/status.yaml'),
      box.repository.statusFile('box/live.json'),
    ]);
    return status?.includes('phase: Healthy') === true && live !== undefined;
  });
  const same = await plan('--base', 'main', '--head', 'main', '--live', 'status-branch');
  expect(same).toMatchObject({ hasChanges: false, live: { source: 'status-branch', stale: [], deployed: [first] } });
  expect(same.applications.flatMap(({ rollouts }) => rollouts)).toEqual([]);

  const head = await box.repository.commit({ ...site('2'), 'config.yaml': CONFIG.replace('info', 'debug') });
  await box.repository.pushTo('feature');
  const published = await plan('--base', 'main', '--head', 'feature', '--live', 'status-branch');
  // What the box observed reaches its store up to two seconds later, since a rollout's pods are written down together.
  const stored = await waitUntil('the store has what was observed', async () => {
    const report = await plan('--base', 'main', '--head', 'feature', '--live', 'store');
    return report.applications[0]?.readyIn.kind === 'observed' ? report : undefined;
  });
  expect(published.head.id).toBe(head);
  const [app] = published.applications;
  expect(app).toMatchObject({
    counts: { created: 0, configured: 2, deleted: 0 },
    readyIn: { kind: 'observed' },
    rollouts: [
      { object: 'Deployment/default/web', outcome: 'stable', replicasBefore: 3, finalReplicas: 3, lowestReady: 3 },
    ],
    restarts: [{ object: 'Deployment/default/web', kind: 'restarted', pods: 3 }],
  });
  const comparable = ({ applications, findings, result }: PlanReport) => ({
    result,
    findings,
    applications: applications.map(({ rollouts, ...rest }) => ({
      ...rest,
      readyIn: rest.readyIn.kind,
      rollouts: rollouts.map(({ timeline: _timeline, readyIn, ...rollout }) => ({ ...rollout, readyIn: readyIn.kind })),
    })),
  });
  expect(comparable(published)).toEqual(comparable(stored));
  expect(JSON.stringify([published, stored])).not.toContain('very-hidden-7');
});

const claim = (name: string, storageClass: string) =>
  `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec: {accessModes: [ReadWriteOnce], storageClassName: ${storageClass}, resources: {requests: {storage: 1Gi}}}\n`;
const KEPT_CLASS =
  'apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: kept}\nprovisioner: rancher.io/local-path\nreclaimPolicy: Retain\nvolumeBindingMode: WaitForFirstConsumer\n';
const job = (version: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {kustomize.toolkit.fluxcd.io/force: enabled}}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: migrate, image: "busybox:${version}", command: [sleep, "3600"]}]}\n`;
const database = (name: string) =>
  deployment(name, {
    replicas: 1,
    command: HTTPD,
    container: `${READY_ON_8080}\nvolumeMounts: [{name: data, mountPath: /data}]`,
    pod: `volumes: [{name: data, persistentVolumeClaim: {claimName: ${name}}}]`,
  });

test('what becomes of data is said as it is on the box, whether the store or the status branch is asked', async () => {
  const before = {
    'class.yaml': KEPT_CLASS,
    'lost.yaml': `${claim('lost', 'local-path')}---\n${database('lost')}`,
    'kept.yaml': `${claim('kept', 'kept')}---\n${database('kept')}`,
    'job.yaml': job('1.36'),
  };
  const first = await box.repository.push(before);
  await box.berth.reaches(first, 'Healthy');
  await waitUntil('the status branch has the volumes', async () => {
    const live = await box.repository.statusFile('box/live.json');
    return live?.includes('"kind":"PersistentVolume"') === true && live.includes('"migrate"');
  });
  await box.repository.commit({ 'class.yaml': KEPT_CLASS, 'job.yaml': job('1.37') });
  await box.repository.pushTo('less');
  for (const live of ['status-branch', 'store']) {
    const { findings, applications } = await plan('--base', 'main', '--head', 'less', '--live', live);
    const atRisk = findings.filter(({ code }) => code === 'DataAtRisk');
    expect(atRisk.map(({ severity, object, message }) => `${severity} ${object}: ${message}`)).toEqual([
      expect.stringMatching(
        /^error PersistentVolumeClaim\/default\/lost: the claim is deleted, and the data of its volume pvc-\S+ with it$/,
      ),
      expect.stringMatching(
        /^warning PersistentVolumeClaim\/default\/kept: the claim is deleted; its volume pvc-\S+ is retained/,
      ),
    ]);
    expect(applications[0]?.counts).toMatchObject({ replaced: 1, deleted: 4, configured: 0 });
    expect(findings.filter(({ code }) => code === 'FieldImmutable')).toEqual([]);
  }
});

test('what only the box has is not missing, whether the store or the status branch is asked', async () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'by-hand' } };
  const made = await box.berth.call('POST', '/api/v1/namespaces', JSON.stringify(namespace));
  expect(made.status).toBe(201);
  const files = { 'page.yaml': CONFIG.replace('{name: settings}', '{name: settings, namespace: by-hand}') };
  const commit = await box.repository.push(files);
  await box.berth.reaches(commit, 'Healthy');
  await waitUntil('the status branch has the namespace', async () =>
    (await box.repository.statusFile('box/live.json'))?.includes('"by-hand"'),
  );
  for (const live of ['store', 'status-branch'])
    expect((await plan('--head', 'main', '--live', live)).findings.map(({ message }) => message)).toEqual([]);
});
