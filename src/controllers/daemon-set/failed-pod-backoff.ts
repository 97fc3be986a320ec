/** First and longest delay between two failed pods of one node (daemon_controller, failedPodsBackoff). */
const INITIAL_MS = 1_000;
const MAX_MS = 15 * 60_000;

/**
 * A node as a place of one set's pods. "The key includes the observed generation" (failedPodsBackoffKey): what failed
 * under another spec says nothing of this one, and the delay begins anew.
 */
export interface FailedPodPlace {
  /** Key of the set. */
  readonly set: string;
  /** Differs between the specs of a set, and between sets that had its name. */
  readonly version: string;
  readonly nodeName: string;
}

interface SetDelays {
  readonly version: string;
  readonly nodes: Map<string, { readonly delayMs: number; readonly untilMs: number }>;
}

/**
 * How long failed pods are left where they are, so that one which dies at once does not spin. Times are monotonic
 * milliseconds.
 */
export class FailedPodBackoff {
  readonly #sets = new Map<string, SetDelays>();

  /** Milliseconds until the next failed pod of this place may be replaced; 0 when one may be now. */
  waitMs({ set, version, nodeName }: FailedPodPlace, nowMs: number): number {
    const delays = this.#sets.get(set);
    if (delays?.version !== version) return 0;
    return Math.max(0, (delays.nodes.get(nodeName)?.untilMs ?? 0) - nowMs);
  }

  /**
   * Notes that a failed pod is replaced now. After twice the longest delay without another, the delay starts from the
   * beginning.
   */
  replaced({ set, version, nodeName }: FailedPodPlace, nowMs: number): void {
    const known = this.#sets.get(set);
    const delays = known?.version === version ? known : { version, nodes: new Map() };
    this.#sets.set(set, delays);
    const entry = delays.nodes.get(nodeName);
    const isFresh = entry === undefined || nowMs - entry.untilMs > 2 * MAX_MS;
    const delayMs = isFresh ? INITIAL_MS : Math.min(MAX_MS, entry.delayMs * 2);
    delays.nodes.set(nodeName, { delayMs, untilMs: nowMs + delayMs });
  }

  /** Forgets a set that is gone. */
  forget(set: string): void {
    this.#sets.delete(set);
  }
}
