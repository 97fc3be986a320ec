/**
 * The scheduler's decisions: which node takes a pod (`schedule`), what the cluster looks like (`ClusterState`, kept up
 * to date pod by pod), and which pod is tried when (`SchedulingQueue`). Filters and scores are in `plugins/`, named and
 * weighed as Kubernetes does it. All pure: it must not know the API, clocks or randomness; `src/controllers/scheduler/`
 * brings those.
 */
export { ClusterState, type SiblingSelection } from './cluster-state.ts';
export { nodeEvents } from './node-events.ts';
export { NodeInfo } from './node-info.ts';
export { isReachable, planVolumes, sortClaims, type VolumePlan } from './plan-volumes.ts';
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
export { toleratesTaint } from './plugins/taint-toleration.ts';
export { type PodInfo, podInfoOf } from './pod-info.ts';
export { type PodSelection, spreadSelectionOf } from './pod-term.ts';
export { type DisruptionBudget, type NoPreemption, type Preemption, preempt } from './preempt.ts';
export { isPreempted, PREEMPTION_REASON } from './preempted.ts';
export { type Placement, type ScheduleOptions, schedule, type Unschedulable } from './schedule.ts';
export { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts';
export { claimKeyOf, VolumeState } from './volume-state.ts';
