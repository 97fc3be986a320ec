import { randomFraction, randomInteger, randomItem, SeededRandom } from '../lib/random.ts';
import { EPISODES, TOUR } from './episodes.ts';
import { FAULT_KINDS, type FaultKind } from './faults/inject-fault.ts';
import { GIT_ACTIONS, type GitActionKind } from './user/git-actions.ts';
import { LIVE_ACTIONS, type LiveActionKind } from './user/live-actions.ts';
import type { NamedSpecialKind } from './user/special-actions.ts';
import { UNUSUAL_LIVE_ACTIONS } from './user/unusual-live-actions.ts';

export type StepAction =
  | { readonly by: 'fault'; readonly kind: FaultKind }
  | {
      readonly by: 'git';
      readonly kind: GitActionKind | NamedSpecialKind | 'revert' | 'force push';
      /** Of a special that is added by name; drawn when left out. */
      readonly version?: number;
    }
  | { readonly by: 'hand'; readonly kind: LiveActionKind };

/** One thing that happens to a simulated world. Its own seed decides the rest, so that a plan with fewer steps plays the others alike. */
export type Step = StepAction & { readonly index: number; readonly atMs: number; readonly seed: number };

export interface PlanOptions {
  readonly actions: number;
  readonly faults: number;
}

/** How often each change of the repository is drawn; 1 when left out. */
const GIT_WEIGHTS: Partial<Record<GitActionKind | 'revert' | 'force push', number>> = {
  'new image': 3,
  'new template': 2,
  'scale in git': 2,
  'create an application': 2,
  'add a deployment': 2,
  'rename a deployment': 2,
  'move a deployment': 2,
  'delete a deployment': 2,
  repair: 5,
  'add a stateful set': 2,
  'change a stateful set': 2,
  'add a job': 2,
  'delete a workload': 2,
  revert: 2,
  'add a special': 6,
  'change a special': 7,
  'change a daemon set': 2,
};

/** Those that cost much time, or that few people do, a third as often as the others. */
const RARE_LIVE_ACTIONS: ReadonlySet<LiveActionKind> = new Set([
  'scale far too high by hand',
  ...(Object.keys(UNUSUAL_LIVE_ACTIONS) as (keyof typeof UNUSUAL_LIVE_ACTIONS)[]),
]);

const GIT_KINDS = weighted([...(Object.keys(GIT_ACTIONS) as GitActionKind[]), 'revert', 'force push'] as const);
const LIVE_KINDS = (Object.keys(LIVE_ACTIONS) as LiveActionKind[]).flatMap((kind) =>
  Array.from({ length: RARE_LIVE_ACTIONS.has(kind) ? 1 : 3 }, () => kind),
);
const GAP_MS = [50, 12_000] as const;
/** The longest one takes about so long. */
const EPISODE_MS = 160_000;

/** Draws everything that will happen: what the user does, and what goes wrong. Some kinds of faults are left out, so that others get room. */
export function planSteps(seed: number, { actions, faults }: PlanOptions): readonly Step[] {
  const random = new SeededRandom(seed);
  const calm = new Set(FAULT_KINDS.filter(() => randomFraction(random) < 0.4));
  const kinds = FAULT_KINDS.filter((kind) => !calm.has(kind));
  const steps: (StepAction & { readonly atMs: number; readonly seed: number })[] = [];
  let atMs = 1_000;
  for (let i = 0; i < actions; i++) {
    atMs += randomFraction(random) < 0.3 ? randomInteger(random, 1, 500) : randomInteger(random, ...GAP_MS);
    const action: StepAction =
      randomFraction(random) < 0.55
        ? { by: 'git', kind: randomItem(random, GIT_KINDS) }
        : { by: 'hand', kind: randomItem(random, LIVE_KINDS) };
    steps.push({ ...action, atMs, seed: random.nextUint32() });
  }
  for (let i = 0; i < faults && kinds.length > 0; i++) {
    const kind = randomItem(random, kinds);
    steps.push({ by: 'fault', kind, atMs: randomInteger(random, 0, atMs), seed: random.nextUint32() });
  }
  let episodeMs = randomInteger(random, 1_000, Math.max(1_000, atMs - EPISODE_MS));
  for (const { action, afterMs } of EPISODES[seed % EPISODES.length] ?? EPISODES[0]) {
    episodeMs += afterMs;
    steps.push({ ...action, atMs: episodeMs, seed: random.nextUint32() });
  }
  const shown = TOUR[seed % TOUR.length] ?? TOUR[0];
  steps.push({ ...shown, atMs: randomInteger(random, 1_000, atMs), seed: random.nextUint32() });
  return steps.sort((a, b) => a.atMs - b.atMs).map((step, index) => ({ ...step, index }));
}

function weighted(kinds: readonly (GitActionKind | 'revert' | 'force push')[]) {
  return kinds.flatMap((kind) => Array.from({ length: GIT_WEIGHTS[kind] ?? 1 }, () => kind));
}
