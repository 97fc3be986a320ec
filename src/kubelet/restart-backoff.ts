/** Delay before the second restart of a container; each further one doubles it. */
export const BACKOFF_INITIAL_MS = 10_000;
/** The longest delay: five minutes. */
export const BACKOFF_MAX_MS = 300_000;

/** What is remembered of one failing thing: a container that exits, or an image that cannot be pulled. */
export interface BackoffEntry {
  readonly delayMs: number;
  /** When the delay was last raised. */
  readonly raisedAtMs: number;
}

/**
 * The pod life-cycle documentation: "the kubelet restarts containers in the Pod with an exponential back-off delay (10s, 20s, 40s, …), that
 * is capped at five minutes. Once a container has executed for 10 minutes without any problems, the kubelet resets the restart
 * backoff timer." As in client-go's flowcontrol.Backoff, "10 minutes" is twice the cap, counted from the last raise.
 */
function hasExpired(entry: BackoffEntry, eventAtMs: number): boolean {
  return eventAtMs - entry.raisedAtMs > 2 * BACKOFF_MAX_MS;
}

/**
 * When the next attempt may start after a failure at `failedAtMs`; the first restart waits for nothing. A failure in the future came before the clock
 * was put back: nothing is waited for then, else the container stayed down until the clock has caught up.
 */
export function nextAttemptAtMs(entry: BackoffEntry | undefined, failedAtMs: number, nowMs: number): number {
  if (failedAtMs > nowMs) return nowMs;
  if (entry === undefined || hasExpired(entry, failedAtMs)) return failedAtMs;
  return failedAtMs + entry.delayMs;
}

/**
 * Whether a retry is still to be waited for; `Infinity` waits for a change. "The back-off is capped at five minutes": a longer wait was begun before the
 * clock was put back, and is over.
 */
export function isToWait(retryAtMs: number, nowMs: number): boolean {
  return retryAtMs > nowMs && (retryAtMs - nowMs <= BACKOFF_MAX_MS || retryAtMs === Number.POSITIVE_INFINITY);
}

/** The entry after one more attempt was made at `nowMs`, for a failure at `failedAtMs`. */
export function raiseBackoff(entry: BackoffEntry | undefined, failedAtMs: number, nowMs: number): BackoffEntry {
  if (entry === undefined || hasExpired(entry, failedAtMs)) return { delayMs: BACKOFF_INITIAL_MS, raisedAtMs: nowMs };
  return { delayMs: Math.min(BACKOFF_MAX_MS, entry.delayMs * 2), raisedAtMs: nowMs };
}

/** A failed pull shows as ErrImagePull first, and as ImagePullBackOff once the kubelet would have looked again. */
export function backOffShownAtMs(failedAtMs: number): number {
  return failedAtMs + 1000;
}
