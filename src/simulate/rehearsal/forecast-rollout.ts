import { counted } from '../../lib/counted.ts';
import type { RolloutForecast, RolloutPhase, TimelineSample } from '../../report/index.ts';
import type { RecordedSample, RecordedWorkload } from './rollout-recorder.ts';

/** What a rollout came to, before anybody says where it was declared and why it happened. */
export type RecordedOutcome = Pick<
  RolloutForecast,
  | 'object'
  | 'outcome'
  | 'reason'
  | 'wantedReplicas'
  | 'replicasBefore'
  | 'finalReplicas'
  | 'finalReady'
  | 'readyBefore'
  | 'lowestReady'
  | 'phases'
  | 'timeline'
  | 'omittedSamples'
> & {
  /** When the last pod that is asked for became ready; absent when that never was so. */
  readonly readyMs?: number;
};

export interface RolloutEnd {
  readonly wantedReplicas: number;
  /** The revision of the template at the end; `undefined` when the workload is gone. */
  readonly revision: string | undefined;
  /** Whether it has what it asks for, by its own status. */
  readonly isHealthy: boolean;
  /** Why a volume of a pod that is still there cannot be mounted, where one cannot. */
  readonly unmounted?: string | undefined;
  /** Why its pods cannot be created, as its status says, where they cannot. */
  readonly refused?: string | undefined;
  /** The pod of an older revision that an update waits for, where one does. */
  readonly holdUp?: string | undefined;
}

/** Samples that the report keeps of one workload. */
const TIMELINE_SAMPLES = 120;

/** Draws the conclusion from what was recorded of one workload. */
export function forecastRollout(recorded: RecordedWorkload, end: RolloutEnd): RecordedOutcome {
  const all = recorded.samples.map((sample) => toTimeline(sample, end.revision));
  const first = all[0] ?? EMPTY;
  const last = all.at(-1) ?? EMPTY;
  const isStable = end.isHealthy || (end.wantedReplicas === 0 && podsIn(last) === 0);
  const readyAt = isStable ? readySince(all, end.wantedReplicas) : undefined;
  const troubled = [...recorded.pods.values()].find(({ state }) => !state.isGone && state.trouble !== undefined);
  const trouble = causeOf(end, troubled?.state.trouble) ?? describeLack(first, last, end.wantedReplicas);
  const outcome = isStable ? 'stable' : recorded.restarts > 2 ? 'never' : 'stuck';
  const { kept, omitted } = thinOut(all);
  return {
    object: `${recorded.kind}/${recorded.namespace}/${recorded.name}`,
    outcome,
    ...(isStable ? {} : { reason: end.holdUp === undefined ? trouble : `${describeHold(end.holdUp)}: ${trouble}` }),
    wantedReplicas: end.wantedReplicas,
    replicasBefore: podsIn(first),
    finalReplicas: podsIn(last),
    finalReady: readyIn(last),
    readyBefore: readyIn(first),
    lowestReady: Math.min(...all.map(readyIn), readyIn(first)),
    phases: phasesOf(recorded, isStable),
    timeline: kept,
    omittedSamples: omitted,
    ...(readyAt === undefined ? {} : { readyMs: readyAt }),
  };
}

function causeOf({ unmounted, refused }: RolloutEnd, trouble: string | undefined): string | undefined {
  return (
    shorten(trouble) ?? unmounted ?? (refused === undefined ? undefined : `its pods cannot be created: ${refused}`)
  );
}

function describeHold(pod: string): string {
  return `pod ${pod} is of an older revision and holds up the update`;
}

/**
 * "0/1 nodes are available: … preemption: 0/1 nodes are available: …": that nobody gives way is what was to be
 * expected.
 */
function shorten(trouble: string | undefined): string | undefined {
  return trouble?.replace(/\.? preemption: .*$/s, '');
}

const EMPTY: TimelineSample = { atMs: 0, newReady: 0, newPods: 0, oldReady: 0, oldPods: 0 };

function phasesOf(recorded: RecordedWorkload, isStable: boolean): readonly RolloutPhase[] {
  // A pod that waits for a moment until another one has gone is no step of a rollout that gets there.
  const steps = recorded.steps.filter((step) => step !== 'new-waiting' || !isStable);
  return isStable ? [...steps, 'complete'] : steps;
}

function toTimeline({ atMs, pods }: RecordedSample, revision: string | undefined): TimelineSample {
  let [newReady, newPods, oldReady, oldPods] = [0, 0, 0, 0];
  for (const [key, { ready, count }] of Object.entries(pods)) {
    if (key === revision) [newReady, newPods] = [newReady + ready, newPods + count];
    else [oldReady, oldPods] = [oldReady + ready, oldPods + count];
  }
  return { atMs, newReady, newPods, oldReady, oldPods };
}

function readyIn(sample: TimelineSample): number {
  return sample.newReady + sample.oldReady;
}

function podsIn(sample: TimelineSample): number {
  return sample.newPods + sample.oldPods;
}

/** The start of the last stretch in which everything that is asked for was ready. */
function readySince(samples: readonly TimelineSample[], wanted: number): number | undefined {
  let since: number | undefined;
  for (const sample of samples) {
    if (sample.newReady < wanted) since = undefined;
    else since ??= sample.atMs;
  }
  return since;
}

function describeLack(first: TimelineSample, last: TimelineSample, wanted: number): string {
  if (last.oldPods > 0 && last.newReady >= wanted) {
    return `${counted(last.oldPods, 'old pod')} ${last.oldPods === 1 ? 'does' : 'do'} not go`;
  }
  // Where only their number changes, those that were there count as well.
  const pods = first.newPods > 0 ? 'pods' : 'new pods';
  return `${last.newReady} of ${wanted} ${pods} are ready, and nothing more happens`;
}

/** Keeps the ends and evenly spread samples between them, the lowest one among them. */
function thinOut(samples: readonly TimelineSample[]): {
  readonly kept: readonly TimelineSample[];
  readonly omitted: number;
} {
  if (samples.length <= TIMELINE_SAMPLES) return { kept: samples, omitted: 0 };
  const lowest = samples.reduce(
    (low, sample, index) => (readyIn(sample) < readyIn(samples[low] ?? sample) ? index : low),
    0,
  );
  const indexes = new Set([lowest]);
  for (let i = 0; i < TIMELINE_SAMPLES - 1; i++) {
    indexes.add(Math.round((i * (samples.length - 1)) / (TIMELINE_SAMPLES - 2)));
  }
  const kept = samples.filter((_, index) => indexes.has(index));
  return { kept, omitted: samples.length - kept.length };
}
