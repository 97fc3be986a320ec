import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/api/client.ts';
import { createRegistry, REGISTRY_INDEXES, type Registry } from '../../src/api/index.ts';
import { linuxClock } from '../../src/host/linux/linux-clock.ts';
import { LinuxProbeSockets } from '../../src/host/linux/linux-probe-sockets.ts';
import { LinuxRandom } from '../../src/host/linux/linux-random.ts';
import { LinuxVolumeFiles } from '../../src/host/linux/linux-volume-files.ts';
import { createKubelet, type Kubelet } from '../../src/kubelet/index.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { Pod } from '../../src/objects/types.ts';
import { createDockerRuntime } from '../../src/runtime/docker/index.ts';
import { ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import { createMemoryStore } from '../../src/store/index.ts';

const IMAGE = 'busybox:1.36';
const SECRET_VALUE = 'hunter2-very-secret';

let directory: string;
let registry: Registry;
let client: Client;
let runtime: Runtime;
let kubelet: Kubelet;
let volumeFiles: LinuxVolumeFiles;

beforeAll(async () => {
  await ensureBusybox();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'berth-kubelet-'));
  const store = createMemoryStore({ indexes: REGISTRY_INDEXES });
  registry = createRegistry({ store, clock: linuxClock, random: new LinuxRandom() });
  client = registry.client({ user: 'test', fieldManager: 'test' });
  volumeFiles = new LinuxVolumeFiles({
    diskDirectory: path.join(directory, 'data'),
    storageDirectory: path.join(directory, 'storage'),
    memoryDirectory: path.join(directory, 'run'),
  });
  await startKubelet();
});

afterEach(async () => {
  for (const { metadata } of client.list('Pod')) {
    const { name, namespace = 'default' } = metadata;
    client.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { gracePeriodSeconds: 1 });
  }
  await until(() => client.list('Pod').length === 0);
});

