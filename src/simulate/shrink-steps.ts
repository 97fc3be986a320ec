import type { Step } from './plan-steps.ts';
import type { Outcome } from './play-seed.ts';

export interface ShrinkOptions {
  readonly play: (steps: readonly Step[]) => Promise<Outcome>;
  readonly isOver: () => boolean;
}

/**
 * Leaves steps out, halves first and then ever smaller parts, for as long as the same checker still finds something.
 * Returns the shortest list that was found before `isOver`, and what came of it.
 */
export async function shrinkSteps(
  steps: readonly Step[],
  outcome: Outcome,
  { play, isOver }: ShrinkOptions,
): Promise<{ readonly steps: readonly Step[]; readonly outcome: Outcome }> {
  let best = { steps: steps.filter(({ atMs }) => atMs <= (outcome.violation?.atMs ?? 0)), outcome };
  let size = Math.ceil(best.steps.length / 2);
  while (size >= 1 && !isOver()) {
    let hasShrunk = false;
    for (let start = 0; start < best.steps.length && !isOver(); ) {
      const shorter = best.steps.filter((_, index) => index < start || index >= start + size);
      const played = await play(shorter);
      if (played.violation?.checker === outcome.violation?.checker) {
        best = { steps: shorter, outcome: played };
        hasShrunk = true;
      } else start += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!hasShrunk) break;
  }
  return best;
}
