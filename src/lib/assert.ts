/** A bug in Berth, never a user's mistake: it is not caught, so that the process stops loudly where it happened. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** States what must hold. The message says what was violated, as a sentence. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
