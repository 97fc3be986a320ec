import type { Client } from '../api/client.ts';
import { parseTime } from '../lib/clock.ts';
import type { Event } from '../objects/types.ts';
import type { ObjectEvent } from '../plan/index.ts';

/** Of these the events say what no status does: a pod without containers, a claim without a volume. */
const TOLD_BY_EVENTS: ReadonlySet<string> = new Set(['Pod', 'PersistentVolumeClaim']);

interface Noted {
  readonly event: ObjectEvent;
  /** When it happened last: a repetition is written later than that, and what has happened in between is newer. */
  readonly seenMs: number;
}

/**
 * The events of each pod and claim, as long as they are kept; fed by a watch, so that nobody has to search the events
 * of a namespace. One is not enough: an event that repeats is written every ten seconds only, and until then another
 * one, which takes nothing back, would hide it.
 */
export class RecentEvents {
  readonly #client: Client;
  /** By the uid of what they are about, then by their own. */
  readonly #events = new Map<string, Map<string, Noted>>();
  #unwatch: (() => void) | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  start(): void {
    for (const event of this.#client.list('Event')) this.#note(event);
    this.#unwatch = this.#client.watch('Event', ({ type, object }) => {
      if (type === 'DELETED') this.#forget(object);
      else this.#note(object);
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** The newest last. */
  of(uid: string): readonly ObjectEvent[] {
    const noted = [...(this.#events.get(uid)?.values() ?? [])];
    return noted.sort((a, b) => a.seenMs - b.seenMs).map(({ event }) => event);
  }

  #note(noted: Event): void {
    const { metadata, involvedObject, type = '', reason = '', message = '' } = noted;
    const { kind = '', uid, fieldPath } = involvedObject;
    if (uid === undefined || !TOLD_BY_EVENTS.has(kind)) return;
    const known = this.#events.get(uid) ?? new Map<string, Noted>();
    this.#events.set(uid, known);
    // One that has happened again is the newest of its second.
    known.delete(metadata.uid);
    const container = containerOf(fieldPath);
    const event = { type, reason, message, ...(container === undefined ? {} : { container }) };
    known.set(metadata.uid, { event, seenMs: timeOf(noted) });
  }

  #forget({ metadata, involvedObject: { uid = '' } }: Event): void {
    const known = this.#events.get(uid);
    known?.delete(metadata.uid);
    if (known?.size === 0) this.#events.delete(uid);
  }
}

/** `web` of `spec.containers{web}`. */
function containerOf(fieldPath: string | undefined): string | undefined {
  return fieldPath === undefined ? undefined : /\{(.+)\}$/.exec(fieldPath)?.[1];
}

function timeOf({ metadata, lastTimestamp, eventTime }: Event): number {
  return parseTime(lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
}
