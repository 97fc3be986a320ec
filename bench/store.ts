import path from 'node:path';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { openLinuxDisk } from '../src/host/linux/linux-disk.ts';
import type { JsonObject } from '../src/lib/json.ts';
import { type DiskStore, openDiskStore, openStoreReadOnly } from '../src/store/index.ts';
import { startEtcd } from './etcd.ts';
import { measureWriters, medianRound, type WriterRound } from './measure-writers.ts';
import { type BenchReport, type Figure, figure } from './report.ts';
import { withFolder } from './with-folder.ts';

const OBJECTS = 10_000;
const ROUNDS = 3;
const ROUND_MS = 1_000;

/** The store alone: durable puts of values of 2 KB beside etcd, and opening and listing 10,000 of them. */
export function benchStore(directory: string): Promise<BenchReport> {
  return withFolder(directory, 'store', measure);
}

async function measure(folder: string): Promise<BenchReport> {
  const etcd = await startEtcd(folder);
  const figures: Figure[] = [];
  try {
    for (const writers of [1, 64]) {
      const store = await openAt(path.join(folder, `writers-${writers}`));
      const ours: WriterRound[] = [];
      const theirs: WriterRound[] = [];
      const bytes = Buffer.from(JSON.stringify(makeValue(0)));
      const put = makePut(store);
      for (let round = 0; round <= ROUNDS; round++) {
        const settings = { writers, runMs: round === 0 ? ROUND_MS / 2 : ROUND_MS, prefix: `${writers}-${round}` };
        const our = await measureWriters(put, settings);
        const their = etcd && (await measureWriters((name) => etcd.put(`/store/${name}`, bytes), settings));
        if (round === 0) continue;
        ours.push(our);
        if (their !== undefined) theirs.push(their);
      }
      await store.close();
      figures.push(...toFigures(writers, medianRound(ours), theirs.length === 0 ? undefined : medianRound(theirs)));
    }
    figures.push(...(await measureOpening(folder)));
  } finally {
    await etcd?.stop();
  }
  const yardstick =
    etcd === undefined ? 'etcd is not installed, so there are no ratios' : `etcd ${etcd.version} over gRPC`;
  return { name: 'store', figures, notes: [yardstick] };
}

function toFigures(writers: number, our: WriterRound, their: WriterRound | undefined): Figure[] {
  const title = `${writers} ${writers === 1 ? 'writer' : 'writers'}`;
  const against = (value: number | undefined) => (value === undefined ? undefined : { name: 'etcd', value });
  return [
    figure({ name: `${title}: durable puts`, value: our.perSecond, unit: '/s', yardstick: against(their?.perSecond) }),
    figure({ name: `${title}: p99`, value: our.p99Ms, unit: 'ms', yardstick: against(their?.p99Ms) }),
  ];
}

async function openAt(directory: string): Promise<DiskStore> {
  return openDiskStore({ disk: await openLinuxDisk(directory), clock: linuxClock, indexes: [] });
}

/** Writes as an update of an object does: the parts that do not change are shared with its other versions. */
function makePut(store: DiskStore): (name: string) => Promise<void> {
  const template = makeValue(0);
  return async (name) => {
    const value = { ...template, metadata: { name, namespace: 'shop' } };
    store.transact((transaction) => transaction.put(`/apps/deployments/shop/${name}`, value));
    await store.durable();
  };
}

async function measureOpening(folder: string): Promise<Figure[]> {
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
  return [
    { name: `open ${OBJECTS} objects after a clean end`, value: fromSnapshot.ms, unit: 'ms' },
    { name: `open ${OBJECTS} objects after a kill`, value: fromLog.ms, unit: 'ms' },
    { name: `list ${OBJECTS} objects`, value: list.ms, unit: 'ms' },
  ];
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
