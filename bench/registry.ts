import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Client, createRegistry, REGISTRY_INDEXES } from '../src/api/index.ts';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { openLinuxDisk } from '../src/host/linux/linux-disk.ts';
import { SeededRandom } from '../src/lib/random.ts';
import type { KubernetesObject } from '../src/objects/types.ts';
import { createMemoryStore, openDiskStore, type Store } from '../src/store/index.ts';

export interface RegistryBenchResult {
  readonly kind: string;
  readonly writers: number;
  readonly creates: number;
  readonly createsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface RegistryBenchReport {
  /** Durable creations: each writer waits until its object is on disk before it makes the next. */
  readonly runs: readonly RegistryBenchResult[];
  /** What a call costs the processor, over a store that forgets; microseconds. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

/** Measures creations of objects of about 2 KB through the registry, in a folder of its own below `directory`. */
export async function benchRegistry(
  directory: string,
  options: { readonly runMs?: number } = {},
): Promise<RegistryBenchReport> {
  const folder = await mkdtemp(path.join(directory, 'berth-bench-registry-'));
  try {
    const runs: RegistryBenchResult[] = [];
    for (const [kind, make] of Object.entries(MAKERS)) {
      for (const writers of [1, 64]) {
        const disk = await openLinuxDisk(path.join(folder, `${kind}-${writers}`));
        const store = await openDiskStore({ disk, clock: linuxClock, indexes: REGISTRY_INDEXES });
        const client = clientOf(store);
        await measureCreates(client, kind, make, { writers, runMs: 500, prefix: 'warm' });
        runs.push(await measureCreates(client, kind, make, { writers, runMs: options.runMs ?? 3_000, prefix: 'run' }));
        await store.close();
      }
    }
    return { runs, cpuMicros: measureCpu() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function clientOf(store: Store): Client {
  const registry = createRegistry({ store, clock: linuxClock, random: new SeededRandom(1) });
  return registry.client({ user: 'bench', fieldManager: 'bench' });
}

type Maker = (name: string) => KubernetesObject;

const MAKERS: Readonly<Record<string, Maker>> = { ConfigMap: makeConfigMap, Deployment: makeDeployment };

/** 2 KB in eight values. */
function makeConfigMap(name: string): KubernetesObject {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const data = Object.fromEntries(keys.map((key) => [`${key}.properties`, `${name}=${key}`.padEnd(230, 'x')]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', labels: { app: name } }, data };
}

/** 2 KB as people write them, most of it environment. */
function makeDeployment(name: string): KubernetesObject {
  const labels = { app: name };
  const env = Array.from({ length: 20 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `${name}`.padEnd(40, 'x'),
  }));
  const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } };
  const container = { name: 'app', image: 'example.org/app:1.0', env, resources, ports: [{ containerPort: 80 }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

async function measureCreates(
  client: Client,
  kind: string,
  make: Maker,
  run: { readonly writers: number; readonly runMs: number; readonly prefix: string },
): Promise<RegistryBenchResult> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  async function write(writer: number): Promise<void> {
    for (let n = 0; performance.now() - startMs < run.runMs; n++) {
      const object = make(`${run.prefix}-${writer}-${n}`);
      const createMs = performance.now();
      client.create(object);
      await client.durable();
      latenciesMs.push(performance.now() - createMs);
    }
  }
  await Promise.all(Array.from({ length: run.writers }, (_, writer) => write(writer)));
  const seconds = (performance.now() - startMs) / 1_000;
  latenciesMs.sort((a, b) => a - b);
  const quantile = (q: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * q)] ?? 0;
  return {
    kind,
    writers: run.writers,
    creates: latenciesMs.length,
    createsPerSecond: latenciesMs.length / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

function measureCpu(): Record<string, number> {
  const micros: Record<string, number> = {};
  for (const [kind, make] of Object.entries(MAKERS)) {
    const client = clientOf(createMemoryStore({ indexes: REGISTRY_INDEXES }));
    const objects = (prefix: string) => Array.from({ length: 5_000 }, (_, n) => make(`${prefix}-${n}`));
    for (const object of objects('warm')) client.create(object);
    const fresh = objects('run');
    micros[`create ${kind}`] = microsOf(fresh, (object) => client.create(object));
    const stored = fresh.map((object) => ({ ...object, ...client.getObject(referenceOf(object)) }));
    micros[`get ${kind}`] = microsOf(fresh, (object) => client.getObject(referenceOf(object)));
    const relabelled = stored.map((object) => ({ ...object, metadata: { ...object.metadata, labels: { app: 'b' } } }));
    micros[`update ${kind}`] = microsOf(relabelled, (object) => client.update(object));
    const fieldManager = 'git';
    for (const object of objects('apply')) client.apply(object, { fieldManager });
    micros[`apply ${kind} unchanged`] = microsOf(objects('apply'), (object) => client.apply(object, { fieldManager }));
  }
  return micros;
}

function referenceOf({ apiVersion, kind, metadata }: KubernetesObject) {
  return { apiVersion, kind, namespace: 'default', name: metadata?.name ?? '' };
}

function microsOf<T>(items: readonly T[], act: (item: T) => void): number {
  const startMs = performance.now();
  for (const item of items) act(item);
  return ((performance.now() - startMs) * 1_000) / items.length;
}

function formatReport(report: RegistryBenchReport): string {
  const runs = report.runs.map(({ kind, writers, createsPerSecond, p50Ms, p99Ms }) => {
    const rate = `${Math.round(createsPerSecond)} durable creates/s`;
    return `${kind}, ${writers} writers: ${rate}, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  });
  const cpu = Object.entries(report.cpuMicros).map(([what, micros]) => `${what}: ${micros.toFixed(1)} µs`);
  return [...runs, ...cpu].join('\n');
}

if (process.argv[1]?.endsWith('registry.mjs')) {
  console.log(formatReport(await benchRegistry(process.argv[2] ?? '/tmp')));
}
