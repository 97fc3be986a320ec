import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** A server of external metrics on the box itself: files of a ConfigMap, behind a Service. */
const ADAPTER = `apiVersion: v1
kind: ConfigMap
metadata: {name: adapter}
data:
  queue: |
    {"kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": {},
     "items": [{"metricName": "queue", "metricLabels": {}, "timestamp": "2026-01-01T00:00:00Z", "value": "7"}]}
---
apiVersion: v1
kind: Service
metadata: {name: adapter}
spec: {selector: {app: adapter}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: adapter}
spec:
  selector: {matchLabels: {app: adapter}}
  template:
    metadata: {labels: {app: adapter}}
    spec:
      terminationGracePeriodSeconds: 0
      volumes:
        - name: files
          configMap:
            name: adapter
            items: [{key: queue, path: apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue}]
      containers:
        - name: httpd
          image: busybox:1.36
          command: [httpd, -f, -p, "8080", -h, /files]
          readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
          volumeMounts: [{name: files, mountPath: /files}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: worker, image: "busybox:1.36", command: [sleep, "100000"]}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: worker}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
  maxReplicas: 5
  metrics:
    - {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: "3"}}}
`;

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
  const read = () => readAutoscaler('busy');
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

test('a metric of the outside comes from a pod of the box, found by its Service', async () => {
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  const config = join(box.folder, 'config.yaml');
  const service = { namespace: 'default', name: 'adapter', port: 80, scheme: 'http' };
  await writeFile(config, JSON.stringify({ metrics: { external: { service } } }));
  await box.repository.push({ 'all.yaml': ADAPTER });
  await box.start({ args: ['--config', config] });
  const read = () => readAutoscaler('worker');
  // Seven waiting, three for each: three workers.
  await waitUntil('the workers are scaled', async () => (await read())?.status?.desiredReplicas === 3, {
    describe: read,
    withinMs: 90_000,
  });
});

async function readAutoscaler(name: string): Promise<HorizontalPodAutoscaler | undefined> {
  const path = `/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/${name}`;
  const { status, body } = await box.berth.call('GET', path);
  return status === 200 ? (JSON.parse(body) as HorizontalPodAutoscaler) : undefined;
}
