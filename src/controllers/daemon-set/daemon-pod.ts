import { REVISION_LABEL } from '../../objects/index.ts';
import type { DaemonSet, KubernetesObject, Node, Pod } from '../../objects/types.ts';
import { matchesNodeSelection, toleratesTaint } from '../../scheduler/index.ts';
import { newPod } from '../pods/new-pod.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Toleration = NonNullable<PodSpec['tolerations']>[number];

const EVERYWHERE: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const ON_HOST_NETWORK: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

/** "The DaemonSet controller automatically adds a set of tolerations to DaemonSet Pods" (DaemonSet, kubernetes.io). */
function tolerationsOf(spec: PodSpec | undefined): Toleration[] {
  const added = spec?.hostNetwork === true ? [...EVERYWHERE, ON_HOST_NETWORK] : EVERYWHERE;
  const isAdded = ({ key, effect }: Toleration) => added.some((each) => each.key === key && each.effect === effect);
  return [...(spec?.tolerations ?? []).filter((toleration) => !isAdded(toleration)), ...added];
}

/** Whether a pod of the set should be on the node, and whether one that is there already may stay. */
export interface NodeVerdict {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

/**
 * "If a taint with effect NoSchedule is not tolerated, no pod is placed there, but one that runs stays; one with
 * NoExecute evicts it" (daemon_controller, NodeShouldRunDaemonPod). Resources do not count here: the pod is created and
 * waits for them.
 */
export function judgeNode(set: DaemonSet, node: Node): NodeVerdict {
  const spec = set.spec?.template.spec;
  const { name, labels = {} } = node.metadata;
  // An empty name names no node, as in Go's types.
  const isNamed = (spec?.nodeName || name) === name;
  if (!isNamed || !matchesNodeSelection(spec, { name, labels })) return { shouldRun: false, mayStay: false };
  const tolerations = tolerationsOf(spec);
  const untolerated = (node.spec?.taints ?? []).filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((each) => toleratesTaint(each, taint)),
  );
  return {
    shouldRun: untolerated.length === 0,
    mayStay: !untolerated.some(({ effect }) => effect === 'NoExecute'),
  };
}

/**
 * A pod for one node. "The DaemonSet controller creates a Pod for each eligible node and adds the
 * spec.affinity.nodeAffinity field of the Pod to match the target host"; the scheduler binds it.
 */
export function newDaemonPod(set: DaemonSet, nodeName: string, hash: string): KubernetesObject {
  const draft = newPod(set.spec?.template ?? {}, set);
  const spec = set.spec?.template.spec;
  const matchFields = [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }];
  const nodeAffinity = {
    ...spec?.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
  };
  return {
    ...draft,
    metadata: { ...draft.metadata, labels: { ...draft.metadata?.labels, [REVISION_LABEL]: hash } },
    spec: { ...spec, tolerations: tolerationsOf(spec), affinity: { ...spec?.affinity, nodeAffinity } },
  };
}

/** The node that a daemon pod is on or is meant for. */
export function targetNodeOf(pod: Pod): string {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const term of required?.nodeSelectorTerms ?? []) {
    const field = term.matchFields?.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (field?.values?.[0] !== undefined) return field.values[0];
  }
  return '';
}
