import type { Clock } from '../lib/clock.ts';
import type { EventInput } from './client.ts';

/** One event that is reported again and again, and what of it is in the store. */
export interface EventSighting {
  /** As it is to be shown: for combined events with a note in front. */
  message: string;
  /** Where it is stored; `undefined` until it is. */
  storeKey: string | undefined;
  /** When it was written last, in monotonic milliseconds. */
  writtenMs: number;
  /** How often it was seen since then. */
  unwritten: number;
  /**
   * When it was seen last, in wall time: "The time at which the most recent occurrence of this event was recorded"
   * (`lastTimestamp`, core/v1).
   */
  seenMs: number;
}

/** The numbers of client-go's EventCorrelator. */
const MAX_SIMILAR_MESSAGES = 10;
const SIMILAR_INTERVAL_MS = 10 * 60_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 5 * 60_000;
const MAX_REMEMBERED = 4096;

/**
 * Decides what of the reported events is the same, as client-go's EventCorrelator does: equal events are one, "more
 * than 10 similar events in 10 minutes are combined into one", and "a source may burst 25 events about an object,
 * refilled by one every 5 minutes"; of those, repetitions of one that is known cost nothing here, because they are
 * written rarely anyway.
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #sightings = new BoundedMap<EventSighting>(MAX_REMEMBERED);
  readonly #similar = new BoundedMap<{ readonly messages: Set<string>; sinceMs: number }>(MAX_REMEMBERED);
  readonly #budgets = new BoundedMap<{ tokens: number; filledMs: number }>(MAX_REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The sighting that this event counts towards; `undefined` when its source is to be ignored for now. */
  observe(input: EventInput): EventSighting | undefined {
    const { regarding, type, reason, component, fieldPath = '' } = input;
    const { namespace = '', name = '', uid = '' } = regarding.metadata ?? {};
    const object = [component, regarding.kind, namespace, name, uid].join('\n');
    const group = [object, fieldPath, type, reason].join('\n');
    const isCombined = this.#isOneOfMany(group, input.message);
    const key = isCombined ? `${group}\n` : `${group}\n${input.message}`;
    const message = isCombined ? `(combined from similar events): ${input.message}` : input.message;

    const known = this.#sightings.get(key);
    if (known !== undefined) {
      known.message = message;
      known.unwritten++;
      known.seenMs = this.#clock.wallMs();
      return known;
    }
    if (!this.#spend(object)) return undefined;
    const seenMs = this.#clock.wallMs();
    const sighting = { message, storeKey: undefined, writtenMs: Number.NEGATIVE_INFINITY, unwritten: 1, seenMs };
    this.#sightings.set(key, sighting);
    return sighting;
  }

  #isOneOfMany(group: string, message: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    let similar = this.#similar.get(group);
    if (similar === undefined || nowMs - similar.sinceMs > SIMILAR_INTERVAL_MS) {
      similar = { messages: new Set(), sinceMs: nowMs };
      this.#similar.set(group, similar);
    }
    if (similar.messages.has(message)) return false;
    if (similar.messages.size >= MAX_SIMILAR_MESSAGES) return true;
    similar.messages.add(message);
    return false;
  }

  #spend(object: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const budget = this.#budgets.get(object) ?? { tokens: SPAM_BURST, filledMs: nowMs };
    const refill = Math.floor((nowMs - budget.filledMs) / SPAM_REFILL_MS);
    budget.tokens = Math.min(SPAM_BURST, budget.tokens + refill);
    budget.filledMs += refill * SPAM_REFILL_MS;
    this.#budgets.set(object, budget);
    if (budget.tokens === 0) return false;
    budget.tokens--;
    return true;
  }
}

/** Forgets what was used longest ago when it is full. */
class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#maxSize) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
