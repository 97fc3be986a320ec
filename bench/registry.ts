import path from 'node:path';
import { type Client, createRegistry, REGISTRY_INDEXES, stringifyObject } from '../src/api/index.ts';
import { linuxClock } from '../src/host/linux/linux-clock.ts';
import { openLinuxDisk } from '../src/host/linux/linux-disk.ts';
import { SeededRandom } from '../src/lib/random.ts';
import type { KubernetesObject } from '../src/objects/types.ts';
import { createMemoryStore, openDiskStore, type Store } from '../src/store/index.ts';
import { type Etcd, startEtcd } from './etcd.ts';
import { measureWriters, medianRound, type WriterRound } from './measure-writers.ts';
import { type BenchReport, type Figure, figure } from './report.ts';
import { withFolder } from './with-folder.ts';

const ROUNDS = 5;
const ROUND_MS = 1_000;

/**
 * Durable creations of objects of about 2 KB through the registry: each writer waits until its object is on disk before it makes the next. etcd
 * does the same with the object's bytes, in rounds that take turns with ours so that what disturbs the machine disturbs both.
 */
export function benchRegistry(directory: string): Promise<BenchReport> {
  return withFolder(directory, 'registry', measure);
}

async function measure(folder: string): Promise<BenchReport> {
  const etcd = await startEtcd(folder);
  const figures: Figure[] = [];
  try {
    for (const [kind, make] of Object.entries(MAKERS)) {
      for (const writers of [1, 64]) figures.push(...(await compare({ folder, etcd, kind, make, writers })));
    }
    figures.push(...measureCpu());
  } finally {
    await etcd?.stop();
  }
  const yardstick =
    etcd === undefined
      ? 'etcd is not installed (Debian: apt-get install etcd-server), so there are no ratios'
      : `etcd ${etcd.version} with its defaults, over gRPC on one loopback connection; it gets the same bytes ready made`;
  return { name: 'registry', figures, notes: [yardstick, `medians of ${ROUNDS} rounds, which take turns`] };
}

interface Comparison {
  readonly folder: string;
  readonly etcd: Etcd | undefined;
  readonly kind: string;
  readonly make: Maker;
  readonly writers: number;
}

async function compare({ folder, etcd, kind, make, writers }: Comparison): Promise<readonly Figure[]> {
  const disk = await openLinuxDisk(path.join(folder, `${kind}-${writers}`));
  const settings = { clock: linuxClock, indexes: REGISTRY_INDEXES, stringify: stringifyObject };
  const store = await openDiskStore({ disk, ...settings });
  const client = clientOf(store);
  const create = async (name: string) => {
    client.create(make(name));
    await client.durable();
  };
  const put = async (name: string) =>
    etcd?.put(`/registry/${kind}/default/${name}`, Buffer.from(JSON.stringify(make(name))));
  const ours: WriterRound[] = [];
  const theirs: WriterRound[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const settings = { writers, runMs: round === 0 ? ROUND_MS / 2 : ROUND_MS, prefix: `${writers}-${round}` };
    const our = await measureWriters(create, settings);
    const their = etcd === undefined ? undefined : await measureWriters(put, settings);
    if (round === 0) continue;
    ours.push(our);
    if (their !== undefined) theirs.push(their);
  }
  await store.close();
  const our = medianRound(ours);
  const their = theirs.length === 0 ? undefined : medianRound(theirs);
  const title = `${kind}, ${writers} ${writers === 1 ? 'writer' : 'writers'}`;
  const against = (value: number | undefined) => (value === undefined ? undefined : { name: 'etcd', value });
  return [
    figure({
      name: `${title}: durable creations`,
      value: our.perSecond,
      unit: '/s',
      yardstick: against(their?.perSecond),
      aim: { of: 'ratio', op: '≥', bound: 5 },
    }),
    figure({
      name: `${title}: p99`,
      value: our.p99Ms,
      unit: 'ms',
      yardstick: against(their?.p99Ms),
      aim: { of: 'ratio', op: '≤', bound: 1 },
    }),
  ];
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

/** What a call costs the processor, over a store that forgets. */
function measureCpu(): Figure[] {
  const figures: Figure[] = [];
  for (const [kind, make] of Object.entries(MAKERS)) {
    const client = clientOf(createMemoryStore({ indexes: REGISTRY_INDEXES }));
    const objects = (prefix: string) => Array.from({ length: 5_000 }, (_, n) => make(`${prefix}-${n}`));
    const note = (call: string, items: readonly KubernetesObject[], act: (object: KubernetesObject) => void) =>
      figures.push({ name: `${kind}: ${call} in memory`, value: microsOf(items, act), unit: 'µs' });
    for (const object of objects('warm')) client.create(object);
    const fresh = objects('run');
    note('create', fresh, (object) => client.create(object));
    const stored = fresh.map((object) => ({ ...object, ...client.getObject(referenceOf(object)) }));
    note('get', fresh, (object) => client.getObject(referenceOf(object)));
    const relabelled = stored.map((object) => ({ ...object, metadata: { ...object.metadata, labels: { app: 'b' } } }));
    note('update', relabelled, (object) => client.update(object));
    const fieldManager = 'git';
    for (const object of objects('apply')) client.apply(object, { fieldManager });
    note('apply unchanged', objects('apply'), (object) => client.apply(object, { fieldManager }));
  }
  return figures;
}

function referenceOf({ apiVersion, kind, metadata }: KubernetesObject) {
  return { apiVersion, kind, namespace: 'default', name: metadata?.name ?? '' };
}

function microsOf<T>(items: readonly T[], act: (item: T) => void): number {
  const startMs = performance.now();
  for (const item of items) act(item);
  return ((performance.now() - startMs) * 1_000) / items.length;
}
