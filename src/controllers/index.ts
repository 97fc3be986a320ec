/**
 * The controllers: each watches some kinds and brings what is there to what is asked for, by a pure `compute-<kind>.ts`
 * that turns a snapshot into actions, and a shell that carries them out in one transaction. `manager/` runs them,
 * `ownership/` says which objects a controller may act on, `scheduler/` gives pods their node. They meet only in the
 * API objects: none calls another, and none knows Docker, Git or the network.
 */
export type {
  Controller,
  ControllerChange,
  ControllerContext,
  ControllerWatch,
  KindWatch,
  ReconcileResult,
} from './controller.ts';
export { type ControllersContext, createControllers } from './create-controllers.ts';
export {
  type AdapterLink,
  type AdapterLinks,
  AdapterMetrics,
} from './horizontal-pod-autoscaler/adapters/adapter-metrics.ts';
export type { AdapterTarget } from './horizontal-pod-autoscaler/adapters/find-adapter.ts';
export {
  type ControllerCounters,
  ControllerManager,
  type ControllerManagerOptions,
} from './manager/controller-manager.ts';
export { Scheduler, type SchedulerCounters } from './scheduler/scheduler-loop.ts';
export { SecretsDirectoryController } from './secrets-directory/secrets-directory-controller.ts';
