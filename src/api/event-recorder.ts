import { formatTime, parseTime, type Timer } from '../lib/clock.ts';
import { newUid } from '../lib/ids.ts';
import { LIMITS } from '../lib/limits.ts';
import { kindOf, storagePrefixOf } from '../objects/kinds.ts';
import type { Event } from '../objects/types.ts';
import type { Entry } from '../store/store.ts';
import type { EventInput } from './client.ts';
import type { RegistryContext } from './context.ts';
import { EventCorrelator, type EventSighting } from './event-correlator.ts';
import { frozenCopy } from './frozen-copy.ts';
import { keyOf } from './kind-lookup.ts';

/** "Events are kept for one hour" (kube-apiserver --event-ttl). */
const TTL_MS = 60 * 60_000;
const SWEEP_INTERVAL_MS = 10 * 60_000;
/**
 * An event that repeats is written at most this often; what happens in between is counted and written with the next.
 */
const WRITE_INTERVAL_MS = 10_000;
/** "message … at most 1024 bytes" (core/v1 Event validation). */
const MAX_MESSAGE_LENGTH = 1024;

/**
 * Writes events. Equal ones are counted up in one object, similar ones are combined, and whoever reports too much about
 * one object is cut off (`EventCorrelator`), so that a crash loop costs one small write in ten seconds. Their number
 * per namespace and their age are bounded.
 *
 * What is in the store is the truth: a transaction that is undone takes its events with it, and they are written anew
 * next time.
 */
export class EventRecorder {
  readonly #context: RegistryContext;
  readonly #correlator: EventCorrelator;
  readonly #flushTimers = new Map<string, Timer>();
  readonly #kept: 'all' | 'warnings';
  #sweepTimer: Timer | undefined;
  #sequence = 0;
  #isClosed = false;
  #isMuted = false;

  constructor(context: RegistryContext, kept: 'all' | 'warnings' = 'all') {
    this.#context = context;
    this.#kept = kept;
    this.#correlator = new EventCorrelator(context.clock);
    if (context.store.count(EVENTS) > 0) this.#armSweep();
  }

  record(input: EventInput): void {
    if (this.#isMuted || (this.#kept === 'warnings' && input.type !== 'Warning')) return;
    const sighting = this.#correlator.observe({ ...input, message: input.message.slice(0, MAX_MESSAGE_LENGTH) });
    if (sighting === undefined) return;
    const entry = sighting.storeKey === undefined ? undefined : this.#context.store.get(sighting.storeKey);
    if (entry === undefined) return this.#create(input, sighting);
    const waitMs = sighting.writtenMs + WRITE_INTERVAL_MS - this.#context.clock.monotonicMs();
    if (waitMs <= 0) return this.#countUp(sighting);
    this.#flushLater(sighting, waitMs);
  }

  /** Runs `body` without recording anything: what it reports does not happen. */
  mutedWhile<T>(body: () => T): T {
    const wasMuted = this.#isMuted;
    this.#isMuted = true;
    try {
      return body();
    } finally {
      this.#isMuted = wasMuted;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#flushTimers.values()) timer.cancel();
    this.#sweepTimer?.cancel();
  }

  #create(input: EventInput, sighting: EventSighting): void {
    const { store, clock, random } = this.#context;
    const { regarding } = input;
    const namespace = regarding.metadata?.namespace || 'default';
    if (!this.#isNamespaceLive(namespace)) return;
    const time = formatTime(clock.wallMs());
    const name = this.#newName(regarding.metadata?.name ?? '');
    const key = `${EVENTS}${namespace}/${name}`;
    store.transact((transaction) => {
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name,
          namespace,
          uid: newUid(random),
          creationTimestamp: time,
          resourceVersion: String(transaction.nextRevision),
        },
        involvedObject: {
          apiVersion: regarding.apiVersion,
          kind: regarding.kind,
          name: regarding.metadata?.name,
          namespace: regarding.metadata?.namespace,
          uid: regarding.metadata?.uid,
          resourceVersion: regarding.metadata?.resourceVersion,
          fieldPath: input.fieldPath,
        },
        type: input.type,
        reason: input.reason,
        message: sighting.message,
        source: { component: input.component },
        reportingComponent: input.component,
        reportingInstance: '',
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      };
      transaction.put(key, frozenCopy(event));
      this.#trim(namespace);
    });
    sighting.storeKey = key;
    this.#markWritten(sighting);
    this.#armSweep();
  }

