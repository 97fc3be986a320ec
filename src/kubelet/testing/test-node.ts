import type { Client } from '../../api/client.ts';
import { REGISTRY_INDEXES } from '../../api/index.ts';
import { createTestRegistry } from '../../api/testing.ts';
import type { MachineUsage } from '../../host/machine-usage.ts';
import { SimProbeSockets } from '../../host/sim/sim-probe-sockets.ts';
import { SimVolumeFiles } from '../../host/sim/sim-volume-files.ts';
import { silentLogger } from '../../lib/logger.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import type { KubernetesObject, Pod } from '../../objects/types.ts';
import { createSimEngine, type SimConnection, type SimEngine, type SimEngineOptions } from '../../runtime/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { createKubelet, type Kubelet } from '../kubelet.ts';
import type { PodSecurityPolicy } from '../pod-security.ts';

export interface TestNode {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly engine: SimEngine;
  readonly volumeFiles: SimVolumeFiles;
  /** When the node gave its last sign of life. */
  readonly leaseTime: () => number | undefined;
  readonly kubelet: Kubelet;
  /** Fires everything that is due within `ms`, and moves the clock that far. */
  advance(ms: number): Promise<void>;
  /** Advances in small steps until the condition holds; returns how long that took, in virtual milliseconds. */
  until(condition: () => boolean, withinMs?: number): Promise<number>;
  /** Fences the running kubelet as a crash does and starts another over the same engine and store. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

const drain = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One node in the simulated world: real registry and kubelet, an engine and volumes that live on a virtual clock. */
export async function startTestNode(
  options: Pick<SimEngineOptions, 'images' | 'faults' | 'timings'> & {
    readonly policy?: PodSecurityPolicy;
    /** Only folders that were made here are there. */
    readonly knowsStorage?: true;
    /** What the machine has left; left out, nobody measures it. */
    readonly machineUsage?: MachineUsage;
    /** How long the next sync of the pretended disk takes; left out, every write is durable at once. */
    readonly syncDelayMs?: () => number;
  } = {},
): Promise<TestNode> {
  const clock = new VirtualClock();
  const delay = options.syncDelayMs === undefined ? {} : { clock, syncDelayMs: options.syncDelayMs };
  const store = createMemoryStore({ indexes: REGISTRY_INDEXES, ...delay });
  const { registry, client, random } = createTestRegistry({ clock, store });
  const engine = createSimEngine({ clock, random: random.fork(), ...options });
  const volumeFiles = new SimVolumeFiles({
    clock,
    random: random.fork(),
    ...(options.knowsStorage === true ? { entries: new Map<string, Uint8Array | undefined>() } : {}),
  });
  const answer = (host: string, port: number, path?: string) => {
    if (!engine.isListening(host, port)) return 'refused';
    const response = path === undefined ? { status: 200 } : engine.httpGet(host, port, path);
    return response === undefined ? 'silent' : { statusCode: response.status, body: response.body ?? '' };
  };
  const probeSockets = new SimProbeSockets({ clock, random: random.fork(), answer });
  let connection: SimConnection;
  const newKubelet = () => {
    connection = engine.connect(registry.clusterUid);
    return createKubelet({
      client: client.as({ user: 'system:node:node-1', fieldManager: 'kubelet' }),
      runtime: connection,
      clock,
      random: random.fork(),
      logger: silentLogger,
      volumeFiles,
      probeSockets,
      machineUsage: options.machineUsage,
      nodeName: 'node-1',
      nodeIp: '192.0.2.1',
      machine: { kernelVersion: '6.1', osImage: 'Sim', machineId: 'm', bootId: 'b' },
      kubeletVersion: 'v1.32.0-berth.test',
      dns: {
        clusterServers: ['10.96.0.10'],
        clusterDomain: 'cluster.local',
        host: { servers: [], searches: [], options: [] },
      },
      policy: options.policy ?? { namespaces: {}, protectedPaths: ['/data'] },
      renewLease: () => registry.renewLease('node-1'),
    });
  };
  const advance = async (ms: number) => {
    const endMs = clock.monotonicMs() + ms;
    await drain();
    while ((clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) {
      clock.fireNext();
      await drain();
    }
    clock.moveTo(endMs);
  };
  const settled = async (work: Promise<void>) => {
    let isDone = false;
    const done = work.then(() => {
      isDone = true;
    });
    for (;;) {
      await drain();
      if (isDone || !clock.fireNext()) break;
    }
    await done;
  };
  const until = async (condition: () => boolean, withinMs = 600_000) => {
    const startMs = clock.monotonicMs();
    await drain();
    while (!condition()) {
      if (clock.monotonicMs() - startMs > withinMs || !clock.fireNext()) throw new Error('the condition never held');
      await drain();
    }
    return clock.monotonicMs() - startMs;
  };
  let kubelet = newKubelet();
  await settled(kubelet.start());
  const crash = async () => {
    connection.disconnect();
    await kubelet.stop();
    kubelet = newKubelet();
    await settled(kubelet.start());
  };
  const stop = async () => {
    await kubelet.stop();
    registry.close();
  };
  return {
    client,
    clock,
    engine,
    volumeFiles,
    leaseTime: () => registry.leaseTime('node-1'),
    advance,
    until,
    crash,
    stop,
    get kubelet() {
      return kubelet;
    },
  };
}

type PodSpec = NonNullable<Pod['spec']>;

/** Creates a pod that is bound to the test node; `containers` defaults to one named `app` of image `app:1`. */
export function createPod(node: TestNode, name: string, spec: Partial<PodSpec> = {}, metadata: object = {}): Pod {
  const object: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { containers: [{ name: 'app', image: 'app:1' }], nodeName: 'node-1', ...spec },
  };
  node.client.create(object);
  return getPod(node, name);
}

export function findPod(node: TestNode, name: string): Pod | undefined {
  return node.client.get('Pod', { namespace: 'default', name });
}

export function getPod(node: TestNode, name: string): Pod {
  const pod = findPod(node, name);
  if (pod === undefined) throw new Error(`pod ${name} is gone`);
  return pod;
}

export function containerState(node: TestNode, pod: string, container = 'app') {
  return getPod(node, pod).status?.containerStatuses?.find(({ name }) => name === container);
}

export function isReady(node: TestNode, name: string): boolean {
  return (
    findPod(node, name)?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  );
}

/** `reason: message` of the events about a pod, in order of their first occurrence. */
export function eventsOf(node: TestNode, pod: string): readonly string[] {
  return node.client
    .list('Event')
    .filter(({ involvedObject }) => involvedObject.name === pod)
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    .map(({ reason, message }) => `${reason}: ${message}`);
}
