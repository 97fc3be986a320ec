import { qosClassOf } from '../../objects/index.ts';
import {
  matchesNodeSelection,
  type NodeInfo,
  type PodInfo,
  type ShortResource,
  shortResources,
  toleratesTaint,
} from '../../scheduler/index.ts';
import { isCritical } from '../eviction/compute-eviction.ts';
import type { PressureType } from '../eviction/compute-pressure.ts';
import { specOf } from '../observed-pod.ts';

/** Why a pod is not let onto the node; it ends as Failed with this reason. */
export interface PodRefusal {
  readonly reason: string;
  readonly message: string;
}

/** What a pod is judged by when the node sees it first. */
export interface AdmissionSnapshot {
  readonly pod: PodInfo;
  /** The node with the pods that it let in before and that have not ended. */
  readonly node: NodeInfo;
  /** What the node says that it is short of. */
  readonly pressures: readonly PressureType[];
}

/**
 * The kubelet's admission in its order: the eviction manager's, then what scheduler and kubelet both ask
 * (lifecycle.predicateAdmitHandler, scheduler.AdmissionCheck: resources, node affinity, ports; "kubelet is only
 * interested in the NoExecute taint"). Whoever was bound by the scheduler passes, unless the node has changed
 * meanwhile; whoever names its node itself is judged here for the first time.
 */
export function computeAdmission(snapshot: AdmissionSnapshot): PodRefusal | undefined {
  return pressureRefusal(snapshot) ?? resourceRefusal(snapshot) ?? predicateRefusal(snapshot);
}

/**
 * "Admit Critical pods even under resource pressure since they are required for system stability. Conditions other than
 * memory pressure reject all pods. When node has memory pressure, check BestEffort Pod's toleration: admit it if
 * tolerates memory pressure taint" (managerImpl.Admit).
 */
function pressureRefusal({ pod: { pod }, pressures }: AdmissionSnapshot): PodRefusal | undefined {
  if (pressures.length === 0 || isCritical(pod)) return undefined;
  if (pressures.length === 1 && pressures[0] === 'MemoryPressure') {
    if (qosClassOf(specOf(pod)) !== 'BestEffort') return undefined;
    const taint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' } as const;
    if ((specOf(pod).tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint))) return undefined;
  }
  return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
}

function resourceRefusal({ pod, node }: AdmissionSnapshot): PodRefusal | undefined {
  const [short] = shortResources(pod.requests, node).filter((each) => !isUnknownExtension(each, node));
  if (short === undefined) return undefined;
  const { name, wanted, taken, total } = short;
  const amounts = `requested: ${wanted}, used: ${taken}, capacity: ${total}`;
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${amounts}` };
}

/**
 * "Remove the requests of the extended resources that are missing in the node info" (removeMissingExtendedResources).
 */
function isUnknownExtension({ name }: ShortResource, { allocatable }: NodeInfo): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !allocatable.others.has(name);
}

function predicateRefusal({ pod: { pod, hostPorts }, node }: AdmissionSnapshot): PodRefusal | undefined {
  const { tolerations = [] } = specOf(pod);
  if (!matchesNodeSelection(specOf(pod), node))
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  if (hostPorts.some((port) => node.isPortTaken(port)))
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  const untolerated = node.hardTaints.some(
    (taint) => taint.effect === 'NoExecute' && !tolerations.some((toleration) => toleratesTaint(toleration, taint)),
  );
  return untolerated ? predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate") : undefined;
}

function predicate(name: string, why: string): PodRefusal {
  return { reason: name, message: `Predicate ${name} failed: ${why}` };
}
