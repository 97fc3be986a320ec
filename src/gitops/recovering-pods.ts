import type { Client } from '../api/client.ts';
import { parseTime } from '../lib/clock.ts';
import { controllerOf, isPodTerminating, storageKeyOf } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import type { WorkloadCause } from '../plan/index.ts';

/**
 * How long a container has to run after a failure before its workload counts as healthy again. A container without a readiness probe is ready as
 * soon as it runs, so that one that crashes at once would look healthy between two restarts. The kubelet's shortest back-off is as long.
 */
const SETTLE_MS = 10_000;

export interface Recovery {
  readonly cause: WorkloadCause;
  /** Wall time from which the pod counts as settled. */
  readonly settledAtMs: number;
}

/** The pods of an application that run again after a failure, by the workload that they belong to: fed with each change of a pod. */
export class RecoveringPods {
  readonly #client: Client;
  /** By the key of the pod. */
  readonly #recoveries = new Map<string, { readonly workload: string; readonly recovery: Recovery }>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Takes in the newest version of a pod, `undefined` when it is gone. Returns the key of its workload where it is recovering. */
  observe(podKey: string, pod: Pod | undefined, nowMs: number): string | undefined {
    const recovery = pod === undefined ? undefined : findRecovery(pod);
    if (pod === undefined || recovery === undefined || recovery.settledAtMs <= nowMs) {
      this.#recoveries.delete(podKey);
      return undefined;
    }
    const workload = this.#workloadOf(pod);
    this.#recoveries.set(podKey, { workload, recovery });
    return workload;
  }

  /** By the key of the workload, the recovery that lasts longest. What has settled is forgotten. */
  list(nowMs: number): ReadonlyMap<string, Recovery> {
    const found = new Map<string, Recovery>();
    for (const [podKey, { workload, recovery }] of this.#recoveries) {
      const known = found.get(workload);
      if (recovery.settledAtMs <= nowMs) this.#recoveries.delete(podKey);
      else if (known === undefined || known.settledAtMs < recovery.settledAtMs) found.set(workload, recovery);
    }
    return found;
  }

  /** Follows the controllers upwards: the object of the pod's ReplicaSet is the Deployment that a repository declares. */
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

function findRecovery(pod: Pod): Recovery | undefined {
  if (isPodTerminating(pod)) return undefined;
  for (const { name, state, lastState } of pod.status?.containerStatuses ?? []) {
    const last = lastState?.terminated;
    const startedAtMs = parseTime(state?.running?.startedAt);
    if (last === undefined || last.exitCode === 0 || startedAtMs === undefined) continue;
    const message = `has been started again after it exited with code ${last.exitCode}`;
    const cause = { reason: last.reason ?? 'Error', message, pod: pod.metadata.name, container: name, isStuck: true };
    return { cause, settledAtMs: startedAtMs + SETTLE_MS };
  }
  return undefined;
}
