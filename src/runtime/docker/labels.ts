import type { ContainerSpec, PodIdentity, SandboxSpec } from '../runtime.ts';

/**
 * The labels that say what a container is. The `io.kubernetes.*` ones are those that the kubelet and dockershim set,
 * and that other tools look for; those of `berth.dev` are our own. All state of the driver is rebuilt from them.
 */
export const LABELS = {
  clusterUid: 'berth.dev/cluster-uid',
  specHash: 'berth.dev/spec-hash',
  image: 'berth.dev/image',
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  type: 'io.kubernetes.docker.type',
  sandboxId: 'io.kubernetes.sandbox.id',
  attempt: 'io.kubernetes.attempt',
} as const;

export type ContainerType = 'podsandbox' | 'container';

/** What dockershim names a sandbox's container. */
const SANDBOX_CONTAINER = 'POD';

/** Labels that a pod's author brings must not change what a container is. */
function foreignLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const own = new Set<string>(Object.values(LABELS));
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !own.has(key) && !key.startsWith('berth.dev/')));
}

export function sandboxLabels(clusterUid: string, spec: SandboxSpec): Record<string, string> {
  return {
    ...foreignLabels(spec.labels),
    ...podLabels(clusterUid, spec.pod, 'podsandbox'),
    [LABELS.containerName]: SANDBOX_CONTAINER,
    [LABELS.attempt]: String(spec.attempt),
  };
}

export function containerLabels(clusterUid: string, spec: ContainerSpec): Record<string, string> {
  return {
    ...foreignLabels(spec.labels),
    ...podLabels(clusterUid, spec.pod, 'container'),
    [LABELS.containerName]: spec.name,
    [LABELS.attempt]: String(spec.attempt),
    [LABELS.sandboxId]: spec.sandboxId,
    [LABELS.specHash]: spec.specHash,
    [LABELS.image]: spec.image,
  };
}

function podLabels(clusterUid: string, pod: PodIdentity, type: ContainerType): Record<string, string> {
  return {
    [LABELS.clusterUid]: clusterUid,
    [LABELS.podName]: pod.name,
    [LABELS.podNamespace]: pod.namespace,
    [LABELS.podUid]: pod.uid,
    [LABELS.type]: type,
  };
}

/** `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`, as dockershim names containers. */
export function containerNameOf(pod: PodIdentity, container: string, attempt: number): string {
  return ['k8s', container, pod.name, pod.namespace, pod.uid, attempt].join('_');
}

export function sandboxNameOf(pod: PodIdentity, attempt: number): string {
  return containerNameOf(pod, SANDBOX_CONTAINER, attempt);
}

/** The engine's filter for everything of one cluster, narrowed by further filters and labels. */
export function clusterFilter(
  clusterUid: string,
  more: Readonly<Record<string, readonly string[]>> = {},
  labels: readonly string[] = [],
): string {
  return JSON.stringify({ label: [`${LABELS.clusterUid}=${clusterUid}`, ...labels], ...more });
}
