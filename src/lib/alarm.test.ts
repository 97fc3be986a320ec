import { describe, expect, it } from 'vitest';
import { Alarm } from './alarm.ts';
import { VirtualClock } from './virtual-clock.ts';

function create() {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const alarm = new Alarm(clock, () => calls.push(clock.monotonicMs()));
  const advance = (ms: number) => {
    const endMs = clock.monotonicMs() + ms;
    while ((clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) clock.fireNext();
    clock.moveTo(endMs);
  };
  const startMs = clock.monotonicMs();
  return { alarm, advance, delays: () => calls.map((call) => call - startMs) };
}

describe('an alarm', () => {
  it('calls once, at the earliest time that was asked for', () => {
    const { alarm, advance, delays } = create();
    alarm.set(50);
    alarm.set(10);
    alarm.set(30);
    expect(alarm.leftMs).toBe(10);
    advance(100);
    expect([delays(), alarm.leftMs]).toEqual([[10], undefined]);
  });

  it('can be set again after its call', () => {
    const { alarm, advance, delays } = create();
    alarm.set(10);
    advance(20);
    alarm.set(10);
    advance(20);
    expect(delays()).toEqual([10, 30]);
  });

  it('does not call after it was cancelled or closed', () => {
    const { alarm, advance, delays } = create();
    alarm.set(10);
    alarm.cancel();
    advance(20);
    alarm.set(10);
    alarm.close();
    alarm.set(10);
    advance(20);
    expect(delays()).toEqual([]);
  });
});
