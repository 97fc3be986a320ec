import type { Revision, StoreEvent } from '../store.ts';
import type { History } from './history.ts';

interface Watch {
  readonly prefix: string;
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** The newest revision that this watch was told of, or started after. */
  position: Revision;
  isStopped: boolean;
}

/**
 * Tells watches of commits, each watch of each commit once and in order. A callback may write, start and stop watches:
 * what it causes is delivered in the same tick, after the commit at hand has reached every watch.
 */
export class WatchChannel {
  readonly #history: History;
  readonly #watches = new Set<Watch>();
  readonly #catchingUp = new Set<Watch>();
  #delivered: Revision;
  #target: Revision;
  #isDelivering = false;

  constructor(history: History, startRevision: Revision) {
    this.#history = history;
    this.#delivered = startRevision;
    this.#target = startRevision;
  }

  /** No watch needs a commit up to this revision any more. */
  get floor(): Revision {
    let floor = this.#delivered;
    for (const watch of this.#catchingUp) floor = Math.min(floor, watch.position);
    return floor;
  }

  /** Delivers the commits up to `revision`; they must be in the history. */
  advance(revision: Revision): void {
    this.#target = revision;
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#delivered < this.#target) {
      this.#delivered++;
      for (const watch of this.#watches) this.#deliver(watch, this.#delivered);
    }
    this.#isDelivering = false;
  }

  /** Starts a watch; what is past already is delivered before this returns. */
  add(options: Pick<Watch, 'prefix' | 'onEvents'>, afterRevision: Revision): () => void {
    const watch: Watch = {
      prefix: options.prefix,
      onEvents: options.onEvents,
      position: afterRevision,
      isStopped: false,
    };
    const wasDelivering = this.#isDelivering;
    this.#isDelivering = true;
    this.#catchingUp.add(watch);
    while (watch.position < this.#delivered) this.#deliver(watch, watch.position + 1);
    this.#catchingUp.delete(watch);
    this.#watches.add(watch);
    this.#isDelivering = wasDelivering;
    this.advance(this.#target);
    return () => {
      watch.isStopped = true;
      this.#watches.delete(watch);
    };
  }

  #deliver(watch: Watch, revision: Revision): void {
    if (watch.isStopped || watch.position >= revision) return;
    const { events } = this.#history.at(revision);
    watch.position = revision;
    const wanted = eventsBelow(watch.prefix, events);
    if (wanted.length === 0) return;
    try {
      watch.onEvents(wanted);
    } catch (error) {
      // The commit stands and the other watches must hear of it. A callback that throws is a bug: left unhandled, it
      // stops the process.
      void Promise.reject(error);
    }
  }
}

/** The list itself where all are: nearly every commit, to nearly every watch. */
function eventsBelow(prefix: string, events: readonly StoreEvent[]): readonly StoreEvent[] {
  for (const event of events) {
    if (!keyOf(event).startsWith(prefix)) return events.filter((other) => keyOf(other).startsWith(prefix));
  }
  return events;
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}
