import { createRegistry, REGISTRY_INDEXES } from '../src/api/index.ts';
import { Scheduler } from '../src/controllers/index.ts';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { SeededRandom } from '../src/lib/random.ts';
import type { KubernetesObject } from '../src/objects/types.ts';
import { createMemoryStore } from '../src/store/index.ts';
import { type BenchReport, figure, median } from './report.ts';

const NODES = 1_000;
const ZONES = 10;
const PODS = 10_000;
/** Pods of one application: those that are spread or kept apart from each other. */
const APPLICATION_PODS = 100;
const ROUNDS = 3;
const AIM_PODS_PER_SECOND = 5_000;

/**
 * Binds 10,000 pods to 1,000 nodes: half of them plain, a quarter spread over zones, a quarter kept apart by required
 * anti-affinity on the host name. Measured from the scheduler's first look until the last binding is written to the
 * registry; making the pods is not counted.
 */
export async function benchScheduler(): Promise<BenchReport> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(round));
  return {
    name: 'scheduler',
    figures: [
      figure({
        name: `${PODS} pods onto ${NODES} nodes`,
        value: median(rounds.map(({ podsPerSecond }) => podsPerSecond)),
        unit: 'pods/s',
        aim: { of: 'value', op: '≥', bound: AIM_PODS_PER_SECOND },
      }),
      figure({
        name: 'processor time of one pod',
        value: median(rounds.map(({ cpuMicroseconds }) => cpuMicroseconds)),
        unit: 'µs',
      }),
    ],
    notes: [
      `median of ${ROUNDS} rounds; half plain, a quarter spread over ${ZONES} zones, a quarter apart by host name; bind writes included`,
      "kube-scheduler's own benchmark asks 600–900 pods/s of itself",
    ],
  };
}

interface Round {
  readonly podsPerSecond: number;
  /** Of the whole process, per pod: what the figure would be on a machine of its own. */
  readonly cpuMicroseconds: number;
}

async function measureRound(seed: number): Promise<Round> {
  const store = createMemoryStore({ indexes: REGISTRY_INDEXES });
  const registry = createRegistry({ store, clock: linuxClock, random: new SeededRandom(seed) });
  const client = registry.client({ user: 'bench', fieldManager: 'bench' });
  client.transaction(() => {
    for (let i = 0; i < NODES; i++) client.create(newNode(i));
  });
  for (let i = 0; i < PODS; i += 500) {
    client.transaction(() => {
      for (let j = i; j < i + 500; j++) client.create(newPod(j));
    });
  }
  const scheduler = new Scheduler({ client, clock: linuxClock, random: new SeededRandom(seed), logger: silentLogger });
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  scheduler.start();
  while (scheduler.counters().bound < PODS) {
    const { unschedulable, errors } = scheduler.counters();
    if (unschedulable + errors > 0) throw new Error(`${unschedulable} pods found no node, ${errors} were refused`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  scheduler.stop();
  registry.close();
  return { podsPerSecond: PODS / seconds, cpuMicroseconds: (user + system) / PODS };
}

function newNode(index: number): KubernetesObject {
  const name = `node-${String(index).padStart(4, '0')}`;
  const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${index % ZONES}` };
  const status = { allocatable: { cpu: '16', memory: '64Gi', pods: '110' } };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status };
}

/** Every fourth pod is spread, every fourth kept apart; the kinds take turns as they would in a cluster. */
function newPod(index: number): KubernetesObject {
  const app = `app-${index % 4}-${Math.floor(index / 4 / APPLICATION_PODS)}`;
  const labelSelector = { matchLabels: { app } };
  const resources = { requests: { cpu: '100m', memory: '128Mi' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace: 'default', labels: { app } },
    spec: { containers: [{ name: 'app', image: 'app:1', resources }], ...rulesOf(index % 4, labelSelector) },
  };
}

function rulesOf(turn: number, labelSelector: object): object {
  if (turn === 1) {
    const topologyKey = 'topology.kubernetes.io/zone';
    return {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector }],
    };
  }
  if (turn !== 3) return {};
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector };
  return { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
}
