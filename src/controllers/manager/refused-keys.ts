import type { Client, WatchEvent } from '../../api/client.ts';
import { jsonEqual } from '../../lib/json.ts';
import type { WorkQueue } from '../../lib/work-queue.ts';
import { tryParseQuantity } from '../../objects/index.ts';
import type { ResourceQuota } from '../../objects/types.ts';
import { parseKey } from './object-key.ts';

/**
 * Keys that wait with a growing delay because something that they wanted to write was refused. When what refuses is
 * changed so that it may let it in, they come back at once: after some attempts the delay is minutes long, and whoever
 * raised a quota does not want to wait for it.
 */
export class RefusedKeys {
  readonly #client: Client;
  /** By the namespace of the key, `''` for keys without one. */
  readonly #waiting = new Map<string, Map<WorkQueue, Set<string>>>();

  constructor(client: Client) {
    this.#client = client;
  }

  add(queue: WorkQueue, key: string): void {
    const namespace = parseKey(key).namespace ?? '';
    const queues = this.#waiting.get(namespace) ?? new Map<WorkQueue, Set<string>>();
    this.#waiting.set(namespace, queues);
    const keys = queues.get(queue);
    if (keys === undefined) queues.set(queue, new Set([key]));
    else keys.add(key);
  }

  delete(queue: WorkQueue, key: string): void {
    if (this.#waiting.size === 0) return;
    const namespace = parseKey(key).namespace ?? '';
    const queues = this.#waiting.get(namespace);
    const keys = queues?.get(queue);
    if (queues === undefined || keys?.delete(key) !== true || keys.size > 0) return;
    queues.delete(queue);
    if (queues.size === 0) this.#waiting.delete(namespace);
  }

  /** Listens to all that admission reads beside the object that it judges; returns what ends that. */
  watch(): readonly (() => void)[] {
    return [
      this.#client.watch('ResourceQuota', (event) => {
        if (isOtherwise(event) || leavesMore(event)) this.#wake(event.object.metadata.namespace);
      }),
      this.#client.watch('LimitRange', (event) => {
        if (isOtherwise(event)) this.#wake(event.object.metadata.namespace);
      }),
      this.#client.watch('ServiceAccount', ({ type, object }) => {
        if (type === 'ADDED') this.#wake(object.metadata.namespace);
      }),
      this.#client.watch('PriorityClass', ({ type }) => {
        if (type === 'ADDED') for (const namespace of [...this.#waiting.keys()]) this.#wake(namespace);
      }),
      // The level of Pod Security is a label of the namespace.
      this.#client.watch('Namespace', ({ type, object: { metadata }, previous }) => {
        if (type === 'MODIFIED' && !jsonEqual(metadata.labels, previous?.metadata.labels)) this.#wake(metadata.name);
      }),
    ];
  }

  #wake(namespace: string | undefined): void {
    for (const [queue, keys] of this.#waiting.get(namespace ?? '') ?? []) {
      for (const key of keys) queue.add(key);
    }
  }
}

function isOtherwise({ type, object, previous }: WatchEvent<{ readonly spec?: object | undefined }>): boolean {
  return type !== 'MODIFIED' || !jsonEqual(object.spec, previous?.spec);
}

/** Whether less is used of anything than before. */
function leavesMore({ object, previous }: WatchEvent<ResourceQuota>): boolean {
  const before = previous?.status?.used ?? {};
  return Object.entries(object.status?.used ?? {}).some(([resource, used]) => {
    const now = tryParseQuantity(used);
    const was = tryParseQuantity(before[resource] ?? '0');
    return now !== undefined && was !== undefined && now.nano < was.nano;
  });
}
