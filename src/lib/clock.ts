/**
 * Time, as the whole of Berth sees it. Only `src/host/` and the virtual implementation know where it comes from.
 *
 * Durations are measured with `monotonicMs`, which never jumps; instants that are stored are `wallMs`, which may.
 */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. May jump in either direction. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start. Never goes backwards. */
  monotonicMs(): number;
  /** Calls `callback` once in a later macrotask, `delayMs` (≥ 0) from now. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Runs `callback` in a later macrotask, as soon as other pending work has had its turn. */
  defer(callback: () => void): void;
}

export interface Timer {
  /** Stops the timer. Does nothing when it has fired or was cancelled before. */
  cancel(): void;
}

/** Resolves after `delayMs`, or rejects with the signal's reason when `signal` aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Lets other pending work run: resolves in a later macrotask. */
export function yieldTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.defer(resolve));
}

/** Formats a wall time as Kubernetes' `metav1.Time`: RFC 3339 in UTC with whole seconds. */
export function formatTime(wallMs: number): string {
  const second = Math.floor(wallMs / 1_000);
  if (second !== lastSecond) {
    lastTime = `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastTime;
}

/** The last second that was formatted: many objects are written in one. */
let lastSecond = Number.NaN;
let lastTime = '';

/** Formats a wall time as Kubernetes' `metav1.MicroTime`: RFC 3339 in UTC with microseconds. */
export function formatMicroTime(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 23)}000Z`;
}

/** Parses an RFC 3339 time into milliseconds since the epoch; `undefined` for anything else. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
