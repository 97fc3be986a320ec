import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createRegistry, REGISTRY_INDEXES } from '../src/api/index.ts';
import { ControllerManager, createControllers, Scheduler } from '../src/controllers/index.ts';
import { FakeKubelet } from '../src/controllers/testing.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { SeededRandom } from '../src/lib/random.ts';
import { VirtualClock } from '../src/lib/virtual-clock.ts';
import type { KubernetesObject } from '../src/objects/types.ts';
import { createMemoryStore } from '../src/store/index.ts';
import { type BenchReport, type Figure, figure } from './report.ts';

const REPLICAS = 10;
const FEW_PODS = 1_000;
const MANY_PODS = 10_000;
const PODS_PER_NODE = 100;
/** A cost per pod that has grown by less than this from a thousand to ten thousand counts as flat: caches hold less of the larger world. */
const FLAT = 1.3;
const HOUR_MS = 3_600_000;
const STABLE_HOURS = 3;

/**
 * Deployments of ten pods each are made and rolled over to a second image in a world on a virtual clock: the real registry, controllers and
 * scheduler over a store in memory, and node agents that only pretend. What is measured is the processor time of it all per pod, and afterwards
 * what hours without any change cost.
 */
export async function benchControllers(): Promise<BenchReport> {
  // The compiler has seen all of it before anything is measured.
  const warm = new BenchWorld();
  warm.make(FEW_PODS);
  warm.roll();
  warm.stop();
  const few = measureWorld(FEW_PODS);
  const many = measureWorld(MANY_PODS);
  const ratio = (name: string, unit: string, of: (measured: Measured) => number): Figure =>
    figure({
      name,
      value: of(many),
      unit,
      yardstick: { name: `with ${FEW_PODS}`, value: of(few) },
      aim: { of: 'ratio', op: '≤', bound: FLAT },
    });
  return {
    name: 'controllers',
    figures: [
      ratio(`${MANY_PODS} pods made`, 'µs/pod', ({ madeMicroseconds }) => madeMicroseconds),
      ratio(`${MANY_PODS} pods rolled`, 'µs/pod', ({ rolledMicroseconds }) => rolledMicroseconds),
      ratio('memory', 'KB/pod', ({ memoryKilobytes }) => memoryKilobytes),
      ratio('reconciles of a roll', '/pod', ({ reconcilesPerPod }) => reconcilesPerPod),
      nothing(`reconciles in ${STABLE_HOURS} stable hours`, many.stable.reconciles, ''),
      nothing(`writes in ${STABLE_HOURS} stable hours`, many.stable.writes, ''),
      figure({ name: `processor time of ${STABLE_HOURS} stable hours`, value: many.stable.cpuMs, unit: 'ms' }),
    ],
    notes: [
      `${MANY_PODS / REPLICAS} Deployments of ${REPLICAS} pods on ${MANY_PODS / PODS_PER_NODE} nodes; 25 % surge and unavailability`,
      'memory: heap after a collection, with the history that the store keeps; the hours begin once the events have expired',
    ],
  };
}

function nothing(name: string, value: number, unit: string): Figure {
  return figure({ name, value, unit, aim: { of: 'value', op: '≤', bound: 0 } });
}

interface Measured {
  readonly madeMicroseconds: number;
  readonly rolledMicroseconds: number;
  readonly memoryKilobytes: number;
  readonly reconcilesPerPod: number;
  readonly stable: { readonly reconciles: number; readonly writes: number; readonly cpuMs: number };
}

function measureWorld(pods: number): Measured {
  const emptyBytes = heapBytes();
  const world = new BenchWorld();
  const madeMs = cpuMsOf(() => world.make(pods));
  const memoryBytes = heapBytes() - emptyBytes;
  const before = world.reconciles();
  const rolledMs = cpuMsOf(() => world.roll());
  const rolled = world.reconciles() - before;
  const stable = world.rest();
  world.stop();
  return {
    madeMicroseconds: (madeMs * 1_000) / pods,
    rolledMicroseconds: (rolledMs * 1_000) / pods,
    memoryKilobytes: memoryBytes / 1_024 / pods,
    reconcilesPerPod: rolled / pods,
    stable,
  };
}

function cpuMsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

class BenchWorld {
  readonly #clock = new VirtualClock();
  readonly #random = new SeededRandom(1);
  readonly #store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: this.#clock });
  readonly #registry = createRegistry({ store: this.#store, clock: this.#clock, random: this.#random });
  readonly #client = this.#registry.client({ user: 'bench', fieldManager: 'bench' });
  readonly #manager: ControllerManager;
  readonly #scheduler: Scheduler;
  readonly #kubelet: FakeKubelet;

  constructor() {
    const context = { client: this.#client, clock: this.#clock, random: this.#random, logger: silentLogger };
    const controllers = createControllers({ ...context, finalizeNamespace: () => {} });
    this.#manager = new ControllerManager({ ...context, controllers });
    this.#scheduler = new Scheduler(context);
    this.#kubelet = new FakeKubelet(this.#client, this.#clock);
    this.#manager.start();
    this.#scheduler.start();
  }

  make(pods: number): void {
    for (let i = 0; i < pods / PODS_PER_NODE; i++) this.#client.create(newNode(i));
    for (let i = 0; i < pods / REPLICAS; i++) this.#client.create(newDeployment(i));
    this.#settle();
    this.#expectReady(pods, 'app:1');
  }

  roll(): void {
    const deployments = this.#client.list('Deployment');
    for (const { apiVersion, kind, metadata } of deployments) {
      const containers = [{ name: 'app', image: 'app:2' }];
      const reference = { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
      this.#client.patch(reference, 'strategic', { spec: { template: { spec: { containers } } } });
    }
    this.#settle();
    this.#expectReady(deployments.length * REPLICAS, 'app:2');
  }

  /** Hours in which nothing is asked of it. */
  rest(): Measured['stable'] {
    this.#advance(2 * HOUR_MS);
    const [reconciles, revision] = [this.reconciles(), this.#store.revision];
    const cpuMs = cpuMsOf(() => this.#advance(STABLE_HOURS * HOUR_MS));
    return { reconciles: this.reconciles() - reconciles, writes: this.#store.revision - revision, cpuMs };
  }

  reconciles(): number {
    return [...this.#manager.counters().values()].reduce((sum, counters) => sum + counters.reconciles, 0);
  }

  stop(): void {
    this.#manager.stop();
    this.#scheduler.stop();
    this.#kubelet.stop();
    this.#registry.close();
  }

  /** Until nothing is due for five seconds. */
  #settle(): void {
    const clock = this.#clock;
    while ((clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= clock.monotonicMs() + 5_000) clock.fireNext();
  }

  #advance(ms: number): void {
    const endMs = this.#clock.monotonicMs() + ms;
    while ((this.#clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) this.#clock.fireNext();
    this.#clock.moveTo(endMs);
  }

  #expectReady(count: number, image: string): void {
    const pods = this.#client.list('Pod').filter(({ spec, status }) => {
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      return isReady === true && spec?.nodeName !== undefined && spec.containers[0]?.image === image;
    });
    if (pods.length !== count) throw new Error(`${pods.length} of ${count} pods of ${image} are ready and placed`);
  }
}

function newNode(index: number): KubernetesObject {
  const name = `node-${index}`;
  const status = {
    allocatable: { cpu: '64', memory: '256Gi', pods: String(PODS_PER_NODE * 2) },
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, status };
}

function newDeployment(index: number): KubernetesObject {
  const app = `app-${index}`;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace: 'default' },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: {
          containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
        },
      },
    },
  };
}
