import type { Client } from '../api/client.ts';
import { parseTime } from '../lib/clock.ts';
import type { Event } from '../objects/types.ts';
import type { ObjectEvent } from '../plan/index.ts';

/** Of these the events say what no status does: a pod without containers, a claim without a volume. */
const TOLD_BY_EVENTS: ReadonlySet<string> = new Set(['Pod', 'PersistentVolumeClaim']);

/**
 * The events of each pod and claim, as long as they are kept; fed by a watch, so that nobody has to search the events of a namespace. One is not enough: an event
 * that repeats is written every ten seconds only, and until then another one, which takes nothing back, would hide it.
 */
export class RecentEvents {
  readonly #client: Client;
  /** By the uid of what they are about, then by their own; the newest last. */
  readonly #events = new Map<string, Map<string, ObjectEvent>>();
  #unwatch: (() => void) | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  start(): void {
    for (const event of this.#client.list('Event').toSorted((a, b) => timeOf(a) - timeOf(b))) this.#note(event);
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
    return [...(this.#events.get(uid)?.values() ?? [])];
  }

  #note({ metadata, involvedObject, type = '', reason = '', message = '' }: Event): void {
    const { kind = '', uid, fieldPath } = involvedObject;
    if (uid === undefined || !TOLD_BY_EVENTS.has(kind)) return;
    const known = this.#events.get(uid) ?? new Map<string, ObjectEvent>();
    this.#events.set(uid, known);
    // One that has happened again is the newest.
    known.delete(metadata.uid);
    const container = containerOf(fieldPath);
    known.set(metadata.uid, { type, reason, message, ...(container === undefined ? {} : { container }) });
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
