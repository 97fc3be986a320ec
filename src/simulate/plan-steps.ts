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
  | { readonly by: 'hand'; readonly kind: LiveActionKind | 'tidy up' };

/**
 * One thing that happens to a simulated world. Its own seed decides the rest, so that a plan with fewer steps plays the
 * others alike.
 */
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
const GAP_MS = [50, 11_200] as const;
/** The longest one takes about so long. */
const EPISODE_MS = 160_000;
/** Berth is up again, and what was healed has come up. */
const CALM_BEFORE_MS = 30_000;
/** The node agent looks once a minute, and a pod of the last step needs some time, too. */
const CALM_AFTER_MS = 45_000;

/**
 * Draws everything that will happen: what the user does, and what goes wrong. Some kinds of faults are left out, so
 * that others get room.
 */
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
  const shown = { ...(TOUR[seed % TOUR.length] ?? TOUR[0]), atMs: randomInteger(random, 1_000, atMs) };
  const beginMs = randomInteger(random, 1_000, Math.max(1_000, atMs - EPISODE_MS));
  const episode = episodeOf(seed, beginMs);
  const all = isCalm(seed)
    ? within(steps, beginMs, [{ ...shown, atMs: beginMs }, ...episode])
    : [...steps, ...episode, shown];
  return all
    .map((step) => ({ seed: random.nextUint32(), ...step }))
    .sort((a, b) => a.atMs - b.atMs)
    .map((step, index) => ({ ...step, index }));
}

type TimedAction = StepAction & { readonly atMs: number };

function episodeOf(seed: number, beginMs: number): readonly TimedAction[] {
  let atMs = beginMs;
  return (EPISODES[seed % EPISODES.length] ?? EPISODES[0]).map(({ action, afterMs }) => {
    atMs += afterMs;
    return { ...action, atMs };
  });
}

/**
 * Of the seeds that play an episode, two of three play it undisturbed, so that its rule is taken; in the others it
 * meets everything else.
 */
function isCalm(seed: number): boolean {
  return ((seed % EPISODES.length) + Math.floor(seed / EPISODES.length)) % 3 !== 0;
}

/**
 * An episode in the middle of the other steps: everything is mended first, and the others wait until it is over. They
 * come closer together for that, so that no seed lasts longer.
 */
function within<T extends TimedAction>(
  steps: readonly T[],
  beginMs: number,
  episode: readonly TimedAction[],
): readonly (T | TimedAction)[] {
  const lengthMs = CALM_BEFORE_MS + (episode.at(-1)?.atMs ?? beginMs) - beginMs + CALM_AFTER_MS;
  const endMs = Math.max(...steps.map(({ atMs }) => atMs), lengthMs);
  const pace = Math.max(1 / 2, 1 - lengthMs / endMs);
  const calmMs = Math.round(beginMs * pace);
  return [
    ...steps.map((step) => {
      const atMs = Math.round(step.atMs * pace);
      return { ...step, atMs: step.atMs < beginMs ? atMs : atMs + lengthMs };
    }),
    { by: 'fault', kind: 'all faults end', atMs: calmMs },
    { by: 'git', kind: 'repair', atMs: calmMs },
    { by: 'hand', kind: 'tidy up', atMs: calmMs + CALM_BEFORE_MS / 2 },
    ...episode.map((step) => ({ ...step, atMs: step.atMs - beginMs + calmMs + CALM_BEFORE_MS })),
  ];
}

function weighted(kinds: readonly (GitActionKind | 'revert' | 'force push')[]) {
  return kinds.flatMap((kind) => Array.from({ length: GIT_WEIGHTS[kind] ?? 1 }, () => kind));
}
