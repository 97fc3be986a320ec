/**
 * The scheduler's decisions: which pod is tried when (`queue/`), which node takes it (`schedule`), and who gives way
 * when none does (`preemption/`). What the cluster looks like is in `cluster/`, kept up to date pod by pod; filters and
 * scores are in `plugins/`, named and weighed as Kubernetes does it. All pure: it must not know the API, clocks or
 * randomness; `src/controllers/scheduler/` brings those.
 */
export { ClusterState, type SiblingSelection } from './cluster/cluster-state.ts';
export { NodeInfo } from './cluster/node-info.ts';
export { type PodInfo, podInfoOf } from './cluster/pod-info.ts';
export { type PodSelection, spreadSelectionOf } from './cluster/pod-term.ts';
export { claimKeyOf, VolumeState } from './cluster/volume-state.ts';
export type {
  ClusterChange,
  ClusterEvent,
  FilterPlugin,
  NodeFilter,
  NodeScore,
  Refusal,
  ScorePlugin,
} from './plugin.ts';
export { FILTERS, SCORES } from './plugins/index.ts';
export { matchesNodeSelection, type SelectableNode } from './plugins/node-affinity.ts';
export { type ShortResource, shortResources } from './plugins/node-resources.ts';
export { isReachable, planVolumes, sortClaims, type VolumePlan } from './plugins/plan-volumes.ts';
export { toleratesTaint } from './plugins/taint-toleration.ts';
export { type DisruptionBudget, type NoPreemption, type Preemption, preempt } from './preemption/preempt.ts';
export { isPreempted, PREEMPTION_REASON } from './preemption/preempted.ts';
export { nodeEvents } from './queue/node-events.ts';
export { type QueuedPod, SchedulingQueue } from './queue/scheduling-queue.ts';
export { type Placement, type ScheduleOptions, schedule, type Unschedulable } from './schedule.ts';
