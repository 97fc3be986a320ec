import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/api/client.ts';
import { createRegistry, REGISTRY_INDEXES, type Registry } from '../../src/api/index.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { LinuxProbeSockets } from '../../src/host/linux/linux-probe-sockets.ts';
import { LinuxRandom } from '../../src/host/linux/linux-random.ts';
import { LinuxVolumeFiles } from '../../src/host/linux/linux-volume-files.ts';
import type { DiskPoint } from '../../src/host/machine-usage.ts';
import { createKubelet, type Kubelet } from '../../src/kubelet/index.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Pod } from '../../src/objects/types.ts';
import { createDockerRuntime } from '../../src/runtime/docker/index.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type FakeRegistry, startFakeRegistry } from '../../src/runtime/docker/testing/fake-registry.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import { createMemoryStore } from '../../src/store/index.ts';
import { waitUntil } from './testing/wait-until.ts';

const GIBIBYTE = 1024 ** 3;
/** The minutes of the node agent pass in seconds. */
const SPEED = 30;
const quickClock: Clock = {
  wallMs: () => linuxClock.wallMs(),
  monotonicMs: () => linuxClock.monotonicMs() * SPEED,
  setTimer: (delayMs, callback) => linuxClock.setTimer(delayMs / SPEED, callback),
  defer: (callback) => linuxClock.defer(callback),
};

let directory: string;
let registry: Registry;
let client: Client;
let runtime: Runtime;
let kubelet: Kubelet;
let volumeFiles: LinuxVolumeFiles;
let images: FakeRegistry;
let leftBytes = 50 * GIBIBYTE;

beforeAll(async () => {
  await ensureBusybox();
  images = await startFakeRegistry();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'berth-pressure-'));
  const store = createMemoryStore({ indexes: REGISTRY_INDEXES });
  registry = createRegistry({ store, clock: linuxClock, random: new LinuxRandom() });
  client = registry.client({ user: 'test', fieldManager: 'test' });
  volumeFiles = new LinuxVolumeFiles({
    diskDirectory: path.join(directory, 'data'),
    storageDirectory: path.join(directory, 'storage'),
    memoryDirectory: path.join(directory, 'run'),
  });
  runtime = await createDockerRuntime({ clusterUid: registry.clusterUid, log: silentLogger });
  const disk = { device: 'd', capacityBytes: 100 * GIBIBYTE, inodes: 0, freeInodes: 0 };
  const readDisk = async (): Promise<DiskPoint> => ({ ...disk, availableBytes: leftBytes });
  kubelet = createKubelet({
    client: client.as({ user: 'system:node:box', fieldManager: 'kubelet' }),
    runtime,
    clock: quickClock,
    random: new LinuxRandom(),
    logger: silentLogger,
    volumeFiles,
    probeSockets: new LinuxProbeSockets(),
    machineUsage: { read: async () => undefined, readDisk },
    nodeName: 'box',
    nodeIp: '127.0.0.1',
    machine: { kernelVersion: os.release(), osImage: '', machineId: '', bootId: '' },
    kubeletVersion: 'v1.33.0-berth.test',
    dns: { clusterServers: [], clusterDomain: 'cluster.local', host: { servers: [], searches: [], options: [] } },
    policy: { namespaces: {}, protectedPaths: [directory] },
    renewLease: () => {},
  });
  await kubelet.start();
});

afterAll(async () => {
  await kubelet?.stop();
  await runtime?.removeEverything();
  await runtime?.close();
  await engineCall('DELETE', `/images/${image()}?force=1`).catch(() => {});
  await images?.close();
  await volumeFiles?.releaseMemory();
  registry?.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

const image = () => `${images.host}/public/app:1`;
const isThere = (name: string) =>
  engineCall('GET', `/images/${name}/json`).then(
    () => true,
    () => false,
  );

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];

function createPod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): void {
  const containers = [{ name: 'app', image: 'busybox:1.36', ...container }];
  const all = { nodeName: 'box', restartPolicy: 'Never', terminationGracePeriodSeconds: 1, ...spec, containers };
  client.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: all });
}

const writing = (file: string, mebibytes: number) => [
  'sh',
  '-c',
  `dd if=/dev/zero of=${file} bs=1M count=${mebibytes} 2>/dev/null; trap "exit 0" TERM; while :; do sleep 0.1; done`,
];

function statusOf(name: string): Pod['status'] {
  return client.get('Pod', { namespace: 'default', name })?.status;
}

const ends = (name: string, phase: string) =>
  waitUntil(`${name} is ${phase}`, () => statusOf(name)?.phase === phase, { describe: () => statusOf(name) });

test('pods that have more on disk than their limits are evicted, whether in their layer or in a volume', async () => {
  const limits = { resources: { limits: { 'ephemeral-storage': '1Mi' } } };
  createPod('layer', { command: writing('/file', 3), ...limits });
  const volumes = [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }];
  createPod('volume', { command: writing('/v/file', 3), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes });
  createPod(
    'modest',
    { command: writing('/v/file', 3), volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    {
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '5Mi' } }],
    },
  );
  await ends('layer', 'Failed');
  await ends('volume', 'Failed');
  expect(statusOf('layer')).toMatchObject({
    reason: 'Evicted',
    message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ',
  });
  expect(statusOf('volume')).toMatchObject({
    reason: 'Evicted',
    message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
  });
  expect(statusOf('modest')?.phase).toBe('Running');
});

test('a full disk costs unused images that Berth pulled, then the pod that has most on it', async () => {
  // There is nothing to start in it, and that is what the pod ends with.
  createPod('brief', { image: image(), command: ['/none'] });
  createPod('writer', { command: writing('/file', 20) });
  createPod('reader', { command: writing('/file', 0) });
  await ends('brief', 'Failed');
  await ends('writer', 'Running');
  await ends('reader', 'Running');
  expect(await isThere(image())).toBe(true);
  leftBytes = 12 * GIBIBYTE;
  await ends('writer', 'Failed');
  leftBytes = 50 * GIBIBYTE;
  expect(statusOf('writer')?.message).toMatch(
    /^The node was low on resource: ephemeral-storage\. Threshold quantity: 15Gi, available: 12Gi\. Container app was using 20Mi, request is 0/,
  );
  const conditions = client.get('Node', { name: 'box' })?.status?.conditions;
  expect(conditions?.find(({ type }) => type === 'DiskPressure')).toMatchObject({ status: 'True' });
  expect(statusOf('brief')?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ reason: 'StartError' });
  leftBytes = 14 * GIBIBYTE;
  await waitUntil('the image is gone', async () => !(await isThere(image())));
  // The node stays under pressure for five minutes: whoever comes now is not let in, and pulls nothing onto the disk.
  createPod('late', { image: image(), command: ['/none'] }, { tolerations: [{ operator: 'Exists' }] });
  await ends('late', 'Failed');
  const message = 'Pod was rejected: The node had condition: [DiskPressure]. ';
  expect(statusOf('late')).toMatchObject({ reason: 'Evicted', message });
  expect(await isThere(image())).toBe(false);
  leftBytes = 50 * GIBIBYTE;
  expect(await isThere('busybox:1.36')).toBe(true);
  expect(statusOf('brief')?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ reason: 'StartError' });
});
