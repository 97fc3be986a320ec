import { deepFreeze } from '../lib/json.ts';
import type { Node, Pod } from '../objects/types.ts';
import { ClusterState } from './cluster/cluster-state.ts';
import { podInfoOf } from './cluster/pod-info.ts';
import { FILTERS } from './plugins/index.ts';
import { preempt } from './preemption/preempt.ts';
import { type Placement, refusalOn, type ScheduleOptions, schedule, type Unschedulable } from './schedule.ts';

type PodSpec = NonNullable<Pod['spec']>;

export interface TestNode {
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Node['spec'];
}

/** A node with 4 cores, 8 GiB and room for 110 pods unless told otherwise. */
export function testNode(name: string, { allocatable, labels, spec }: TestNode = {}): Node {
  return deepFreeze<Node>({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: `node-${name}`, resourceVersion: '1', creationTimestamp: '', labels: { ...labels } },
    ...(spec === undefined ? {} : { spec }),
    status: { allocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '10Gi', pods: '110', ...allocatable } },
  });
}

/** A pod of one container with these requests; `over` is merged into its spec. */
export function testPod(name: string, requests: Record<string, string> = {}, over: Partial<PodSpec> = {}): Pod {
  const container = { name: 'app', image: 'app', resources: { requests } };
  return deepFreeze<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `pod-${name}`, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [container], ...over },
  });
}

export function testCluster(nodes: readonly Node[], pods: readonly Pod[] = []): ClusterState {
  const cluster = new ClusterState();
  for (const node of nodes) cluster.setNode(node);
  for (const pod of pods) cluster.setPod(pod);
  return cluster;
}

export function place(pod: Pod, cluster: ClusterState, options: ScheduleOptions = {}): Placement | Unschedulable {
  return schedule(podInfoOf(pod), cluster, options);
}

/** The chosen node, or the message, with what preemption could not do. */
export function outcome(pod: Pod, cluster: ClusterState, options: ScheduleOptions = {}): string {
  const result = place(pod, cluster, options);
  if (result.type === 'placement') return result.nodeName;
  const found = preempt(podInfoOf(pod), cluster, { nodes: result.resolvable, budgets: () => [] });
  return found.type === 'preemption' ? result.message : `${result.message} ${found.message}`.trimEnd();
}

/** A pod of one container on a node, with the label `app=web` unless told otherwise. */
export function runningPod(
  nodeName: string,
  name: string,
  spec: Partial<PodSpec> = {},
  labels: Readonly<Record<string, string>> = { app: 'web' },
): Pod {
  const pod = testPod(name, {}, { nodeName, ...spec });
  return { ...pod, metadata: { ...pod.metadata, labels } };
}

/**
 * Why each of the nodes refuses the pod; `''` where it does not. Judged by the plugin of that name alone when one is
 * given.
 */
export function refusalsOf(
  pod: Pod,
  nodes: readonly Node[],
  present: readonly Pod[] = [],
  plugin?: string,
): readonly string[] {
  const cluster = testCluster(nodes, present);
  const plugins = FILTERS.filter(({ name }) => plugin === undefined || name === plugin);
  return cluster.nodes.map(
    (node) => refusalOn(node, podInfoOf(pod), cluster, plugins)?.refusal.reasons.join(', ') ?? '',
  );
}
