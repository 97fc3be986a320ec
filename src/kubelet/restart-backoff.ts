/** Delay before the second restart of a container; each further one doubles it. */
export const BACKOFF_INITIAL_MS = 10_000;
/** The longest delay: five minutes. */
export const BACKOFF_MAX_MS = 300_000;

/**
 * What is remembered of one failing thing: a container that exits, or an image that cannot be pulled. All times here
 * are monotonic, so that a clock that is put back or ahead neither keeps anything down nor makes it start again without
 * a pause.
 */
export interface BackoffEntry {
  readonly delayMs: number;
  /** Monotonic time at which the delay was last raised. */
  readonly raisedAtMs: number;
}

/**
 * The pod life-cycle documentation: "the kubelet restarts containers in the Pod with an exponential back-off delay
 * (10s, 20s, 40s, …), that is capped at five minutes. Once a container has executed for 10 minutes without any
 * problems, the kubelet resets the restart backoff timer." As in client-go's flowcontrol.Backoff, "10 minutes" is twice
 * the cap, counted from the last raise.
 */
function hasExpired(entry: BackoffEntry, eventAtMs: number): boolean {
  return eventAtMs - entry.raisedAtMs > 2 * BACKOFF_MAX_MS;
}

/** When the next attempt may start after a failure at `failedAtMs`; the first restart waits for nothing. */
export function nextAttemptAtMs(entry: BackoffEntry | undefined, failedAtMs: number): number {
  if (entry === undefined || hasExpired(entry, failedAtMs)) return failedAtMs;
  return failedAtMs + entry.delayMs;
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
