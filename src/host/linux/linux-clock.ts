import type { Clock, Timer } from '../../lib/clock.ts';

/** Longest delay that Node's timers take; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's clocks and timers. Timers do not keep the process alive by themselves once it is asked to stop. */
export const linuxClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs: number, callback: () => void): Timer {
    if (delayMs > MAX_DELAY_MS) return chainTimer(delayMs, callback);
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(timer) };
  },
  defer(callback: () => void): void {
    setImmediate(callback);
  },
};

function chainTimer(delayMs: number, callback: () => void): Timer {
  let inner: Timer = linuxClock.setTimer(MAX_DELAY_MS, () => {
    inner = linuxClock.setTimer(delayMs - MAX_DELAY_MS, callback);
  });
  return { cancel: () => inner.cancel() };
}
