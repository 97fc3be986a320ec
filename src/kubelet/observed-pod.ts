import type { IIoK8sApiCoreV1Container } from 'kubernetes-models/v1/Container';
import type { IIoK8sApiCoreV1PodSpec } from 'kubernetes-models/v1/PodSpec';
import { assert } from '../lib/assert.ts';
import type { Pod } from '../objects/types.ts';
import type { ContainerState, SandboxState } from '../runtime/runtime.ts';

export type Container = IIoK8sApiCoreV1Container;
export type PodSpec = IIoK8sApiCoreV1PodSpec;

/** What the engine has of one pod, dead attempts included. */
export interface ObservedPod {
  readonly sandboxes: readonly SandboxState[];
  readonly containers: readonly ContainerState[];
}

export const NOTHING_OBSERVED: ObservedPod = { sandboxes: [], containers: [] };

/** The spec of a stored pod, which validation guarantees. */
export function specOf(pod: Pod): PodSpec {
  assert(pod.spec !== undefined, 'A stored pod has a spec.');
  return pod.spec;
}

/** All containers of a pod in their order of start: the init containers, then the others. */
export function allContainers(pod: Pod): readonly Container[] {
  const spec = specOf(pod);
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The sandbox of the highest attempt, running or not. */
export function newestSandbox(observed: ObservedPod): SandboxState | undefined {
  let newest: SandboxState | undefined;
  for (const sandbox of observed.sandboxes) {
    if (newest === undefined || sandbox.attempt > newest.attempt) newest = sandbox;
  }
  return newest;
}

/** The attempts of one container, newest first. */
export function attemptsOf(observed: ObservedPod, name: string): readonly ContainerState[] {
  return observed.containers.filter((state) => state.name === name).sort((a, b) => b.attempt - a.attempt);
}

/** The newest attempt of one container; within one sandbox when that is given. */
export function newestAttempt(observed: ObservedPod, name: string, sandboxId?: string): ContainerState | undefined {
  let newest: ContainerState | undefined;
  for (const state of observed.containers) {
    if (state.name !== name || (sandboxId !== undefined && state.sandboxId !== sandboxId)) continue;
    if (newest === undefined || state.attempt > newest.attempt) newest = state;
  }
  return newest;
}

export function runningContainers(observed: ObservedPod): readonly ContainerState[] {
  return observed.containers.filter((state) => state.status === 'running');
}

/** `name_namespace(uid)`, as the kubelet writes a pod in messages. */
export function formatPod(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? 'default'}(${pod.metadata.uid})`;
}
