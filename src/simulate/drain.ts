/**
 * Called from a microtask, resolves once every other that is waiting now, and all that these cause, have run: "the next
 * tick queue is fully drained" only after the queue of microtasks is (Node, `process.nextTick`). Nothing but microtasks
 * can be pending in a world without I/O.
 *
 * The event loop does not turn meanwhile: signals and rejections that nobody handled wait.
 */
export function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

/** Drains, and lets the event loop turn once, which costs three times as much. */
export function turnEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** After so many drains the event loop turns once. */
const TURN_EVERY = 64;

/** Drains again and again, and lets the event loop turn now and then, at the same moments of every equal history. */
export class Drain {
  #count = 0;

  next(): Promise<void> {
    return ++this.#count % TURN_EVERY === 0 ? turnEventLoop() : drainMicrotasks();
  }
}
