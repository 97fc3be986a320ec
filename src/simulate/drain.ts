/**
 * Resolves once every microtask that is waiting now, and all that these cause, have run. One immediate costs about a microsecond, and nothing
 * but microtasks can be pending in a world without I/O.
 */
export function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
