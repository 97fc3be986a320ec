import type { Client } from '../api/client.ts';
import { type Clock, parseTime } from '../lib/clock.ts';
import { controllerOf, isPodTerminating, storageKeyOf } from '../objects/index.ts';
import { CONTAINER_STATUS_UNKNOWN } from '../objects/pods.ts';
import type { Pod } from '../objects/types.ts';
import type { WorkloadCause } from '../plan/index.ts';

/**
 * How long a container has to run after a failure before its workload counts as healthy again. A container without a
 * readiness probe is ready as soon as it runs, so that one that crashes at once would look healthy between two
 * restarts. The kubelet's shortest back-off is as long.
 */
const SETTLE_MS = 10_000;

/**
 * What failed longer ago than this before its start was not started again for that: somebody took it away meanwhile, as
 * `berth down` does. "CrashLoopBackOff … capped at 300 seconds (5 minutes)" (Pod Lifecycle), and the start takes a
 * while.
 */
const LONGEST_PAUSE_MS = 10 * 60_000;

export interface Recovery {
  readonly cause: WorkloadCause;
  /** Monotonic time from which the pod counts as settled. */
  readonly settledAtMs: number;
}

interface KnownRecovery {
  readonly workload: string;
  readonly recovery: Recovery;
  /** What tells one start of a container from the next. */
  readonly start: string;
}

/**
 * The pods of an application that run again after a failure, by the workload that they belong to: fed with each change
 * of a pod.
 */
export class RecoveringPods {
  readonly #client: Client;
  readonly #clock: Clock;
  /** By the key of the pod. */
  readonly #recoveries = new Map<string, KnownRecovery>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /**
   * Takes in the newest version of a pod, `undefined` when it is gone. Returns the key of its workload where it is
   * recovering.
   */
  observe(podKey: string, pod: Pod | undefined): string | undefined {
    const restart = pod === undefined ? undefined : findRestart(pod);
    const known = this.#recoveries.get(podKey);
    const start = `${restart?.cause.container} ${restart?.startedAtMs}`;
    if (restart !== undefined && known?.start === start) return known.workload;
    this.#recoveries.delete(podKey);
    if (pod === undefined || restart === undefined) return undefined;
    const leftMs = Math.min(SETTLE_MS, restart.startedAtMs + SETTLE_MS - this.#clock.wallMs());
    if (leftMs <= 0) return undefined;
    const workload = this.#workloadOf(pod);
    // The wall clock may be set meanwhile: from here on the time is counted by the other one.
    const recovery = { cause: restart.cause, settledAtMs: this.#clock.monotonicMs() + leftMs };
    this.#recoveries.set(podKey, { workload, recovery, start });
    return workload;
  }

  /** By the key of the workload, the recovery that lasts longest. What has settled is forgotten. */
  list(): ReadonlyMap<string, Recovery> {
    const found = new Map<string, Recovery>();
    const nowMs = this.#clock.monotonicMs();
    for (const [podKey, { workload, recovery }] of this.#recoveries) {
      const known = found.get(workload);
      if (recovery.settledAtMs <= nowMs) this.#recoveries.delete(podKey);
      else if (known === undefined || known.settledAtMs < recovery.settledAtMs) found.set(workload, recovery);
    }
    return found;
  }

  /**
   * Follows the controllers upwards: the object of the pod's ReplicaSet is the Deployment that a repository declares.
   */
  #workloadOf(pod: Pod): string {
    const { namespace } = pod.metadata;
    let id = { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name };
    let owner = controllerOf(pod);
    while (owner !== undefined) {
      id = { apiVersion: owner.apiVersion, kind: owner.kind, namespace, name: owner.name };
      const object = this.#client.getObject(id);
      owner = object === undefined ? undefined : controllerOf(object);
    }
    return storageKeyOf(id);
  }
}

interface Restart {
  readonly cause: WorkloadCause;
  /** Wall time, as the engine says it. */
  readonly startedAtMs: number;
}

function findRestart(pod: Pod): Restart | undefined {
  if (isPodTerminating(pod)) return undefined;
  for (const { name, state, lastState } of pod.status?.containerStatuses ?? []) {
    const last = lastState?.terminated;
    const startedAtMs = parseTime(state?.running?.startedAt);
    if (last === undefined || last.exitCode === 0 || startedAtMs === undefined) continue;
    // Somebody took it away, as `berth down` does: nobody knows that it failed.
    if (last.reason === CONTAINER_STATUS_UNKNOWN) continue;
    if (startedAtMs - (parseTime(last.finishedAt) ?? startedAtMs) > LONGEST_PAUSE_MS) continue;
    const message = `has been started again after it exited with code ${last.exitCode}`;
    const cause = { reason: last.reason ?? 'Error', message, pod: pod.metadata.name, container: name, isStuck: true };
    return { cause, startedAtMs };
  }
  return undefined;
}
