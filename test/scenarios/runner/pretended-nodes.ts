import type { Client, ObjectName } from '../../../src/api/client.ts';
import { formatTime } from '../../../src/lib/clock.ts';
import type { VirtualClock } from '../../../src/lib/virtual-clock.ts';
import { isPodTerminal, setCondition } from '../../../src/objects/index.ts';
import type { Node, Pod } from '../../../src/objects/types.ts';

const START_MS = 1_000;
const STOP_MS = 1_000;
const HEARTBEAT_MS = 10_000;

/**
 * Nodes beside the box, with an agent that only pretends: a pod is ready a second after it came, and gone a second after it was deleted. The
 * box itself runs its pods on the simulated engine with the real agent.
 */
export class PretendedNodes {
  readonly #client: Client;
  readonly #clock: VirtualClock;
  readonly #renewLease: (name: string) => void;
  /** Names of those that answer. */
  readonly #alive = new Set<string>();
  readonly #known = new Set<string>();

  constructor(options: {
    readonly client: Client;
    readonly clock: VirtualClock;
    readonly renewLease: (name: string) => void;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#renewLease = options.renewLease;
    this.#client.watch('Pod', ({ type, object, previous }) => this.#onPod(type, object, previous));
  }

  add(name: string, labels: Readonly<Record<string, string>>, amounts: Readonly<Record<string, string>>): void {
    const allocatable = { cpu: '4', memory: '8Gi', pods: '110', ...amounts };
    const metadata = { name, labels: { 'kubernetes.io/hostname': name, ...labels } };
    this.#client.create({ apiVersion: 'v1', kind: 'Node', metadata });
    const node = this.#node(name);
    const conditions = [...setCondition(undefined, readiness(true), this.#clock.wallMs())];
    this.#client.updateStatus({ ...node, status: { capacity: allocatable, allocatable, conditions } });
    this.#known.add(name);
    this.answer(name);
  }

  /** The node says nothing any more, or speaks again. */
  fallSilent(name: string): void {
    this.#alive.delete(name);
  }

  answer(name: string): void {
    this.#alive.add(name);
    this.#beat(name);
    const node = this.#node(name);
    const conditions = [...setCondition(node.status?.conditions, readiness(true), this.#clock.wallMs())];
    this.#client.updateStatus({ ...node, status: { ...node.status, conditions } });
    for (const pod of this.#client.list('Pod')) {
      if (pod.spec?.nodeName === name && pod.metadata.deletionTimestamp !== undefined) this.#plan(pod, STOP_MS);
    }
  }

  remove(name: string): void {
    this.#alive.delete(name);
    this.#known.delete(name);
    this.#client.delete({ apiVersion: 'v1', kind: 'Node', name });
  }

  #node(name: string): Node {
    const node = this.#client.get('Node', { name });
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  #beat(name: string): void {
    if (!this.#alive.has(name)) return;
    this.#renewLease(name);
    this.#clock.setTimer(HEARTBEAT_MS, () => this.#beat(name));
  }

  #onPod(type: string, pod: Pod, previous: Pod | undefined): void {
    const nodeName = pod.spec?.nodeName ?? '';
    if (type === 'DELETED' || !this.#known.has(nodeName)) return;
    const isDeleted = pod.metadata.deletionTimestamp !== undefined;
    const wasDeleted = previous?.metadata.deletionTimestamp !== undefined;
    if (isDeleted && !wasDeleted) this.#plan(pod, STOP_MS);
    else if ((previous?.spec?.nodeName ?? '') === '') this.#plan(pod, START_MS);
  }

  #plan(pod: Pod, delayMs: number): void {
    const { namespace, name, uid } = pod.metadata;
    this.#clock.setTimer(delayMs, () => this.#act({ namespace, name }, uid));
  }

  #act(name: ObjectName, uid: string): void {
    const pod = this.#client.get('Pod', name);
    if (pod?.metadata.uid !== uid || !this.#alive.has(pod.spec?.nodeName ?? '')) return;
    if (pod.metadata.deletionTimestamp === undefined) return this.setReady(pod, true);
    // "A deleted pod reaches Failed or Succeeded first": who holds it by a finalizer sees how it ended.
    if ((pod.metadata.finalizers ?? []).length > 0) this.end(pod, 137);
    if (this.#client.get('Pod', name) === undefined) return;
    this.#client.delete({ apiVersion: 'v1', kind: 'Pod', ...name }, { gracePeriodSeconds: 0 });
  }

  setReady(pod: Pod, isReady: boolean): void {
    if (isPodTerminal(pod)) return;
    const nowMs = this.#clock.wallMs();
    const status = isReady ? 'True' : 'False';
    let conditions = pod.status?.conditions ?? [];
    for (const type of ['ContainersReady', 'Ready']) {
      conditions = [...setCondition(conditions, { type, status }, nowMs)];
    }
    const startTime = pod.status?.startTime ?? formatTime(nowMs);
    const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
      ...{ name, image, imageID: image, restartCount: 0, started: true, ready: isReady },
      state: { running: { startedAt: startTime } },
    }));
    this.#client.updateStatus({
      ...pod,
      status: { ...pod.status, phase: 'Running', startTime, conditions, containerStatuses },
    });
  }

  /** An image that the node has, and its size. */
  addImage(name: string, image: string, sizeBytes: number): void {
    const node = this.#node(name);
    const images = [...(node.status?.images ?? []), { names: [image], sizeBytes }];
    this.#client.updateStatus({ ...node, status: { ...node.status, images } });
  }

  /** The containers have been started anew so many times. */
  setRestarts(pod: Pod, restartCount: number): void {
    const containerStatuses = (pod.status?.containerStatuses ?? []).map((each) => ({ ...each, restartCount }));
    this.#client.updateStatus({ ...pod, status: { ...pod.status, containerStatuses } });
  }

  /** "Unknown: for some reason the state of the pod could not be obtained." */
  setUnknown(pod: Pod): void {
    this.#client.updateStatus({ ...pod, status: { ...pod.status, phase: 'Unknown' } });
  }

  /** The pod's containers end with this code. */
  end(pod: Pod, exitCode: number): void {
    if (isPodTerminal(pod)) return;
    const nowMs = this.#clock.wallMs();
    const finishedAt = formatTime(nowMs);
    const startedAt = pod.status?.startTime ?? finishedAt;
    const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = '' }) => ({
      ...{ name, image, imageID: image, restartCount: 0, ready: false },
      state: {
        terminated: { exitCode, finishedAt, startedAt, reason: exitCode === 0 ? 'Completed' : 'Error' },
      },
    }));
    let conditions = pod.status?.conditions ?? [];
    for (const type of ['ContainersReady', 'Ready']) {
      conditions = [...setCondition(conditions, { type, status: 'False' }, nowMs)];
    }
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    this.#client.updateStatus({ ...pod, status: { ...pod.status, phase, conditions, containerStatuses } });
  }
}

function readiness(isReady: boolean) {
  return { type: 'Ready', status: isReady ? 'True' : 'False', reason: 'KubeletReady', message: 'pretended' };
}
