import { describe, expect, it } from 'vitest';
import { SimulatedWorld } from '../../src/simulate/index.ts';

const MINUTE_MS = 60_000;

function manifests(replicas: number): Record<string, string> {
  return {
    'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: web, image: "busy:1", resources: {requests: {cpu: 100m, memory: 8Mi}}}]
`,
    'scaler.yaml': `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 6
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
`,
  };
}

/** A box with an image whose containers use half a core until they are 20 minutes old, and next to nothing from then on. */
function createWorld(onCall: (operation: string) => void = () => {}): SimulatedWorld {
  const cpuShare = [
    { fromMs: 0, share: 0.5 },
    { fromMs: 20 * MINUTE_MS, share: 0.001 },
  ];
  const faults = ({ operation }: { readonly operation: string }) => void onCall(operation);
  return new SimulatedWorld({
    seed: 5,
    engine: { images: { 'busy:1': { process: { cpuShare } } }, cpuCount: 8, faults },
  });
}

describe('an autoscaler in a whole box', () => {
  it('goes by what the engine measures, up and down, and Git gives way to it', async () => {
    const world = createWorld();
    const client = world.registry.client({ user: 'observer', fieldManager: 'observer' });
    const replicas = () => client.get('Deployment', { namespace: 'default', name: 'web' })?.spec?.replicas;
    world.push(manifests(2));
    await world.start();
    expect(await world.runUntil(() => world.phaseOf('memory') === 'Healthy', 2 * MINUTE_MS)).toBe(true);
    expect(replicas()).toBe(2);
    await world.run(10 * MINUTE_MS);
    expect(replicas()).toBe(6);
    const scaler = client.get('HorizontalPodAutoscaler', { namespace: 'default', name: 'web' });
    expect(scaler?.status?.currentMetrics?.[0]?.resource?.current).toEqual({
      averageUtilization: 500,
      averageValue: '500m',
    });

    world.events.length = 0;
    world.push(manifests(3));
    await world.run(MINUTE_MS);
    expect(replicas()).toBe(6);
    expect(world.phaseOf('memory')).toBe('Healthy');
    const ceded = world.events.flatMap((event) =>
      event.type === 'applied' ? event.changes.flatMap((change) => change.ceded) : [],
    );
    expect(ceded).toEqual(['spec.replicas (kube-controller-manager)']);

    await world.run(30 * MINUTE_MS);
    expect(replicas()).toBe(2);
  });

  it('lets nothing be measured before it is there and after it has gone', async () => {
    let measured = 0;
    const world = createWorld((operation) => {
      if (operation === 'usage') measured++;
    });
    const { 'web.yaml': web = '', 'scaler.yaml': scaler = '' } = manifests(2);
    world.push({ 'web.yaml': web });
    await world.start();
    await world.run(5 * MINUTE_MS);
    expect(measured).toBe(0);
    world.push({ 'web.yaml': web, 'scaler.yaml': scaler });
    await world.run(2 * MINUTE_MS);
    expect(measured).toBeGreaterThan(0);
    world.push({ 'web.yaml': web });
    await world.run(5 * MINUTE_MS);
    const after = measured;
    await world.run(60 * MINUTE_MS);
    expect(measured).toBe(after);
  });
});
