import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { jsonEqual } from '../../lib/json.ts';
import { isPodReady, isPodTerminal, isPodTerminating } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { workloadOfPod } from './workload-of-pod.ts';

/** What a pod had come to at one moment, as far as a rollout is concerned. */
interface PodState {
  readonly isReady: boolean;
  readonly isStarted: boolean;
  readonly isStopping: boolean;
  readonly isGone: boolean;
  /** Why it cannot be placed or started, as a clause. */
  readonly trouble: string | undefined;
  readonly restarts: number;
}

export interface RecordedPod {
  readonly name: string;
  readonly revision: string;
  /** It was there when the change came in. */
  readonly isOld: boolean;
  state: PodState;
}

/** One look at a workload, taken whenever its pods came to something else. Counts by revision. */
export interface RecordedSample {
  readonly atMs: number;
  readonly pods: Readonly<Record<string, { readonly ready: number; readonly count: number }>>;
}

export type RecordedStep = 'new-created' | 'new-waiting' | 'new-started' | 'new-ready' | 'old-stopping' | 'old-gone';

export interface RecordedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pods: ReadonlyMap<string, RecordedPod>;
  readonly samples: readonly RecordedSample[];
  /** Each step once, in the order in which it was first taken. */
  readonly steps: readonly RecordedStep[];
  /** When the last pod came to something else than it was, restarts aside. */
  readonly changedAtMs: number;
  readonly restarts: number;
}

interface MutableWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly pods: Map<string, RecordedPod>;
  readonly samples: RecordedSample[];
  readonly steps: RecordedStep[];
  changedAtMs: number;
  restarts: number;
}

/** Reasons of a waiting container that only say that it is on its way. */
const ON_ITS_WAY: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * Writes down what the pods of every workload come to, from watch events alone: the same in a simulated box and in a
 * real one. Times are milliseconds since the start of the recording.
 */
