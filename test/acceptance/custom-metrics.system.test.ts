import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { HorizontalPodAutoscaler, Pod } from '../../src/objects/types.ts';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { deployment } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';
import { waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;
let adapter: ChildProcess | undefined;

beforeAll(async () => {
  program = await bundleBerth();
});
afterEach(async () => {
  adapter?.kill('SIGKILL');
  await box?.remove();
});
afterAll(() => program?.remove());

const autoscaler = (name: string, metric: string) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ${name}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${name}}
  maxReplicas: 10
  metrics: [${metric}]
`;
/** In the version of before 2022, as many repositories still have it. */
const OLD = `apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: old}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: old}
  maxReplicas: 10
  targetCPUUtilizationPercentage: 60
`;
const PODS = '{type: Pods, pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: "10"}}}';
const EXTERNAL = '{type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "5"}}}';

/** The program of `docs/metrics.md`, as its reader would start it. */
async function startDocumentedAdapter(folder: string): Promise<string> {
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const file = join(folder, 'adapter.mjs');
  await writeFile(file, /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  const child = spawn(process.execPath, [file], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  adapter = child;
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const port = await waitUntil('the adapter listens', async () => /listening on (\d+)/.exec(output)?.[1]);
  return `http://127.0.0.1:${port}`;
}

async function read<T>(path: string): Promise<T | undefined> {
  const { status, body } = await box.berth.call('GET', path);
  return status === 200 ? (JSON.parse(body) as T) : undefined;
}

function readAutoscaler(name: string): Promise<HorizontalPodAutoscaler | undefined> {
  return read(`/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/${name}`);
}

function scaled(name: string, replicas: number) {
  return waitUntil(
    `${name} is scaled to ${replicas}`,
    async () => {
      const found = await readAutoscaler(name);
      return found?.status?.desiredReplicas === replicas && found;
    },
    { describe: () => readAutoscaler(name), withinMs: 60_000 },
  );
}

test('autoscalers scale by a metric of their pods and by one of the outside, from an adapter as the documentation has it', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
  const url = await startDocumentedAdapter(box.folder);
  const report = (path: string, value: string) =>
    fetch(`${url}/report/default/${path}`, { method: 'PUT', body: value });
  const config = join(box.folder, 'config.yaml');
  await writeFile(config, JSON.stringify({ metrics: { custom: { url }, external: { url } } }));
  await report('external/queue', '12');
  const files = {
    'web.yaml': deployment('web').replace('  replicas: 1\n', ''),
    'worker.yaml': deployment('worker').replace('  replicas: 1\n', ''),
    'old.yaml': [deployment('old').replace('  replicas: 1\n', ''), OLD].join('---\n'),
    'autoscalers.yaml': [autoscaler('web', PODS), autoscaler('worker', EXTERNAL)].join('---\n'),
  };
  const commit = await box.repository.push(files);
  await box.start({ args: ['--config', config] });
  await box.berth.reaches(commit, 'Healthy');

  const v1 = await read('/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/old');
  expect(v1).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 60 } });
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 60 } } }];
  expect(await readAutoscaler('old')).toMatchObject({ apiVersion: 'autoscaling/v2', spec: { metrics } });

  // 12 waiting, five for each: three. The status says what it was when that was decided: 12 for the one pod that there was, or, on a machine that
  // was slow to look, 4 for each of three.
  const worker = await scaled('worker', 3);
  expect(worker.status?.currentMetrics?.[0]?.external?.current?.averageValue).toMatch(/^(12|4)$/);

  // Nobody has told of any pod yet: that is said in Kubernetes' words, and nothing is scaled.
  const conditionOf = (found: HorizontalPodAutoscaler | undefined) =>
    found?.status?.conditions?.find(({ type }) => type === 'ScalingActive');
  const silent = await waitUntil(
    'the autoscaler has asked',
    async () => {
      const condition = conditionOf(await readAutoscaler('web'));
      return condition?.reason === 'FailedGetPodsMetric' && condition;
    },
    { describe: () => readAutoscaler('web'), withinMs: 60_000 },
  );
  expect(silent).toMatchObject({
    status: 'False',
    reason: 'FailedGetPodsMetric',
    message:
      'the HPA was unable to compute the replica count: unable to get metric requests: no metrics returned from custom metrics API',
  });

  // 25 requests in the one pod, ten for each: three.
  const pods = await read<{ readonly items: readonly Pod[] }>(
    '/api/v1/namespaces/default/pods?labelSelector=app%3Dweb',
  );
  expect(pods?.items.length).toBe(1);
  await report(`pods/${pods?.items[0]?.metadata.name}/requests`, '25');
  const web = await scaled('web', 3);
  expect(conditionOf(web)).toMatchObject({ status: 'True', reason: 'ValidMetricFound' });
}, 120_000);
