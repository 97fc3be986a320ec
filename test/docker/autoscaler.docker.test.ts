import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { HorizontalPodAutoscaler } from '../../src/objects/types.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { TestBox } from './testing/test-box.ts';
import { waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});
afterEach(() => box?.remove());
afterAll(() => program?.remove());

const BUSY = `apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  replicas: 1
  selector: {matchLabels: {app: busy}}
  template:
    metadata: {labels: {app: busy}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: busy
          image: busybox:1.36
          command: [sh, -c, "while :; do :; done"]
          resources: {requests: {cpu: 50m, memory: 8Mi}, limits: {cpu: 200m}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: busy}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: busy}
  maxReplicas: 2
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
`;

test('a busy loop makes its Deployment scale up, by what the kernel counts', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  await box.repository.push({ 'all.yaml': BUSY });
  await box.start();
  const read = async () => {
    const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/busy';
    const { status, body } = await box.berth.call('GET', path);
    return status === 200 ? (JSON.parse(body) as HorizontalPodAutoscaler) : undefined;
  };
  const scaled = await waitUntil(
    'the autoscaler has scaled',
    async () => {
      const autoscaler = await read();
      return autoscaler?.status?.desiredReplicas === 2 && autoscaler;
    },
    { describe: read, withinMs: 90_000 },
  );
  // The loop is held to 200m of its request of 50m: four times what it asks for, less on a machine that is busy otherwise.
  const used = scaled.status?.currentMetrics?.[0]?.resource?.current.averageUtilization ?? 0;
  expect(used).toBeGreaterThan(60);
  expect(used).toBeLessThanOrEqual(500);
});