export class RolloutRecorder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #workloads = new Map<string, MutableWorkload>();
  readonly #workloadOfPod = new Map<string, MutableWorkload>();
  readonly #unsettled = new Map<string, Pod>();
  readonly #unwatch: () => void;
  #changedAtMs = 0;
  #podsSeen = 0;
  #hasBegun = false;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    for (const pod of client.list('Pod')) this.#take(pod, true);
    for (const workload of this.#workloads.values()) this.#sample(workload);
    this.#hasBegun = true;
    this.#unwatch = client.watch('Pod', ({ type, object }) => {
      const workload = this.#take(type === 'DELETED' ? gone(object) : object, false);
      if (workload !== undefined) this.#sample(workload);
    });
  }

  stop(): void {
    this.#unwatch();
  }

  get hasUnsettledPods(): boolean {
    return this.#unsettled.size > 0;
  }

  /** Pods that are on their way to something. */
  get unsettledPods(): readonly Pod[] {
    return [...this.#unsettled.values()];
  }

  get nowMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  /** When the pods of any workload last came to something else; restarts do not count. */
  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  /** Pods that were there at any time. */
  get podsSeen(): number {
    return this.#podsSeen;
  }

  /** By `Kind/namespace/name`, sorted. */
  get workloads(): ReadonlyMap<string, RecordedWorkload> {
    return new Map([...this.#workloads].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #take(pod: Pod | GonePod, isOld: boolean): MutableWorkload | undefined {
    const { uid, name } = pod.metadata;
    if (isSettled(pod)) this.#unsettled.delete(uid);
    else this.#unsettled.set(uid, pod);
    const workload = this.#workloadOfPod.get(uid) ?? this.#assign(pod);
    const known = workload.pods.get(uid);
    const state = stateOf(pod);
    if (known === undefined) {
      if (state.isGone) return undefined;
      this.#podsSeen++;
      const { revision } = workloadOfPod(this.#client, pod);
      const added: RecordedPod = { name, revision, isOld, state: NEW_POD };
      workload.pods.set(uid, added);
      if (!isOld) note(workload, 'new-created');
      this.#change(workload, added, state);
      return workload;
    }
    if (isSame(known.state, state)) return undefined;
    workload.restarts += Math.max(0, state.restarts - known.state.restarts);
    this.#change(workload, known, state);
    return workload;
  }

  #change(workload: MutableWorkload, pod: RecordedPod, state: PodState): void {
    const isProgress = !isSame({ ...pod.state, restarts: state.restarts }, state);
    if (pod.isOld) {
      if (state.isStopping) note(workload, 'old-stopping');
      if (state.isGone) note(workload, 'old-gone');
    } else {
      if (state.trouble !== undefined) note(workload, 'new-waiting');
      if (state.isStarted) note(workload, 'new-started');
      if (state.isReady) note(workload, 'new-ready');
    }
    pod.state = state;
    if (!isProgress) return;
    workload.changedAtMs = this.nowMs;
    this.#changedAtMs = this.nowMs;
  }

  #assign(pod: Pod): MutableWorkload {
    const { kind, namespace, name } = workloadOfPod(this.#client, pod);
    const key = `${kind}/${namespace}/${name}`;
    const workload: MutableWorkload = this.#workloads.get(key) ?? {
      kind,
      namespace,
      name,
      pods: new Map(),
      samples: [],
      steps: [],
      changedAtMs: 0,
      restarts: 0,
    };
    // One that is new had no pods before.
    if (workload.samples.length === 0 && this.#hasBegun) workload.samples.push({ atMs: 0, pods: {} });
    this.#workloads.set(key, workload);
    this.#workloadOfPod.set(pod.metadata.uid, workload);
    return workload;
  }

  #sample(workload: MutableWorkload): void {
    const pods: Record<string, { ready: number; count: number }> = {};
    for (const { revision, state } of workload.pods.values()) {
      if (state.isGone) continue;
      const counts = pods[revision] ?? { ready: 0, count: 0 };
      pods[revision] = counts;
      counts.count++;
      if (state.isReady && !state.isStopping) counts.ready++;
    }
    const last = workload.samples.at(-1);
    const sample = { atMs: this.nowMs, pods };
    if (last !== undefined && jsonEqual(last.pods, pods)) return;
    // What one moment brings about is one look; but the first is what was there before.
    if (last?.atMs === sample.atMs && workload.samples.length > 1) workload.samples.pop();
    workload.samples.push(sample);
  }
}

const NEW_POD: PodState = {
  isReady: false,
  isStarted: false,
  isStopping: false,
  isGone: false,
  trouble: undefined,
  restarts: 0,
};

type GonePod = Pod & { readonly isGone: true };

function gone(pod: Pod): GonePod {
  return { ...pod, isGone: true };
}

function isSettled(pod: Pod | GonePod): boolean {
  if ('isGone' in pod) return true;
  return !isPodTerminating(pod) && (isPodTerminal(pod) || isPodReady(pod));
}

function stateOf(pod: Pod | GonePod): PodState {
  if ('isGone' in pod) return { ...NEW_POD, isStopping: true, isGone: true };
  const statuses = pod.status?.containerStatuses ?? [];
  return {
    isReady: isPodReady(pod),
    isStarted: statuses.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined),
    isStopping: isPodTerminating(pod),
    isGone: isPodTerminal(pod) && isPodTerminating(pod),
    trouble: troubleOf(pod),
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}

const DEFAULT_SCHEDULER = 'default-scheduler';

function troubleOf(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return scheduled.message ?? 'it cannot be placed';
  const { nodeName = '', schedulerName = DEFAULT_SCHEDULER } = pod.spec ?? {};
  // Nobody looks at such a pod, so that no condition tells why it waits.
  if (nodeName === '' && schedulerName !== DEFAULT_SCHEDULER)
    return `no scheduler of the box is called "${schedulerName}"`;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && !ON_ITS_WAY.has(reason)) return `${name}: ${reason}: ${message ?? reason}`;
  }
  return undefined;
}

function isSame(a: PodState, b: PodState): boolean {
  return (
    a.isReady === b.isReady &&
    a.isStarted === b.isStarted &&
    a.isStopping === b.isStopping &&
    a.isGone === b.isGone &&
    a.restarts === b.restarts &&
    (a.trouble === undefined) === (b.trouble === undefined)
  );
}

function note(workload: MutableWorkload, step: RecordedStep): void {
  if (!workload.steps.includes(step)) workload.steps.push(step);
}
