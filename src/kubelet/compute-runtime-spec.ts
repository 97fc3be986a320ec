import { LIMITS } from '../lib/limits.ts';
import { parseQuantity, qosClassOf, quantityMilliValue, quantityValue } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import type {
  ContainerResources,
  ContainerSecurity,
  ContainerSpec,
  ImageInfo,
  Mount,
  PodIdentity,
  PortMapping,
  SandboxSpec,
} from '../runtime/runtime.ts';
import { MissingConfigError } from './environment/config-sources.ts';
import { expandVariables } from './environment/expand-variables.ts';
import { allContainers, type Container, formatPod, specOf } from './observed-pod.ts';
import { computeDns, type DnsSettings, kernelHostnameOf } from './pod-dns.ts';
import { containerSpecHash } from './spec-hash.ts';
import { sysctlName } from './sysctl-name.ts';

export function identityOf(pod: Pod): PodIdentity {
  const { name, namespace = 'default', uid } = pod.metadata;
  return { name, namespace, uid };
}

/** What the engine is told of a pod's sandbox. */
export function computeSandboxSpec(pod: Pod, attempt: number, dns: DnsSettings): SandboxSpec {
  const spec = specOf(pod);
  return {
    pod: identityOf(pod),
    attempt,
    hostname: kernelHostnameOf(pod, dns.clusterDomain),
    hostNetwork: spec.hostNetwork === true,
    portMappings: spec.hostNetwork === true ? [] : portMappings(pod),
    dns: computeDns(pod, dns),
    sysctls: Object.fromEntries(
      (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [sysctlName(name), value]),
    ),
    labels: {},
  };
}

function portMappings(pod: Pod): readonly PortMapping[] {
  return allContainers(pod)
    .flatMap((container) => container.ports ?? [])
    .filter((port) => port.hostPort !== undefined && port.hostPort > 0)
    .map(({ hostIP, hostPort, containerPort, protocol }) => ({
      hostIp: hostIP ?? '',
      hostPort: hostPort ?? 0,
      containerPort,
      protocol: protocol ?? 'TCP',
    }));
}

export interface ContainerSpecInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly sandboxId: string;
  readonly attempt: number;
  readonly image: ImageInfo;
  readonly env: ContainerSpec['env'];
  readonly mounts: readonly Mount[];
  readonly nodeMemoryBytes: number;
}

/**
 * What the engine is told of one container. Throws a `MissingConfigError` where the image's user breaks `runAsNonRoot`.
 */
export function computeContainerSpec(input: ContainerSpecInput): ContainerSpec {
  const { pod, container } = input;
  const values = new Map(input.env.map(({ name, value }) => [name, value]));
  const expand = (words: readonly string[]): readonly string[] =>
    words.map((word) => expandVariables(word, (name) => values.get(name)));
  return {
    pod: identityOf(pod),
    sandboxId: input.sandboxId,
    name: container.name,
    attempt: input.attempt,
    image: container.image ?? '',
    ...(hasWords(container.command) ? { command: expand(container.command) } : {}),
    ...(hasWords(container.args) ? { args: expand(container.args) } : {}),
    env: input.env,
    ...(container.workingDir === undefined || container.workingDir === '' ? {} : { workingDir: container.workingDir }),
    mounts: input.mounts,
    resources: computeResources(pod, container, input.nodeMemoryBytes),
    security: computeSecurity(pod, container, input.image),
    tty: container.tty === true,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    log: { maxSizeBytes: LIMITS.containerLogBytes, maxFiles: LIMITS.containerLogFiles },
    specHash: containerSpecHash(container),
    stopGraceMs: (specOf(pod).terminationGracePeriodSeconds ?? 30) * 1000,
    labels: {},
  };
}

function hasWords(words: readonly string[] | undefined): words is readonly string[] {
  return words !== undefined && words.length > 0;
}

/**
 * Limits default requests; the kernel kills by `oom_score_adj`, which follows the QoS class as the kubelet's `qos`
 * policy has it.
 */
export function computeResources(pod: Pod, container: Container, nodeMemoryBytes: number): ContainerResources {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const cpuRequest = requests['cpu'] ?? limits['cpu'];
  const memoryRequest = requests['memory'] ?? limits['memory'];
  const { cpu, memory } = limits;
  return {
    ...(cpuRequest === undefined ? {} : { cpuRequestMillis: quantityMilliValue(parseQuantity(cpuRequest)) }),
    ...(cpu === undefined ? {} : { cpuLimitMillis: quantityMilliValue(parseQuantity(cpu)) }),
    ...(memory === undefined ? {} : { memoryLimitBytes: quantityValue(parseQuantity(memory)) }),
    oomScoreAdjust: oomScoreAdjust(
      pod,
      memoryRequest === undefined ? 0 : quantityValue(parseQuantity(memoryRequest)),
      nodeMemoryBytes,
    ),
  };
}

/**
 * Node out-of-memory behaviour: Guaranteed −997; BestEffort 1000; Burstable
 * `min(max(2, 1000 − (1000 × memoryRequestBytes) / machineMemoryCapacityBytes), 999)`, and never as low as Guaranteed.
 */
function oomScoreAdjust(pod: Pod, memoryRequestBytes: number, nodeMemoryBytes: number): number {
  const qos = qosClassOf(specOf(pod));
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const share = Math.floor((1000 * memoryRequestBytes) / nodeMemoryBytes);
  return Math.min(Math.max(3, 1000 - share), 999);
}

function computeSecurity(pod: Pod, container: Container, image: ImageInfo): ContainerSecurity {
  const ofPod = specOf(pod).securityContext ?? {};
  const own = container.securityContext ?? {};
  const runAsUser = own.runAsUser ?? ofPod.runAsUser;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true) checkNonRoot(pod, container, image, runAsUser);
  const groups = [...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup])];
  return {
    privileged: own.privileged === true,
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    supplementalGroups: [...new Set(groups)],
    readOnlyRootFilesystem: own.readOnlyRootFilesystem === true,
    capabilitiesAdd: own.capabilities?.add ?? [],
    capabilitiesDrop: own.capabilities?.drop ?? [],
    noNewPrivileges: own.allowPrivilegeEscalation === false,
  };
}

/**
 * SecurityContext.runAsNonRoot: "the Kubelet will validate the image at runtime to ensure that it does not run as UID 0
 * (root)".
 */
function checkNonRoot(pod: Pod, container: Container, image: ImageInfo, runAsUser: number | undefined): void {
  const where = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  if (runAsUser === 0) throw new MissingConfigError(`container's runAsUser breaks non-root policy ${where}`);
  if (runAsUser !== undefined) return;
  const user = image.user.split(':')[0] ?? '';
  if (user === '' || user === '0') {
    throw new MissingConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  }
  if (/^\d+$/.test(user)) return;
  throw new MissingConfigError(
    `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${where}`,
  );
}
