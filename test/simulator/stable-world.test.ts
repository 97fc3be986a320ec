import { expect, it } from 'vitest';
import { SimulatedWorld } from '../../src/simulate/index.ts';

const HOUR_MS = 3_600_000;
const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 20
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "app:1"}]}
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
    spec: {containers: [{name: db, image: "app:1"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: log}
spec:
  selector: {matchLabels: {app: log}}
  template:
    metadata: {labels: {app: log}}
    spec: {containers: [{name: log, image: "app:1"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: "done:1"}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 15, selector: {matchLabels: {app: web}}}
`;

it('reconciles nothing, schedules nothing and writes nothing for hours once it is stable', async () => {
  const images = { 'done:1': { process: { exit: { afterMs: 2_000, code: 0 } } } };
  const world = new SimulatedWorld({ seed: 11, engine: { images, cpuCount: 8 } });
  world.push({ 'all.yaml': MANIFESTS });
  await world.start();
  expect(await world.runUntil(() => world.phaseOf('memory') === 'Healthy', 5 * 60_000)).toBe(true);
  // The events of the rollout are kept for an hour.
  await world.run(2 * HOUR_MS);
  const before = countsOf(world);
  await world.run(3 * HOUR_MS);
  const after = countsOf(world);
  expect(after.work).toEqual(before.work);
  // Whether a node has fallen silent only time can tell: it is looked at once in its grace of 50 s, as it goes on speaking.
  expect(after.nodeLooks - before.nodeLooks).toBeLessThanOrEqual((3 * HOUR_MS) / 50_000);
});

function countsOf({ box, store }: SimulatedWorld) {
  const counters = [...box.manager.counters()];
  const reconciles = counters.map(([name, counts]) => [name, counts.reconciles] as const);
  const others = Object.fromEntries(reconciles.filter(([name]) => name !== 'node-controller'));
  const nodeLooks = box.manager.counters().get('node-controller')?.reconciles ?? 0;
  return { work: { revision: store.revision, attempts: box.scheduler.counters().attempts, ...others }, nodeLooks };
}
