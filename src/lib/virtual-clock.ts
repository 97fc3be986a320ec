import type { Clock, Timer } from './clock.ts';

interface PendingTimer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** 2026-01-01T00:00:00Z: a fixed start keeps every virtual history comparable. */
const START_WALL_MS = Date.UTC(2026, 0, 1);

/**
 * A clock that moves only when told to. Timers fire in order of their due time, then of their creation, so that the
 * same program has the same history in every process.
 *
 * Invariant: `#heap` is a binary min-heap by (dueMs, sequence); cancelled timers stay in it until they come up.
 */
export class VirtualClock implements Clock {
  readonly #heap: PendingTimer[] = [];
  readonly #cancelled = new Set<number>();
  #nowMs = 0;
  #wallOffsetMs: number;
  #sequence = 0;

  constructor(options: { readonly startWallMs?: number } = {}) {
    this.#wallOffsetMs = options.startWallMs ?? START_WALL_MS;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const sequence = this.#sequence++;
    // Whole milliseconds, as everywhere else: a delay with a fraction must not make fractions of wall time.
    this.#push({ dueMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), sequence, callback });
    let pending = true;
    return {
      cancel: () => {
        if (!pending) return;
        pending = false;
        this.#cancelled.add(sequence);
      },
    };
  }

  defer(callback: () => void): void {
    this.setTimer(0, callback);
  }

  /** Jumps the wall clock, as an administrator or NTP would; monotonic time is untouched. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** When the next timer is due, in monotonic milliseconds; `undefined` when nothing is waiting. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.dueMs;
  }

  /** Moves to the next timer and fires it. Returns false when nothing is waiting. */
  fireNext(): boolean {
    this.#dropCancelled();
    const timer = this.#pop();
    if (timer === undefined) return false;
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.callback();
    return true;
  }

  /** Moves time to `monotonicMs` without firing anything; the caller has fired what was due before. */
  moveTo(monotonicMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, monotonicMs);
  }

  #dropCancelled(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#cancelled.has(top.sequence); top = this.#heap[0]) {
      this.#cancelled.delete(top.sequence);
      this.#pop();
    }
  }

  #push(timer: PendingTimer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, timer)) break;
      heap[index] = above;
      heap[parent] = timer;
      index = parent;
    }
  }

  #pop(): PendingTimer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let least = left;
      const leftTimer = heap[left];
      const rightTimer = heap[right];
      if (leftTimer === undefined) break;
      if (rightTimer !== undefined && isBefore(rightTimer, leftTimer)) least = right;
      const child = heap[least];
      if (child === undefined || isBefore(last, child)) break;
      heap[index] = child;
      index = least;
    }
    heap[index] = last;
    return top;
  }
}

function isBefore(a: PendingTimer, b: PendingTimer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
