import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { openLinuxDisk } from '../src/host/linux/linux-disk.ts';
import type { JsonObject } from '../src/lib/json.ts';
import { type DiskStore, openDiskStore, openStoreReadOnly } from '../src/store/index.ts';

export interface StoreBenchResult {
  readonly writers: number;
  readonly puts: number;
  readonly putsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface StoreBenchReport {
  readonly runs: readonly StoreBenchResult[];
  /** Opening a store of 10,000 objects: after a clean end, and after a kill that left everything in the log. */
  readonly openMs: { readonly fromSnapshot: number; readonly fromLog: number };
  readonly listMs: number;
}

const OBJECTS = 10_000;

/** Measures durable puts of values of 2 KB, and opening, in a folder of its own below `directory`. */
export async function benchStore(
  directory: string,
  options: { readonly runMs?: number } = {},
): Promise<StoreBenchReport> {
  const folder = await mkdtemp(path.join(directory, 'berth-bench-store-'));
  try {
    const runs: StoreBenchResult[] = [];
    for (const writers of [1, 64]) {
      const store = await openAt(path.join(folder, `writers-${writers}`));
      await measurePuts(store, writers, 300);
      runs.push(await measurePuts(store, writers, options.runMs ?? 3_000));
      await store.close();
    }
    return { runs, ...(await measureOpening(folder)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openAt(directory: string): Promise<DiskStore> {
  return openDiskStore({ disk: await openLinuxDisk(directory), clock: linuxClock, indexes: [] });
}

async function measurePuts(store: DiskStore, writers: number, runMs: number): Promise<StoreBenchResult> {
  const latenciesMs: number[] = [];
  const template = makeValue(0);
  const startMs = performance.now();
  async function write(writer: number): Promise<void> {
    for (let n = 0; performance.now() - startMs < runMs; n++) {
      const key = `/apps/deployments/ns-${writer}/web-${n % 1_000}`;
      // As an update of an object is made: the parts that do not change are shared with its other versions.
      const value = { ...template, metadata: { name: `web-${n}`, namespace: 'shop', generation: n } };
      const putMs = performance.now();
      store.transact((transaction) => transaction.put(key, value));
      await store.durable();
      latenciesMs.push(performance.now() - putMs);
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const seconds = (performance.now() - startMs) / 1_000;
  latenciesMs.sort((a, b) => a - b);
  const quantile = (q: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * q)] ?? 0;
  const putsPerSecond = latenciesMs.length / seconds;
  return { writers, puts: latenciesMs.length, putsPerSecond, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

async function measureOpening(folder: string): Promise<Pick<StoreBenchReport, 'openMs' | 'listMs'>> {
  const directory = path.join(folder, 'open');
  const store = await openAt(directory);
  for (let n = 0; n < OBJECTS; n++) {
    store.transact((transaction) => transaction.put(`/apps/deployments/ns-${n % 20}/web-${n}`, makeValue(n)));
  }
  await store.durable();
  const fromLog = await timed(async () => openStoreReadOnly({ disk: await openLinuxDisk(directory), indexes: [] }));
  await store.close();
  const fromSnapshot = await timed(() => openAt(directory));
  const list = await timed(async () => fromSnapshot.result.list('/apps/'));
  await fromSnapshot.result.close();
  return { openMs: { fromSnapshot: fromSnapshot.ms, fromLog: fromLog.ms }, listMs: list.ms };
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const startMs = performance.now();
  const result = await work();
  return { ms: performance.now() - startMs, result };
}

/** A value of about 2 KB with the shape of a Deployment. */
function makeValue(n: number): JsonObject {
  const env = Array.from({ length: 22 }, (_, i) => ({
    name: `SETTING_NUMBER_${i}`,
    value: `value ${i} of revision ${n}, and so on`,
  }));
  const container = {
    name: 'web',
    image: `registry.example.com/team/web:1.${n}`,
    ports: [{ containerPort: 8080 }],
    env,
  };
  const labels = { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/part-of': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${n}`, namespace: 'shop', labels, uid: `00000000-0000-4000-8000-${n}`, generation: n },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
    status: { observedGeneration: n, replicas: 3, readyReplicas: 3, availableReplicas: 3 },
  };
}
