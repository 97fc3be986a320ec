import type { Client } from '../../api/client.ts';
import { Alarm } from '../../lib/alarm.ts';
import type { Clock } from '../../lib/clock.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { controllerOf, isPodReady, isPodTerminating } from '../../objects/index.ts';
import type { Event, Pod } from '../../objects/types.ts';
import type { GitopsState } from '../gitops-state.ts';
import type { Observations, ObservedWorkload } from './observations.ts';

export interface StartObserverOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly state: GitopsState;
}

/** One start, from the creation of a pod to its readiness; monotonic. */
interface Watched {
  readonly workload: string;
  readonly images: readonly string[];
  readonly createdMs: number;
  pulledMs: number;
  startedMs?: number;
  stoppingMs?: number;
  isNoted: boolean;
}

/** Last starts and stops of a workload that the median is taken of. */
const KEPT = 5;
/** What was seen is written together: a rollout of many pods makes few writes. */
const WRITE_AFTER_MS = 2_000;
/** The wording of the node agent's event: `Successfully pulled image "app:1" in 1.5s (…)`. */
const PULLED = /^Successfully pulled image "([^"]+)" in (?:(\d+)m)?(?:([\d.]+)(ms|s))? /;

interface Seen {
  readonly images: readonly string[];
  readonly startMs: readonly number[];
  readonly readyMs: readonly number[];
  readonly stopMs: readonly number[];
}

/**
 * Sees how long the pods of each workload take from their creation to their start, from there to readiness, and from
 * the order to stop to their end, and how long images take to be pulled. It only listens; what it has learned is kept
 * in the store across restarts, and published with the status.
 */
export class StartObserver {
  readonly #options: StartObserverOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #workloads: Map<string, Seen>;
  readonly #pulls: Map<string, number>;
  readonly #writing: Alarm;
  #unwatch: (() => void)[] = [];

  constructor(options: StartObserverOptions) {
    this.#options = options;
    const kept = readSeen(options.state.getObserved());
    this.#workloads = kept.workloads;
    this.#pulls = kept.pulls;
    this.#writing = new Alarm(options.clock, () => this.#write());
  }

  get observations(): Observations {
    return describeAll(this.#workloads, this.#pulls);
  }

  start(): void {
    const { client } = this.#options;
    this.#unwatch = [
      client.watch('Pod', ({ type, object }) => {
        if (type === 'ADDED') this.#onAdded(object);
        else if (type === 'DELETED') this.#onGone(object);
        else this.#onChanged(object);
      }),
      client.watch('Event', ({ type, object }) => {
        if (type !== 'DELETED') this.#onEvent(object);
      }),
    ];
  }

  stop(): void {
    for (const unwatch of this.#unwatch.splice(0)) unwatch();
    if (this.#writing.leftMs !== undefined) this.#write();
    this.#writing.close();
  }

  #onAdded(pod: Pod): void {
    const images = (pod.spec?.containers ?? []).flatMap(({ image }) => image ?? []);
    const createdMs = this.#options.clock.monotonicMs();
    const workload = this.#workloadOf(pod);
    this.#watched.set(pod.metadata.uid, { workload, images, createdMs, pulledMs: 0, isNoted: false });
  }

  #onChanged(pod: Pod): void {
    const nowMs = this.#options.clock.monotonicMs();
    const watched = this.#watched.get(pod.metadata.uid) ?? this.#takeOn(pod);
    if (isPodTerminating(pod)) watched.stoppingMs ??= nowMs;
    const statuses = pod.status?.containerStatuses ?? [];
    // A container that was started again tells of its trouble, not of a start.
    if (statuses.some(({ restartCount }) => restartCount > 0)) watched.isNoted = true;
    if (statuses.length > 0 && statuses.every(({ state }) => state?.running !== undefined)) watched.startedMs ??= nowMs;
    if (watched.isNoted || watched.startedMs === undefined || !isPodReady(pod)) return;
    watched.isNoted = true;
    const startMs = Math.max(0, watched.startedMs - watched.createdMs - watched.pulledMs);
    this.#note(watched, { startMs, readyMs: nowMs - watched.startedMs });
  }

