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
