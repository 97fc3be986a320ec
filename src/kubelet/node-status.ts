import type { IIoK8sApiCoreV1NodeStatus } from 'kubernetes-models/v1/NodeStatus';
import { formatTime } from '../lib/clock.ts';
import { canonicalQuantity, findCondition, parseQuantity, quantityValue } from '../objects/index.ts';
import type { Node } from '../objects/types.ts';
import type { EngineInfo, PodNetwork } from '../runtime/runtime.ts';
import { PRESSURE_TYPES, type PressureType } from './eviction/compute-pressure.ts';
import type { PressureState } from './eviction/eviction-manager.ts';

export type NodeStatus = IIoK8sApiCoreV1NodeStatus;

/** What is known of the machine without asking the engine. */
export interface MachineInfo {
  readonly kernelVersion: string;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly osImage: string;
  readonly machineId: string;
  readonly bootId: string;
}

export interface NodeFacts {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly machine: MachineInfo;
  /** As `kubectl get nodes` shows it: `v1.32.0-berth.0.1.0`. */
  readonly kubeletVersion: string;
  /** `docker`. */
  readonly runtimeName: string;
  readonly maxPods: number;
  /** What the engine said of itself last; `undefined` before it has answered. */
  readonly engine: EngineInfo | undefined;
  readonly network: PodNetwork | undefined;
  /** What the machine is short of; left out where nobody measures it. */
  readonly pressure?: Readonly<Record<PressureType, PressureState>> | undefined;
  /** What the disk of pods can hold; left out where nobody measures it. */
  readonly diskBytes?: number | undefined;
  /** Why no pods can be run now; `undefined` when they can. */
  readonly problem: string | undefined;
}

