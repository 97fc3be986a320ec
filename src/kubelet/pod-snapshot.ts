import type { Pod } from '../objects/types.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import type { PodRefusal } from './admission/compute-admission.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { BackoffEntry } from './restart-backoff.ts';

/**
 * What the probes of one container have found since its start. `undefined` where there is no probe or no verdict yet.
 */
export interface ContainerProbeResults {
  readonly startup?: boolean;
  readonly liveness?: boolean;
  readonly readiness?: boolean;
}

/** Why the newest attempt to start a container did not even reach the start. */
export interface StartBlock {
  readonly reason:
    | 'CreateContainerConfigError'
    | 'CreateContainerError'
    | 'RunContainerError'
    | 'InvalidImageName'
    | 'ErrImageNeverPull';
  readonly message: string;
  /** Monotonic time at which to try again; `Infinity` to wait until something that it refers to has changed. */
  readonly retryAtMs: number;
}

/** How far the image of a container's next start is. */
export type ImageState =
  | { readonly type: 'pulling' }
  | { readonly type: 'ready' }
  | {
      readonly type: 'failed';
      readonly message: string;
      /** Monotonic, as all times at which something is tried again. */
      readonly failedAtMs: number;
      readonly retryAtMs: number;
    };

export type VolumesState =
  | { readonly type: 'ready' }
  /** Something that they refer to does not exist; `message` is worded as the kubelet's FailedMount. */
  | { readonly type: 'missing'; readonly message: string }
  | { readonly type: 'failed'; readonly message: string; readonly retryAtMs: number };

/** Everything that the decisions about one pod rest on. Maps are keyed by container name. */
export interface PodSnapshot {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly probes: ReadonlyMap<string, ContainerProbeResults>;
  readonly backoff: ReadonlyMap<string, BackoffEntry>;
  readonly images: ReadonlyMap<string, ImageState>;
  readonly blocks: ReadonlyMap<string, StartBlock>;
  /** Ids of containers that are being stopped: nothing is decided about them until they are down. */
  readonly stopping: ReadonlySet<string>;
  /**
   * Containers that run and whose postStart hook has failed, by id, with why: they are being stopped and have never
   * served.
   */
  readonly failedHooks: ReadonlyMap<string, string>;
  readonly volumes: VolumesState;
  /** Monotonic times at which containers that have exited have ended, by id. */
  readonly endedAtMs: ReadonlyMap<string, number>;
  /** When the next attempt to make a sandbox may be, after failures; monotonic. */
  readonly sandboxRetryAtMs: number;
  /** Why the node did not let the pod in: it never runs. */
  readonly refusal?: PodRefusal;
  /** Wall time: for what the pod's object holds. */
  readonly nowMs: number;
  /** For what is waited for within the life of this process. */
  readonly monotonicMs: number;
}

/** When a container that has exited has ended, in monotonic time. */
export function endedAtMs(snapshot: PodSnapshot, { id }: ContainerState): number {
  return snapshot.endedAtMs.get(id) ?? snapshot.monotonicMs;
}
