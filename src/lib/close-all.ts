/**
 * Calls every one in order, also when one before it has failed, and rejects with the first failure at the end: what was
 * opened is closed as far as it can be, and nothing left open keeps a process alive.
 */
export async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
