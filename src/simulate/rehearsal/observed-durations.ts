import type { Observations, ObservedPull, ObservedWorkload } from '../../gitops/index.ts';

/**
 * How long things take in the rehearsal, in milliseconds. Where nothing was observed they are guesses, and `isObserved`
 * says so.
 */
export interface PodDurations {
  /** From the pod's creation to the start of its last container, without pulls. */
  readonly startMs: number;
  /** From that start until it listens. */
  readonly listenMs: number;
  /** From the stop signal to the end; absent: at once. */
  readonly stopMs: number | undefined;
  readonly isObserved: boolean;
}

const GUESSED_START_MS = 400;
const GUESSED_LISTEN_MS = 1_000;
const GUESSED_PULL_MS = 3_000;

/**
 * A readiness probe looks seldom, and less often the longer it waits: what was seen is when it looked, and the
 * container was ready a little before. A fifth of the wait, at most two fifths of the probe's period, lies between two
 * looks in any case.
 */
function listenMsOf(readyMs: number, periodMs: number): number {
  return Math.max(0, Math.round(readyMs - Math.min(0.2 * readyMs, 0.4 * periodMs)));
}

/** Answers what is known of durations, from what the box observed and committed with its status. */
export class ObservedDurations {
  readonly #workloads: ReadonlyMap<string, ObservedWorkload>;
  readonly #pulls: ReadonlyMap<string, ObservedPull>;

  constructor({ workloads, pulls }: Observations) {
    this.#workloads = new Map(workloads.map((observed) => [observed.workload, observed]));
    this.#pulls = new Map(pulls.map((observed) => [observed.image, observed]));
  }

  /** Of a pod of `workload` with these images and a readiness probe of this period (0 for none). */
  ofPod(workload: string, images: readonly string[], probePeriodMs: number): PodDurations {
    const observed = this.#workloads.get(workload);
    if (observed === undefined)
      return { startMs: GUESSED_START_MS, listenMs: GUESSED_LISTEN_MS, stopMs: undefined, isObserved: false };
    return {
      startMs: observed.startMs,
      listenMs: probePeriodMs === 0 ? 0 : listenMsOf(observed.readyMs, probePeriodMs),
      stopMs: observed.stopMs,
      isObserved: images.every((image) => isSameRepository(observed.images, image)),
    };
  }

  /** The time that a pull takes; `undefined` when none of this image, or of another tag of it, was observed. */
  pullMs(image: string): number | undefined {
    const exact = this.#pulls.get(image);
    if (exact !== undefined) return exact.pullMs;
    const sibling = [...this.#pulls.values()].find(({ image: other }) => repositoryOf(other) === repositoryOf(image));
    return sibling?.pullMs;
  }

  pullOrGuessMs(image: string): number {
    return this.pullMs(image) ?? GUESSED_PULL_MS;
  }
}

/** A new tag of a program starts about as the old one did; another program does not. */
function isSameRepository(observed: readonly string[], image: string): boolean {
  return observed.some((other) => repositoryOf(other) === repositoryOf(image));
}

function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}