  /** A pod that was there before: only its end can be seen whole. */
  #takeOn(pod: Pod): Watched {
    const workload = this.#workloadOf(pod);
    const watched = { workload, images: [], createdMs: 0, pulledMs: 0, isNoted: true };
    this.#watched.set(pod.metadata.uid, watched);
    return watched;
  }

  #onGone(pod: Pod): void {
    const watched = this.#watched.get(pod.metadata.uid);
    this.#watched.delete(pod.metadata.uid);
    if (watched?.stoppingMs === undefined || (watched.startedMs === undefined && watched.createdMs > 0)) return;
    const stopMs = Math.round(this.#options.clock.monotonicMs() - watched.stoppingMs);
    const seen = this.#workloads.get(watched.workload);
    if (seen === undefined) return;
    this.#remember(watched.workload, { ...seen, stopMs: keep(seen.stopMs, stopMs) });
  }

  #onEvent({ reason, message = '', involvedObject }: Event): void {
    if (reason !== 'Pulled') return;
    const [, image, minutes, amount, unit] = PULLED.exec(message) ?? [];
    if (image === undefined) return;
    const ms = Math.round(Number(minutes ?? 0) * 60_000 + Number(amount ?? 0) * (unit === 's' ? 1_000 : 1));
    this.#pulls.delete(image);
    this.#pulls.set(image, ms);
    trim(this.#pulls, LIMITS.observedPulls);
    const watched = this.#watched.get(involvedObject.uid ?? '');
    if (watched !== undefined) watched.pulledMs += ms;
    this.#writeSoon();
  }

  #note({ workload, images }: Watched, took: { readonly startMs: number; readonly readyMs: number }): void {
    const seen = this.#workloads.get(workload);
    // Another program starts otherwise: what was seen of the old one says nothing of it.
    const before =
      seen !== undefined && sameRepositories(seen.images, images) ? seen : { startMs: [], readyMs: [], stopMs: [] };
    this.#remember(workload, {
      images,
      startMs: keep(before.startMs, Math.round(took.startMs)),
      readyMs: keep(before.readyMs, Math.round(took.readyMs)),
      stopMs: before.stopMs,
    });
  }

  #remember(workload: string, seen: Seen): void {
    this.#workloads.delete(workload);
    this.#workloads.set(workload, seen);
    trim(this.#workloads, LIMITS.observedWorkloads);
    this.#writeSoon();
  }

  #workloadOf(pod: Pod): string {
    const { namespace = 'default', name } = pod.metadata;
    const owner = controllerOf(pod);
    if (owner === undefined) return `Pod/${namespace}/${name}`;
    if (owner.kind !== 'ReplicaSet') return `${owner.kind}/${namespace}/${owner.name}`;
    const set = this.#options.client.get('ReplicaSet', { namespace, name: owner.name });
    const maker = set === undefined ? undefined : controllerOf(set);
    return `${maker?.kind ?? 'ReplicaSet'}/${namespace}/${maker?.name ?? owner.name}`;
  }

  #writeSoon(): void {
    if (this.#writing.leftMs === undefined) this.#writing.set(WRITE_AFTER_MS);
  }

  #write(): void {
    this.#writing.cancel();
    this.#options.state.putObserved({
      workloads: Object.fromEntries([...this.#workloads].map(([name, seen]) => [name, { ...seen }])),
      pulls: Object.fromEntries(this.#pulls),
    });
  }
}

/** What a store has of observations; sorted by name. */
export function readObservations(state: GitopsState): Observations {
  const { workloads, pulls } = readSeen(state.getObserved());
  return describeAll(workloads, pulls);
}

function describeAll(seen: ReadonlyMap<string, Seen>, pulled: ReadonlyMap<string, number>): Observations {
  const workloads = [...seen].flatMap(([workload, one]) => describe(workload, one) ?? []);
  const pulls = [...pulled].map(([image, pullMs]) => ({ image, pullMs }));
  return {
    workloads: workloads.sort((a, b) => (a.workload < b.workload ? -1 : 1)),
    pulls: pulls.sort((a, b) => (a.image < b.image ? -1 : 1)),
  };
}

function describe(workload: string, { images, startMs, readyMs, stopMs }: Seen): ObservedWorkload | undefined {
  const [start, ready, stop] = [medianOf(startMs), medianOf(readyMs), medianOf(stopMs)];
  if (start === undefined || ready === undefined) return undefined;
  return {
    workload,
    images,
    startMs: start,
    readyMs: ready,
    ...(stop === undefined ? {} : { stopMs: stop }),
    starts: startMs.length,
  };
}

function medianOf(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function keep(values: readonly number[], value: number): readonly number[] {
  return [...values, value].slice(-KEPT);
}

function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function sameRepositories(a: readonly string[], b: readonly string[]): boolean {
  const repositories = (images: readonly string[]) => images.map((image) => image.replace(/[:@][^/]*$/, '')).join('\n');
  return repositories(a) === repositories(b);
}

function readSeen(value: JsonObject | undefined): {
  readonly workloads: Map<string, Seen>;
  readonly pulls: Map<string, number>;
} {
  const workloads = new Map<string, Seen>();
  const pulls = new Map<string, number>();
  for (const [name, seen] of Object.entries(asObject(value?.['workloads']))) {
    const { images, startMs, readyMs, stopMs } = asObject(seen);
    workloads.set(name, {
      images: texts(images),
      startMs: numbers(startMs),
      readyMs: numbers(readyMs),
      stopMs: numbers(stopMs),
    });
  }
  for (const [image, ms] of Object.entries(asObject(value?.['pulls'])))
    if (typeof ms === 'number') pulls.set(image, ms);
  return { workloads, pulls };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: JsonValue) => typeof item === 'string') : [];
}

function numbers(value: JsonValue | undefined): readonly number[] {
  return Array.isArray(value) ? value.filter((item: JsonValue) => typeof item === 'number') : [];
}
