import type { Client } from '../api/client.ts';
import { parseTime } from '../lib/clock.ts';
import type { Event } from '../objects/types.ts';
import type { NewestEvent } from '../plan/index.ts';

/** Of these the newest event says what no status does: a pod without containers, a claim without a volume. */
const TOLD_BY_EVENTS: ReadonlySet<string> = new Set(['Pod', 'PersistentVolumeClaim']);

interface KnownEvent extends NewestEvent {
  readonly uid: string;
}

/** The newest event of each pod and claim, as long as the event is kept; fed by a watch, so that nobody has to search the events of a namespace. */
export class NewestEvents {
  readonly #client: Client;
  /** By the uid of what they are about. */
  readonly #newest = new Map<string, KnownEvent>();
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

  of(uid: string): NewestEvent | undefined {
    return this.#newest.get(uid);
  }

  #note({ metadata, involvedObject, type = '', reason = '', message = '' }: Event): void {
    const { kind = '', uid } = involvedObject;
    if (uid !== undefined && TOLD_BY_EVENTS.has(kind))
      this.#newest.set(uid, { uid: metadata.uid, type, reason, message });
  }

  #forget({ metadata, involvedObject }: Event): void {
    const known = this.#newest.get(involvedObject.uid ?? '');
    if (known?.uid === metadata.uid) this.#newest.delete(involvedObject.uid ?? '');
  }
}

function timeOf({ metadata, lastTimestamp, eventTime }: Event): number {
  return parseTime(lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
}
