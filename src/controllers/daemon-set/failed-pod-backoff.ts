/** First and longest delay between two failed pods of one node (daemon_controller, failedPodsBackoff). */
const INITIAL_MS = 1_000;
const MAX_MS = 15 * 60_000;

/**
 * How long failed pods are left where they are, so that one which dies at once does not spin. Times are monotonic
 * milliseconds.
 */
export class FailedPodBackoff {
  readonly #entries = new Map<string, { delayMs: number; readonly untilMs: number }>();

  /** Milliseconds until the next failed pod of this key may be replaced; 0 when one may be now. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#entries.get(key)?.untilMs ?? 0) - nowMs);
  }

  /**
   * Notes that a failed pod is replaced now. After twice the longest delay without another, the delay starts from the
   * beginning.
   */
  replaced(key: string, nowMs: number): void {
    const entry = this.#entries.get(key);
    const isFresh = entry === undefined || nowMs - entry.untilMs > 2 * MAX_MS;
    const delayMs = isFresh ? INITIAL_MS : Math.min(MAX_MS, entry.delayMs * 2);
    this.#entries.set(key, { delayMs, untilMs: nowMs + delayMs });
  }

  /** Forgets every key that starts with `prefix`. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}
