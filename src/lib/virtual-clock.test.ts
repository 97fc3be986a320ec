import { describe, expect, it } from 'vitest';
import { sleep } from './clock.ts';
import { VirtualClock } from './virtual-clock.ts';

function runAll(clock: VirtualClock): void {
  while (clock.fireNext());
}

describe('VirtualClock', () => {
  it('fires timers by due time, and by creation where due times are equal', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['d', 40],
    ] as const) {
      clock.setTimer(delayMs, () => fired.push(`${name}@${clock.monotonicMs()}`));
    }
    runAll(clock);
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30', 'd@40']);
  });

  it('does not fire a cancelled timer, and takes a cancel after firing', () => {
    const clock = new VirtualClock();
    let fired = 0;
    const first = clock.setTimer(5, () => fired++);
    clock.setTimer(6, () => fired++).cancel();
    runAll(clock);
    first.cancel();
    expect({ fired, now: clock.monotonicMs() }).toEqual({ fired: 1, now: 5 });
  });

  it('jumps wall time without touching monotonic time', () => {
    const clock = new VirtualClock({ startWallMs: 1_000 });
    clock.jumpWall(-400);
    expect([clock.wallMs(), clock.monotonicMs()]).toEqual([600, 0]);
  });

  it('keeps order over many timers', () => {
    const clock = new VirtualClock();
    const due: number[] = [];
    for (let i = 0; i < 2_000; i++) clock.setTimer((i * 7919) % 1_000, () => due.push(clock.monotonicMs()));
    runAll(clock);
    expect(due).toEqual([...due].sort((a, b) => a - b));
    expect(due).toHaveLength(2_000);
  });

  it('ends a sleep early when its signal aborts, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 1_000, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    expect(clock.nextDueMs()).toBeUndefined();
  });
});
