/**
 * How long the pods of one workload took, as this box saw it: the median of its last starts. Pulls are apart, because
 * they happen once for an image and not once for a pod.
 */
export interface ObservedWorkload {
  /** `Deployment/shop/web`. */
  readonly workload: string;
  /** Images of its containers when that was seen. */
  readonly images: readonly string[];
  /** From the pod's creation until all its containers ran, without pulls. */
  readonly startMs: number;
  /** From then until it was ready. */
  readonly readyMs: number;
  /** From the order to stop until it was gone; absent when none was seen to stop. */
  readonly stopMs?: number;
  /** Starts that were seen, at most the number that is kept. */
  readonly starts: number;
}

export interface ObservedPull {
  readonly image: string;
  readonly pullMs: number;
}

/** Everything that was observed, sorted by name. */
export interface Observations {
  readonly workloads: readonly ObservedWorkload[];
  readonly pulls: readonly ObservedPull[];
}

export const NO_OBSERVATIONS: Observations = { workloads: [], pulls: [] };
