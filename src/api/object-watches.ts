import type { StoredObject } from '../objects/types.ts';
import type { Store, StoreEvent } from '../store/store.ts';
import type { WatchEvent } from './client.ts';
import { asStored } from './context.ts';

type Listener = (event: WatchEvent<StoredObject>) => void;

/**
 * Tells components inside the process about changes of API objects (the store's other records have keys without a
 * leading slash), in the tick of the commit and in revision order. One watch of the store serves all of them; a
 * listener that is added while events are handed out hears of the next commit first.
 */
export class ObjectWatches {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #stop: () => void;

  constructor(store: Store) {
    this.#stop = store.watch({ prefix: '/', when: 'memory', onEvents: (events) => this.#dispatch(events) });
  }

  /** Listens below a storage prefix: `/` for everything, or the prefix of a kind. Returns what stops it. */
  add(prefix: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(prefix) ?? new Set<Listener>();
    this.#listeners.set(prefix, listeners);
    // A wrapper of its own, so that one function may listen twice and stop once.
    const own: Listener = (event) => listener(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #dispatch(events: readonly StoreEvent[]): void {
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const told = [...(this.#listeners.get('/') ?? []), ...(this.#listeners.get(kindPrefixOf(key)) ?? [])];
      if (told.length === 0) continue;
      const watchEvent = toWatchEvent(event);
      for (const listener of told) listener(watchEvent);
    }
  }
}

/** `/core/pods/` of `/core/pods/shop/web-1`. */
function kindPrefixOf(key: string): string {
  return key.slice(0, key.indexOf('/', key.indexOf('/', 1) + 1) + 1);
}

/** A deletion carries the last version with the revision of the deletion, as Kubernetes' watch has it. */
export function toWatchEvent(event: StoreEvent): WatchEvent<StoredObject> {
  const { revision } = event;
  if (event.type === 'put') {
    const previous = event.previous === undefined ? undefined : asStored(event.previous.value);
    return {
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      object: asStored(event.entry.value),
      previous,
      revision,
    };
  }
  const previous = asStored(event.previous.value);
  const metadata = Object.freeze({ ...previous.metadata, resourceVersion: String(revision) });
  return { type: 'DELETED', object: Object.freeze({ ...previous, metadata }), previous, revision };
}