afterAll(async () => {
  await kubelet?.stop();
  await runtime?.removeEverything();
  await runtime?.close();
  await volumeFiles?.remove({ area: 'disk', path: 'pods' });
  await volumeFiles?.releaseMemory();
  registry?.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function startKubelet(): Promise<void> {
  runtime = await createDockerRuntime({ clusterUid: registry.clusterUid, log: silentLogger });
  kubelet = createKubelet({
    client: client.as({ user: 'system:node:box', fieldManager: 'kubelet' }),
    runtime,
    clock: linuxClock,
    random: new LinuxRandom(),
    logger: silentLogger,
    volumeFiles,
    probeSockets: new LinuxProbeSockets(),
    nodeName: 'box',
    nodeIp: '127.0.0.1',
    machine: { kernelVersion: os.release(), osImage: '', machineId: '', bootId: '' },
    kubeletVersion: 'v1.33.0-berth.test',
    dns: {
      clusterServers: [],
      clusterDomain: 'cluster.local',
      host: { servers: ['192.0.2.53'], searches: [], options: [] },
    },
    policy: { namespaces: {}, protectedPaths: [directory] },
    renewLease: () => {},
  });
  await kubelet.start();
}

async function restartKubelet(): Promise<void> {
  await kubelet.stop();
  await runtime.close();
  await startKubelet();
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}

/** Waits for a condition on the real world; the limit is generous because other tests may share the machine. */
async function until(condition: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`still not so after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];

function createPod(name: string, container: Partial<Container>, spec: Partial<PodSpec> = {}): void {
  client.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName: 'box', containers: [{ name: 'app', image: IMAGE, ...container }], ...spec },
  });
}

const getPod = (name: string) => client.get('Pod', { namespace: 'default', name });
const appStatus = (name: string) => getPod(name)?.status?.containerStatuses?.[0];
const isReady = (name: string) =>
  getPod(name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

async function run(pod: string, ...command: string[]): Promise<string> {
  let output = '';
  const podUid = getPod(pod)?.metadata.uid ?? '';
  const session = await kubelet.podStreams.exec(
    { namespace: 'default', pod, podUid, container: 'app' },
    {
      command,
      stdin: false,
      tty: false,
      onOutput: (_stream, chunk) => {
        output += new TextDecoder().decode(chunk);
      },
    },
  );
  await session.exitCode;
  return output.trim();
}

const SLEEP = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

describe('a pod on Docker', () => {
  test('serves a page from a ConfigMap that changes under it, and is probed', async () => {
    client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'page', namespace: 'default' },
      data: { 'index.html': 'one' },
    });
    const port = { containerPort: 8080, name: 'http' };
    const probe = { httpGet: { path: '/index.html', port: 'http' }, periodSeconds: 1 };
    createPod(
      'web',
      {
        command: ['httpd', '-f', '-p', '8080', '-h', '/www'],
        ports: [port],
        readinessProbe: probe,
        livenessProbe: probe,
        volumeMounts: [
          { name: 'page', mountPath: '/www' },
          { name: 'page', mountPath: '/fixed.html', subPath: 'index.html' },
        ],
      },
      { volumes: [{ name: 'page', configMap: { name: 'page' } }] },
    );
    await until(() => isReady('web'));
    const url = `http://${getPod('web')?.status?.podIP}:8080/index.html`;
    expect(await (await fetch(url)).text()).toBe('one');
    const stored = client.get('ConfigMap', { namespace: 'default', name: 'page' });
    client.update({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: stored?.metadata ?? {},
      data: { 'index.html': 'two' },
    });
    await until(async () => (await (await fetch(url)).text()) === 'two', 5_000);
    expect(await run('web', 'cat', '/fixed.html')).toBe('one');
    expect(await run('web', 'sh', '-c', 'echo x > /www/index.html || echo refused')).toContain('refused');
    docker('kill', '--signal', 'STOP', appStatus('web')?.containerID?.replace('docker://', '') ?? '');
    await until(() => !isReady('web'));
  });

  test('sees its environment, its Secret on tmpfs, its hosts file and its volumes', async () => {
    client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace: 'default' },
      stringData: { key: SECRET_VALUE },
    });
    createPod(
      'env',
      {
        command: ['sh', '-c', 'echo $0 > /scratch/arg; exec sleep 1000', 'hello $(POD)-$(NONE)'],
        env: [
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'KEY', valueFrom: { secretKeyRef: { name: 'token', key: 'key' } } },
          { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        ],
        resources: { limits: { memory: '64Mi' } },
        volumeMounts: [
          { name: 'secret', mountPath: '/secret' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'ram', mountPath: '/ram' },
        ],
        securityContext: { runAsUser: 1000, runAsGroup: 1000 },
      },
      {
        securityContext: { fsGroup: 2000 },
        hostAliases: [{ ip: '192.0.2.7', hostnames: ['other'] }],
        volumes: [
          { name: 'secret', secret: { secretName: 'token', defaultMode: 0o400 } },
          { name: 'scratch', emptyDir: {} },
          { name: 'ram', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
        terminationGracePeriodSeconds: 1,
      },
    );
    await until(() => isReady('env'));
    const { uid } = getPod('env')?.metadata ?? {};
    expect(await run('env', 'cat', '/scratch/arg')).toBe('hello env-$(NONE)');
    expect(await run('env', 'sh', '-c', 'echo $IP')).toBe(getPod('env')?.status?.podIP);
    expect(await run('env', 'sh', '-c', 'echo $LIMIT $KEY')).toBe(`64 ${SECRET_VALUE}`);
    expect(await run('env', 'cat', '/secret/key')).toBe(SECRET_VALUE);
    expect(await run('env', 'sh', '-c', 'grep " /secret " /proc/mounts; grep " /ram " /proc/mounts')).toMatch(
      / \/secret tmpfs ro[\s\S]* \/ram tmpfs rw.*size=1024k/,
    );
    expect(await run('env', 'cat', '/etc/hosts')).toContain(`${getPod('env')?.status?.podIP}\tenv`);
    expect(await run('env', 'cat', '/etc/hosts')).toContain('192.0.2.7\tother');
    expect(await run('env', 'sh', '-c', 'touch /scratch/x && stat -c %g /scratch/x')).toBe('2000');
    expect(filesWith(path.join(directory, 'data'), SECRET_VALUE)).toEqual([]);
    client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'env' });
    await until(() => getPod('env') === undefined);
    expect(fs.existsSync(path.join(directory, 'data/pods', uid ?? 'none'))).toBe(false);
    expect(fs.existsSync(path.join(directory, 'run/pods', uid ?? 'none'))).toBe(false);
    expect(docker('ps', '-aq', '--filter', `label=io.kubernetes.pod.uid=${uid}`)).toBe('');
  });

  test('goes on when Berth is restarted, and comes back when it is killed by hand', async () => {
    createPod('web', { command: SLEEP });
    await until(() => isReady('web'));
    const before = appStatus('web')?.containerID;
    await restartKubelet();
    expect(client.get('Node', { name: 'box' })?.status?.conditions?.[0]?.status).toBe('True');
    expect(appStatus('web')).toMatchObject({ containerID: before, restartCount: 0, ready: true });
    docker('kill', before?.replace('docker://', '') ?? '');
    await until(() => appStatus('web')?.restartCount === 1 && isReady('web'));
    expect(appStatus('web')?.lastState?.terminated?.exitCode).toBe(137);
    docker('rm', '-f', appStatus('web')?.containerID?.replace('docker://', '') ?? '');
    await until(() => appStatus('web')?.restartCount === 2 && isReady('web'));
  });

  test('leaves its last words and its previous log when it fails', async () => {
    createPod(
      'job',
      { command: ['sh', '-c', 'echo to the log; printf "no luck" > /dev/termination-log; exit 3'] },
      { restartPolicy: 'Never' },
    );
    await until(() => getPod('job')?.status?.phase === 'Failed');
    expect(appStatus('job')?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'no luck' });
    const podUid = getPod('job')?.metadata.uid ?? '';
    const reference = { namespace: 'default', pod: 'job', podUid, container: 'app' };
    const log = await kubelet.podStreams.logs(reference, { follow: false, timestamps: false, previous: false });
    let text = '';
    for await (const chunk of log.chunks) text += new TextDecoder().decode(chunk);
    expect(text).toBe('to the log\n');
  });

  test('runs its preStop hook and gets its stop signal before it ends', async () => {
    const script = 'trap "echo term >> /out/log; exit 0" TERM; while :; do sleep 0.1; done';
    const out = fs.mkdtempSync(path.join(directory, 'out-'));
    createPod(
      'web',
      {
        command: ['sh', '-c', script],
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo start >> /out/log'] } },
          preStop: { exec: { command: ['sh', '-c', 'echo stop >> /out/log'] } },
        },
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      },
      { volumes: [{ name: 'out', emptyDir: {} }] },
    );
    await until(() => isReady('web'));
    const volume = path.join(directory, `data/pods/${getPod('web')?.metadata.uid}/volumes/kubernetes.io~empty-dir/out`);
    let log = '';
    client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'web' });
    await until(() => {
      if (fs.existsSync(path.join(volume, 'log'))) log = fs.readFileSync(path.join(volume, 'log'), 'utf8');
      return getPod('web') === undefined;
    });
    expect(log).toBe('start\nstop\nterm\n');
    fs.rmSync(out, { recursive: true });
  });

  test('says what is wrong with an image and a command', async () => {
    createPod('missing', { image: '127.0.0.1:9/none/app:1' });
    createPod('broken', { command: ['/does/not/exist'] });
    await until(() => appStatus('missing')?.state?.waiting?.reason === 'ImagePullBackOff');
    await until(() => appStatus('broken')?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(appStatus('broken')?.lastState?.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect(appStatus('broken')?.lastState?.terminated?.message).toContain('/does/not/exist');
  });
});

function filesWith(folder: string, text: string): readonly string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => fs.lstatSync(name).isFile() && fs.readFileSync(name, 'utf8').includes(text));
}
