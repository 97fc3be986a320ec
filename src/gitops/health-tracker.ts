import type { Client } from '../api/client.ts';
import type { Clock } from '../lib/clock.ts';
import { counted } from '../lib/counted.ts';
import {
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  type LabelSelector,
  tryFormatLabelSelector,
} from '../objects/index.ts';
import type { Pod, StoredObject } from '../objects/types.ts';
import {
  computeFinishedHealth,
  computeHealth,
  explainWorkload,
  type FinishedJob,
  findHeldUpdate,
  type Health,
  type ObjectHealth,
  type ObjectId,
  type WorkloadCause,
} from '../plan/index.ts';
import { countPods } from './outcomes/count-pods.ts';
import type { PodCount } from './outcomes/deployment-outcome.ts';
import type { RecentEvents } from './recent-events.ts';
import { RecoveringPods } from './recovering-pods.ts';

export interface HealthSummary {
  readonly total: number;
  readonly current: number;
  /** Objects that are not `Current`: failed ones first, then those that waiting does not mend. */
  readonly unhealthy: readonly UnhealthyObject[];
  /** After which something will have settled without any further event. */
  readonly settlesInMs?: number;
}

export interface UnhealthyObject extends ObjectHealth {
  readonly key: string;
  readonly cause?: WorkloadCause;
}

export interface FinishedObject {
  readonly key: string;
  readonly id: ObjectId;
  readonly finished: FinishedJob;
}

export interface TrackedObject {
  readonly id: ObjectId;
}

export interface HealthTrackerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly recentEvents: RecentEvents;
  /** How a Job ended that is gone and does not run again. */
  readonly findFinished: (key: string) => FinishedJob | undefined;
  /** What to think of an object that is deleted again whenever it is made; `undefined` for all others. */
  readonly judgeDeleted?: (key: string, object: StoredObject | undefined) => Health | undefined;
}

const RECOVERING: Health = { status: 'InProgress', reason: 'Recovering', message: 'a container failed and runs again' };
const MISSING: Health = { status: 'InProgress', reason: 'NotFound', message: 'does not exist' };

/**
 * Health of the objects of one application, kept current from watch events: an event costs one health computation, a
 * summary costs one pass over what is not healthy.
 */
export class HealthTracker {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #recentEvents: RecentEvents;
  readonly #findFinished: (key: string) => FinishedJob | undefined;
  readonly #judgeDeleted: NonNullable<HealthTrackerOptions['judgeDeleted']>;
  #tracked: ReadonlyMap<string, TrackedObject> = new Map();
  readonly #unhealthy = new Map<string, Health>();
  readonly #recovering: RecoveringPods;
  readonly #finished = new Map<string, FinishedJob>();

  constructor({ client, clock, recentEvents, findFinished, judgeDeleted }: HealthTrackerOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#recentEvents = recentEvents;
    this.#findFinished = findFinished;
    this.#judgeDeleted = judgeDeleted ?? (() => undefined);
    this.#recovering = new RecoveringPods(client, clock);
  }

