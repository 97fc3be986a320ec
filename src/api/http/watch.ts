import { drained } from '../../lib/drained.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import type { StoredObject } from '../../objects/types.ts';
import { CompactedError, type StoreEvent } from '../../store/store.ts';
import { ApiError } from '../api-error.ts';
import type { WatchEvent } from '../client.ts';
import { asStored } from '../context.ts';
import { toWatchEvent } from '../object-watches.ts';
import { type Selection, selectEntries, selectionOf } from '../verbs/read.ts';
import { type Exchange, isFlagSet } from './exchange.ts';
import { listOptionsOf, refuseFuture, revisionOf } from './list.ts';
import { representObject } from './representation.ts';
import { statusOfError } from './respond.ts';

/** "A random value between 30 and 60 minutes" in Kubernetes; one value does for one server. */
const DEFAULT_TIMEOUT_SECONDS = 45 * 60;
const BOOKMARK_INTERVAL_MS = 60_000;

/**
 * Streams changes as lines of JSON. Without a resource version, or with `0`, the present state comes first as ADDED
 * events; with one, what came after it; with `sendInitialEvents` the state and then a bookmark that says where it ends.
 * Everything is told once it is on disk.
 */
export async function handleWatch(exchange: Exchange, kind: KindInfo, namespace: string | undefined): Promise<void> {
  const { response, query, server } = exchange;
  const { store } = server.registry;
  const selection = selectionOf(kind, listOptionsOf(exchange, namespace));
  const asked = revisionOf(query.get('resourceVersion'));
  const timeoutMs = timeoutMsOf(query.get('timeoutSeconds'));
  refuseFuture(store, asked);

  const stream = new EventStream(exchange, kind);
  const hasInitialEvents = isFlagSet(query, 'sendInitialEvents') || !asked;
  const startRevision = hasInitialEvents ? store.revision : (asked ?? 0);
  const initial = hasInitialEvents ? selectEntries(store, kind, selection).map((entry) => asStored(entry.value)) : [];
  // The state that is sent first must be on disk; the events after it follow without a gap.
  if (hasInitialEvents) await store.durable(startRevision);
  if (exchange.signal.aborted) return;
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
  const end = setTimeout(() => response.end(), timeoutMs);
  response.once('close', () => clearTimeout(end));
  for (const object of initial) {
    stream.send('ADDED', object);
    if (response.writableNeedDrain) await drained(response);
    // Nobody would end the watch of a client that has gone.
    if (exchange.signal.aborted) return;
  }
  if (isFlagSet(query, 'sendInitialEvents')) stream.sendBookmark(startRevision, true);

  let stopWatch = () => {};
  try {
    const onEvents = (events: readonly StoreEvent[]) => stream.forward(events, selection);
    stopWatch = store.watch({ prefix: selection.prefix, afterRevision: startRevision, when: 'durable', onEvents });
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    stream.sendError(
      new ApiError('Expired', `too old resource version: ${startRevision} (${error.compactedRevision})`),
    );
    response.end();
    return;
  }
  const bookmarks = isFlagSet(query, 'allowWatchBookmarks')
    ? setInterval(() => stream.sendBookmark(store.durableRevision, false), BOOKMARK_INTERVAL_MS)
    : undefined;
  const stop = () => {
    stopWatch();
    clearInterval(bookmarks);
    response.end();
  };
  exchange.signal.addEventListener('abort', stop, { once: true });
  response.once('close', stop);
}

function timeoutMsOf(text: string | null): number {
  const seconds = Number(text ?? DEFAULT_TIMEOUT_SECONDS);
  const isUsable = Number.isFinite(seconds) && seconds > 0;
  return Math.min(isUsable ? seconds : DEFAULT_TIMEOUT_SECONDS, 24 * 60 * 60) * 1000;
}

/**
 * Writes events of one watch. A client that does not read is cut off once too much waits for it: it lists again and
 * goes on from there.
 */
class EventStream {
  readonly #exchange: Exchange;
  readonly #kind: KindInfo;
  #hasSentTable = false;

  constructor(exchange: Exchange, kind: KindInfo) {
    this.#exchange = exchange;
    this.#kind = kind;
  }

  forward(events: readonly StoreEvent[], selection: Selection): void {
    for (const event of events) {
      const seen = seenThrough(toWatchEvent(event), selection);
      if (seen !== undefined) this.send(seen.type, seen.object);
    }
  }

  send(type: WatchEvent<StoredObject>['type'], object: StoredObject): void {
    const represented = representObject(this.#exchange, this.#kind, object, !this.#hasSentTable);
    this.#hasSentTable = true;
    this.#write({ type, object: represented });
  }

  /** "A bookmark carries nothing but a resource version that the client may resume from" (API concepts). */
  sendBookmark(revision: number, isInitialEventsEnd: boolean): void {
    const annotations = isInitialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const { apiVersion, kind } = this.#kind;
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations };
    this.#write({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } });
  }

  sendError(error: ApiError): void {
    this.#write({ type: 'ERROR', object: statusOfError(error) });
  }

  #write(event: object): void {
    const { response, server } = this.#exchange;
    if (response.writableEnded || response.destroyed) return;
    response.write(`${JSON.stringify(event)}\n`);
    if (response.writableLength <= LIMITS.watchBacklogBytes) return;
    server.logger.warn('watch ended: the client does not keep up', { path: this.#exchange.path });
    response.destroy();
  }
}

/** An object that begins to match a selector is ADDED for its watcher, one that ceases to is DELETED. */
function seenThrough(
  event: WatchEvent<StoredObject>,
  selection: Selection,
): { readonly type: WatchEvent<StoredObject>['type']; readonly object: StoredObject } | undefined {
  const { object, previous } = event;
  const did = previous !== undefined && selection.matches(previous);
  const does = event.type !== 'DELETED' && selection.matches(object);
  if (!did && !does) return undefined;
  if (did && does) return { type: 'MODIFIED', object };
  return { type: does ? 'ADDED' : 'DELETED', object };
}
