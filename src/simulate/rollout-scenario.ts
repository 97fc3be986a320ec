import { SimulatedWorld } from './simulated-world.ts';

/** What a played rollout came to. */
export interface RolloutReport {
  readonly phase: string | undefined;
  readonly readyPods: number;
  /** Fewest ready pods while the second version replaced the first. */
  readonly lowestReady: number;
  readonly virtualSeconds: number;
  readonly traceLines: number;
  readonly traceHash: string;
}

const PLAYED_MS = 600_000;

function manifests(replicas: number, image: string): Record<string, string> {
  return {
    'namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n',
    'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
          resources: {requests: {cpu: 10m, memory: 8Mi}}
`,
  };
}

/** Brings up `replicas` pods, rolls them over to a second image, and plays on to ten virtual minutes. */
export async function playRollout(options: {
  readonly seed: number;
  readonly replicas: number;
}): Promise<RolloutReport> {
  const { seed, replicas } = options;
  const world = new SimulatedWorld({ seed });
  const client = world.registry.client({ user: 'observer', fieldManager: 'observer' });
  const countReady = () =>
    client
      .list('Pod', { namespace: 'shop' })
      .filter(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
      .length;
  world.push(manifests(replicas, 'app:1'));
  await world.start();
  await world.runUntil(() => world.phaseOf('memory') === 'Healthy', PLAYED_MS / 2);
  let lowestReady = countReady();
  const stop = client.watch('Pod', () => {
    lowestReady = Math.min(lowestReady, countReady());
  });
  world.push(manifests(replicas, 'app:2'));
  await world.run(PLAYED_MS - world.clock.monotonicMs());
  stop();
  return {
    phase: world.phaseOf('memory'),
    readyPods: countReady(),
    lowestReady,
    virtualSeconds: world.clock.monotonicMs() / 1_000,
    traceLines: world.trace.count,
    traceHash: world.trace.hash(),
  };
}