/** Labels that every node carries (well-known labels, annotations and taints). */
export function nodeLabels({ nodeName, engine }: NodeFacts): Readonly<Record<string, string>> {
  const arch = engine === undefined ? {} : { 'kubernetes.io/arch': goArchitecture(engine.architecture) };
  return { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', ...arch };
}

/**
 * The status of the node. "Ready: True if the node is healthy and ready to accept pods, False if the node is not
 * healthy and is not accepting pods." Equal facts give equal statuses: heartbeats live outside the store. Conditions
 * that nothing measures (processes, and what the machine does not tell) are left out.
 */
export function computeNodeStatus(facts: NodeFacts, recorded: Node['status'], nowMs: number): NodeStatus {
  const { engine, machine } = facts;
  const measured =
    engine === undefined ? undefined : nodeResources(engine, facts.maxPods, facts.diskBytes ?? recordedDisk(recorded));
  const resources = measured && { ...advertisedResources(recorded), ...measured };
  return {
    ...recorded,
    addresses: [
      { type: 'InternalIP', address: facts.nodeIp },
      { type: 'Hostname', address: facts.nodeName },
    ],
    ...(resources === undefined ? {} : { capacity: resources, allocatable: resources }),
    conditions: [
      ...pressureConditions(facts, recorded, nowMs),
      readyCondition(facts, recorded, nowMs),
      ...otherConditions(recorded),
    ],
    nodeInfo: {
      architecture: goArchitecture(engine?.architecture ?? recorded?.nodeInfo?.architecture ?? ''),
      bootID: machine.bootId,
      containerRuntimeVersion: engine === undefined ? '' : `${facts.runtimeName}://${engine.version}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: facts.kubeletVersion,
      machineID: machine.machineId,
      operatingSystem: 'linux',
      osImage: machine.osImage === '' ? (engine?.operatingSystem ?? '') : machine.osImage,
      systemUUID: machine.machineId,
    },
  };
}

/**
 * Extended resources that somebody else put into the capacity of the node: a kubelet sets its own amounts one by one
 * and leaves those there, and what has left the capacity leaves `allocatable` ("Remove extended resources from
 * allocatable that are no longer present in capacity", setters.MachineInfo).
 */
function advertisedResources(recorded: Node['status']): Record<string, string> {
  const entries = Object.entries(recorded?.capacity ?? {}).filter(([name]) => isExtendedResource(name));
  return Object.fromEntries(entries.map(([name, amount]) => [name, String(amount)]));
}

/**
 * "The resource name is not in the default namespace" and "does not have "requests." prefix" (IsExtendedResourceName).
 */
function isExtendedResource(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

/** What was measured once holds until the disk has been looked at again. */
function recordedDisk(recorded: Node['status']): number | undefined {
  const recordedSize = recorded?.capacity?.['ephemeral-storage'];
  return recordedSize === undefined ? undefined : quantityValue(parseQuantity(recordedSize));
}

/** What the node has, as quantities. */
export function nodeResources(engine: EngineInfo, maxPods: number, diskBytes?: number): Record<string, string> {
  return {
    cpu: String(engine.cpuCount),
    // In the form in which the registry keeps it: another one of equal value would be written again with each look at
    // the node.
    memory: canonicalQuantity(`${Math.floor(engine.memoryBytes / 1024)}Ki`),
    ...(diskBytes === undefined ? {} : { 'ephemeral-storage': canonicalQuantity(`${Math.floor(diskBytes / 1024)}Ki`) }),
    pods: String(maxPods),
  };
}

type Condition = NonNullable<NodeStatus['conditions']>[number];

function readyCondition({ problem }: NodeFacts, recorded: Node['status'], nowMs: number): Condition {
  const status = problem === undefined ? 'True' : 'False';
  const known = findCondition(recorded?.conditions, 'Ready');
  const now = formatTime(nowMs);
  const isSame = known?.status === status && known.message === (problem ?? READY_MESSAGE);
  return {
    type: 'Ready',
    status,
    reason: problem === undefined ? 'KubeletReady' : 'KubeletNotReady',
    message: problem ?? READY_MESSAGE,
    lastHeartbeatTime: (isSame ? known.lastHeartbeatTime : undefined) ?? now,
    lastTransitionTime: (known?.status === status ? known.lastTransitionTime : undefined) ?? now,
  };
}

/** Reason and message of a condition, in the kubelet's words. */
interface PressureWords {
  readonly reason: string;
  readonly message: string;
}

const WORDS: Readonly<Record<PressureType, { readonly enough: PressureWords; readonly short: PressureWords }>> = {
  MemoryPressure: {
    enough: { reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
    short: { reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available' },
  },
  DiskPressure: {
    enough: { reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
    short: { reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' },
  },
};

function pressureConditions({ pressure }: NodeFacts, recorded: Node['status'], nowMs: number): Condition[] {
  if (pressure === undefined) return [];
  return PRESSURE_TYPES.flatMap((type) => {
    const known = findCondition(recorded?.conditions, type);
    const is = pressure[type];
    // What the last process saw holds until this one has looked: else each start would lift the taint, and say that the
    // pressure began anew.
    if (is === 'unknown') return known === undefined ? [] : [known];
    if (is === undefined) return [];
    const status = is ? 'True' : 'False';
    if (known?.status === status) return [known];
    const now = formatTime(nowMs);
    const words = is ? WORDS[type].short : WORDS[type].enough;
    return [{ type, status, ...words, lastHeartbeatTime: now, lastTransitionTime: now }];
  });
}

const READY_MESSAGE = 'kubelet is posting ready status';

/**
 * Those that others write. What a kubelet tells and this one does not measure is none of them: the node controller
 * notes it as unknown while the node is silent.
 */
function otherConditions(recorded: Node['status']): Condition[] {
  return (recorded?.conditions ?? []).filter(
    ({ type }) => type !== 'Ready' && type !== 'PIDPressure' && !(type in WORDS),
  );
}

/** Kubernetes names architectures as Go does. */
function goArchitecture(name: string): string {
  if (name === 'x86_64') return 'amd64';
  return name === 'aarch64' ? 'arm64' : name;
}