  /**
   * Says which objects count from now on, and looks at each: but not again at one that was healthy when it was last
   * told about. With `hasSameKeys` they are those that counted before.
   */
  track(objects: ReadonlyMap<string, TrackedObject>, nowMs: number, hasSameKeys = false): void {
    const before = this.#tracked;
    this.#tracked = objects;
    if (hasSameKeys) {
      for (const key of [...this.#unhealthy.keys()]) {
        const id = this.idOf(key);
        if (id !== undefined) this.observe(key, this.#client.getObject(id), nowMs);
      }
      return;
    }
    for (const known of [this.#unhealthy, this.#finished])
      for (const key of [...known.keys()]) if (!objects.has(key)) known.delete(key);
    for (const [key, { id }] of objects) {
      if (!before.has(key) || this.#unhealthy.has(key)) this.observe(key, this.#client.getObject(id), nowMs);
    }
  }

  isTracked(key: string): boolean {
    return this.#tracked.has(key);
  }

  /**
   * Takes in the newest version of an object (`undefined` when it is gone). Returns its health when that has changed.
   */
  observe(key: string, object: StoredObject | undefined, nowMs: number): Health | undefined {
    const before = this.#unhealthy.get(key);
    const health = object === undefined ? this.#judgeMissing(key) : this.#judge(key, object, nowMs);
    if (object !== undefined) this.#finished.delete(key);
    if (health.status === 'Current') this.#unhealthy.delete(key);
    else this.#unhealthy.set(key, health);
    const isSame = before?.status === health.status && before.message === health.message;
    return isSame || (before === undefined && health.status === 'Current') ? undefined : health;
  }

  #judge(key: string, object: StoredObject, nowMs: number): Health {
    return (
      this.#judgeDeleted(key, object) ??
      computeHealth(object, nowMs, (name) => this.#client.get('StorageClass', { name }))
    );
  }

  #judgeMissing(key: string): Health {
    const finished = this.#findFinished(key);
    if (finished === undefined) this.#finished.delete(key);
    else this.#finished.set(key, finished);
    if (finished !== undefined) return computeFinishedHealth(finished);
    return this.#judgeDeleted(key, undefined) ?? MISSING;
  }

  /** Jobs that ended and are gone, because their time to live was up. */
  get finishedJobs(): readonly FinishedObject[] {
    return [...this.#finished].flatMap(([key, finished]) => {
      const id = this.idOf(key);
      return id === undefined ? [] : [{ key, id, finished }];
    });
  }

  /**
   * Takes in the newest version of any pod. Returns whether it is one of ours that runs again after a failure and has
   * yet to show that it stays up.
   */
  observePod(key: string, pod: Pod | undefined): boolean {
    const workload = this.#recovering.observe(key, pod);
    return workload !== undefined && this.isTracked(workload);
  }

  idOf(key: string): ObjectId | undefined {
    return this.#tracked.get(key)?.id;
  }

  /** Whether something in a namespace is not healthy, so that its pods may have something to say about that. */
  hasUnhealthyIn(namespace: string | undefined): boolean {
    for (const key of this.#unhealthy.keys()) if (this.idOf(key)?.namespace === namespace) return true;
    return false;
  }

  /**
   * Those of `keys` that do not count any more, because they left the application, keep nothing waiting: `summarise`
   * would not say when they settle.
   */
  areHealthy(keys: Iterable<string>): boolean {
    // What time alone makes healthy must not be found so by `summarise` only: nobody would come back for what waits for
    // it.
    this.#judgeWhatIsDue();
    const recovering = this.#recovering.list();
    for (const key of keys) if (this.isTracked(key) && (this.#unhealthy.has(key) || recovering.has(key))) return false;
    return true;
  }

  /** Pods that the tracked workloads ask for, and those of them that are ready. */
  countPods(): PodCount {
    return countPods([...this.#tracked.values()].flatMap(({ id }) => this.#client.getObject(id) ?? []));
  }

  summarise(): HealthSummary {
    const settled = this.#judgeWhatIsDue();
    const unhealthy: UnhealthyObject[] = [...this.#unhealthy].flatMap(([key, health]) => {
      const id = this.idOf(key);
      return id === undefined ? [] : [this.#explain(key, id, health)];
    });
    const recovering = [...this.#recovering.list()].filter(([key]) => !this.#unhealthy.has(key));
    for (const [key, recovery] of recovering) {
      const id = this.idOf(key);
      if (id === undefined) continue;
      settled.push(recovery.settledAtMs);
      unhealthy.push({ key, id, health: RECOVERING, cause: recovery.cause });
    }
    unhealthy.sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
    const counts = { total: this.#tracked.size, current: this.#tracked.size - unhealthy.length };
    if (settled.length === 0) return { ...counts, unhealthy };
    return { ...counts, unhealthy, settlesInMs: Math.max(0, Math.min(...settled) - this.#clock.monotonicMs()) };
  }

  /** Judges again what changes without an event of its own. Returns when more of that comes, in monotonic time. */
  #judgeWhatIsDue(): number[] {
    const nowMs = this.#clock.wallMs();
    const due: number[] = [];
    for (const [key, { changesAtMs }] of [...this.#unhealthy]) {
      const id = this.idOf(key);
      if (id === undefined) continue;
      // What a claim waits for is up to its class, which may have come since.
      const isDue = id.kind === 'PersistentVolumeClaim' || (changesAtMs ?? Number.POSITIVE_INFINITY) <= nowMs;
      if (isDue) this.observe(key, this.#client.getObject(id), nowMs);
      else if (changesAtMs !== undefined) due.push(this.#clock.monotonicMs() + changesAtMs - nowMs);
    }
    return due;
  }

  /** Why an object is not ready: a workload as its pods say, a claim as its newest event does. */
  #explain(key: string, id: ObjectId, health: Health): UnhealthyObject {
    if (id.kind === 'PersistentVolumeClaim') return { key, id, health: this.#explainClaim(id, health) };
    const all = this.#podsOf(id);
    const isLive = (pod: Pod) => !isPodReady(pod) && (id.kind === 'Job' || !isPodTerminal(pod));
    const pods = id.kind === 'Pod' ? all : all.filter(isLive);
    const cause = explainWorkload(pods, ({ metadata }) => this.#recentEvents.of(metadata.uid));
    if (cause !== undefined) return { key, id, health, cause: this.#withHeldUpdate(id, cause, pods) };
    return { key, id, health: id.kind === 'Pod' ? health : withStopping(health, all) };
  }

  /** Of a pod that nothing replaces, what does. */
  #withHeldUpdate(id: ObjectId, cause: WorkloadCause, pods: readonly Pod[]): WorkloadCause {
    const set = id.kind === 'StatefulSet' && cause.isStuck ? this.#client.get('StatefulSet', id) : undefined;
    const ofCause = pods.filter(({ metadata }) => metadata.name === cause.pod);
    const held = set === undefined ? undefined : findHeldUpdate(set, ofCause);
    if (held === undefined) return cause;
    return {
      ...cause,
      message: `${cause.message}; it is of an older revision and holds up the update: ${held.command}`,
    };
  }

  #explainClaim(id: ObjectId, health: Health): Health {
    const uid = this.#client.getObject(id)?.metadata.uid;
    const newest = uid === undefined || health.reason !== 'NotBound' ? undefined : this.#recentEvents.of(uid).at(-1);
    if (newest === undefined) return health;
    return { ...health, reason: newest.reason, message: `${health.message}: ${newest.message}` };
  }

  #podsOf(id: ObjectId): readonly Pod[] {
    const { namespace } = id;
    if (namespace === undefined) return [];
    if (id.kind === 'Pod') return [this.#client.get('Pod', id)].filter((pod) => pod !== undefined);
    const selector = (this.#client.getObject(id)?.['spec'] as { readonly selector?: unknown } | undefined)?.selector;
    if (!isLabelSelector(selector)) return [];
    const labelSelector = tryFormatLabelSelector(selector);
    if (labelSelector === undefined) return [];
    return this.#client.list('Pod', { namespace, labelSelector });
  }
}

/** What a rollout waits for that nothing else tells: pods that take their time to stop. */
function withStopping(health: Health, pods: readonly Pod[]): Health {
  const { length } = pods.filter((pod) => isPodTerminating(pod) && !isPodTerminal(pod));
  if (length === 0) return health;
  return { ...health, message: `${health.message}; ${counted(length, 'pod')} ${length === 1 ? 'is' : 'are'} stopping` };
}

function rank({ health, cause }: UnhealthyObject): number {
  if (health.status === 'Failed') return 0;
  return cause?.isStuck === true ? 1 : 2;
}

/**
 * What keeps an object from being healthy, as one clause:
 * `1/2 available; pod web-abc: ImagePullBackOff: back-off pulling image "x"`. Of a pod of one's own the cause says all.
 */
export function describeUnhealthy({ id, health, cause }: UnhealthyObject): string {
  if (cause === undefined) return health.message;
  const said = cause.message.startsWith(cause.reason) ? cause.message : `${cause.reason}: ${cause.message}`;
  return id.kind === 'Pod' ? said : `${health.message}; pod ${cause.pod}: ${said}`;
}

/**
 * Workloads select by `matchLabels` and `matchExpressions`; a Service's selector is a plain map, and it runs nothing.
 */
function isLabelSelector(selector: unknown): selector is LabelSelector {
  return (
    typeof selector === 'object' && selector !== null && ('matchLabels' in selector || 'matchExpressions' in selector)
  );
}