  #isNamespaceLive(name: string): boolean {
    const entry = this.#context.store.get(keyOf(kindOf('Namespace'), { name }));
    const metadata = entry?.value['metadata'] as { readonly deletionTimestamp?: string } | undefined;
    return metadata !== undefined && metadata.deletionTimestamp === undefined;
  }

  /** `web-1.17f3a…`: the object's name and a moment, as Kubernetes names events. */
  #newName(objectName: string): string {
    const moment = BigInt(this.#context.clock.wallMs()) * 1_000_000n + BigInt(this.#sequence++);
    return `${objectName.slice(0, 230)}.${moment.toString(16)}`;
  }

  #countUp(sighting: EventSighting): void {
    const { store } = this.#context;
    const key = sighting.storeKey;
    const entry = key === undefined ? undefined : store.get(key);
    if (key === undefined || entry === undefined) return;
    const event = eventOf(entry);
    store.transact((transaction) => {
      const counted = {
        ...event,
        metadata: { ...event.metadata, resourceVersion: String(transaction.nextRevision) },
        count: (event.count ?? 1) + sighting.unwritten,
        lastTimestamp: formatTime(sighting.seenMs),
        message: sighting.message,
      };
      transaction.put(key, frozenCopy(counted));
    });
    this.#markWritten(sighting);
  }

  #markWritten(sighting: EventSighting): void {
    sighting.unwritten = 0;
    sighting.writtenMs = this.#context.clock.monotonicMs();
    const { storeKey } = sighting;
    if (storeKey === undefined) return;
    this.#flushTimers.get(storeKey)?.cancel();
    this.#flushTimers.delete(storeKey);
  }

  #flushLater(sighting: EventSighting, waitMs: number): void {
    const { storeKey } = sighting;
    if (storeKey === undefined || this.#flushTimers.has(storeKey) || this.#isClosed) return;
    const timer = this.#context.clock.setTimer(waitMs, () => {
      this.#flushTimers.delete(storeKey);
      this.#countUp(sighting);
    });
    this.#flushTimers.set(storeKey, timer);
  }

  /**
   * Over the bound, the tenth that was seen longest ago goes at once, so that the search for it is paid once in a
   * hundred events.
   */
  #trim(namespace: string): void {
    const { store } = this.#context;
    const prefix = `${EVENTS}${namespace}/`;
    if (store.count(prefix) <= LIMITS.eventsPerNamespace) return;
    const byAge = store.list(prefix).toSorted((a, b) => lastSeenMs(a) - lastSeenMs(b));
    const surplus = byAge.slice(0, Math.ceil(LIMITS.eventsPerNamespace / 10));
    this.#delete(surplus);
  }

  #armSweep(): void {
    if (this.#isClosed) return;
    this.#sweepTimer ??= this.#context.clock.setTimer(SWEEP_INTERVAL_MS, () => {
      this.#sweepTimer = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const { store, clock } = this.#context;
    const oldestMs = clock.wallMs() - TTL_MS;
    this.#delete(store.list(EVENTS).filter((entry) => lastSeenMs(entry) < oldestMs));
    if (store.count(EVENTS) > 0) this.#armSweep();
  }

  #delete(entries: readonly Entry[]): void {
    this.#context.store.transact((transaction) => {
      for (const entry of entries) transaction.delete(entry.key);
    });
  }
}

const EVENTS = storagePrefixOf(kindOf('Event'));

function eventOf(entry: Entry): Event {
  return entry.value as unknown as Event;
}

function lastSeenMs(entry: Entry): number {
  const event = eventOf(entry);
  return parseTime(event.lastTimestamp ?? event.metadata.creationTimestamp) ?? 0;
}
