import { linuxClock } from '../../host/linux/linux-clock.ts';
import { LIMITS } from '../../lib/limits.ts';

/** Says which limit on the time or the memory of this process a plan has reached, measured from the call. */
export function createBudget(): () => string | undefined {
  const startMs = linuxClock.monotonicMs();
  return () => {
    if (linuxClock.monotonicMs() - startMs > LIMITS.planMs) return 'planMs';
    return process.memoryUsage().heapUsed > LIMITS.planHeapBytes ? 'planHeapBytes' : undefined;
  };
}
