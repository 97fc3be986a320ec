import { isSidecar } from '../objects/pods.ts';
import type { ContainerStatus } from './compute-container-status.ts';
import type { PodSpec } from './observed-pod.ts';
import { NOT_FOUND } from './recorded-containers.ts';

export interface ContainerStatuses {
  readonly inits: readonly ContainerStatus[];
  readonly mains: readonly ContainerStatus[];
}

/**
 * The statuses of a pod that has ended, as the kubelet's status manager leaves them: "once a pod has initialized, any
 * missing status is treated as a failure", and "all but the final suffix of init containers which have no evidence of a
 * container start are marked as failed containers" (TerminatePod).
 */
export function settleStatuses(spec: PodSpec, { inits, mains }: ContainerStatuses): ContainerStatuses {
  const begun = Math.max(1, inits.findLastIndex(hasBegun) + 1);
  return {
    inits: inits.map((status, index) => (index < begun ? settled(status) : status)),
    mains: isInitialized(spec, inits, mains) ? mains.map(settled) : mains,
  };
}

function settled(status: ContainerStatus): ContainerStatus {
  return status.state?.terminated === undefined ? { ...status, state: { terminated: NOT_FOUND } } : status;
}

function hasBegun({ state, lastState }: ContainerStatus): boolean {
  return state?.waiting === undefined || lastState?.terminated !== undefined;
}

/**
 * "no init containers", "any container has ever moved out of waiting state", or "the last init container has ever
 * completed with a zero exit code" (hasPodInitialized).
 */
function isInitialized(spec: PodSpec, inits: readonly ContainerStatus[], mains: readonly ContainerStatus[]): boolean {
  const last = spec.initContainers?.at(-1);
  const status = inits.at(-1);
  if (last === undefined || mains.some(hasBegun)) return true;
  if (isSidecar(last)) return status?.started === true;
  return [status?.state, status?.lastState].some((it) => it?.terminated?.exitCode === 0);
}
