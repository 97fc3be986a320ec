import { computeSandboxSpec, identityOf } from '../../kubelet/compute-runtime-spec.ts';
import type { DnsSettings } from '../../kubelet/index.ts';
import { containerSpecHash } from '../../kubelet/spec-hash.ts';
import { parseTime } from '../../lib/clock.ts';
import type { Pod } from '../../objects/types.ts';
import type { ContainerSpec } from '../../runtime/runtime.ts';
import type { AdoptedPod } from '../../runtime/sim/sim-machine.ts';

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
type Container = NonNullable<Pod['spec']>['containers'][number];

/** Prefix of container ids in the status of pods that the simulated engine runs. */
const SIM_PREFIX = 'sim://';

/** The pod with its containers' ids as the simulated engine's own, so that the node agent knows them again. */
export function withSimulatedIds(pod: Pod): Pod {
  const rename = (statuses: readonly Status[] | undefined) =>
    statuses?.map((status) =>
      status.containerID === undefined
        ? status
        : { ...status, containerID: status.containerID.replace(/^[^:]*:\/\//, SIM_PREFIX) },
    );
  const { initContainerStatuses, containerStatuses } = pod.status ?? {};
  return {
    ...pod,
    status: {
      ...pod.status,
      ...(initContainerStatuses === undefined ? {} : { initContainerStatuses: rename(initContainerStatuses) ?? [] }),
      ...(containerStatuses === undefined ? {} : { containerStatuses: rename(containerStatuses) ?? [] }),
    },
  };
}

/** What the engine has of a live pod, as its status tells; `undefined` when nothing of it runs. */
export function adoptedPodOf(pod: Pod, dns: DnsSettings): AdoptedPod | undefined {
  const { podIP, phase } = pod.status ?? {};
  if (pod.spec?.nodeName === undefined || podIP === undefined || phase === 'Succeeded' || phase === 'Failed')
    return undefined;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].flatMap((container) => {
    const status = statuses.find(({ name }) => name === container.name);
    return status === undefined ? [] : adoptedContainers(pod, container, status);
  });
  return { sandbox: computeSandboxSpec(pod, 0, dns), ip: podIP, containers };
}

function adoptedContainers(pod: Pod, container: Container, status: Status): AdoptedPod['containers'] {
  const { containerID, imageID, state, lastState, restartCount } = status;
  const ended = state?.terminated ?? (state?.waiting === undefined ? undefined : lastState?.terminated);
  const startedAtMs = parseTime(state?.running?.startedAt ?? ended?.startedAt);
  if (containerID === undefined || startedAtMs === undefined) return [];
  const finishedAtMs = parseTime(ended?.finishedAt);
  return [
    {
      id: containerID.replace(/^[^:]*:\/\//, ''),
      imageId: imageID,
      spec: specOf(pod, container, restartCount),
      startedAtMs,
      ...(ended === undefined ? {} : { exitCode: ended.exitCode }),
      ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    },
  ];
}

/** Only what tells the container again: nobody starts it anew from this. */
function specOf(pod: Pod, container: Container, attempt: number): Omit<ContainerSpec, 'sandboxId'> {
  return {
    pod: identityOf(pod),
    name: container.name,
    attempt,
    image: container.image ?? '',
    env: [],
    mounts: [],
    resources: { oomScoreAdjust: 0 },
    security: {
      privileged: false,
      supplementalGroups: [],
      readOnlyRootFilesystem: false,
      capabilitiesAdd: [],
      capabilitiesDrop: [],
      noNewPrivileges: false,
    },
    tty: false,
    stdin: false,
    stdinOnce: false,
    log: { maxSizeBytes: 0, maxFiles: 0 },
    specHash: containerSpecHash(container),
    stopGraceMs: 0,
    labels: {},
  };
}
