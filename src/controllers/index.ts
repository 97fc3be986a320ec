/**
 * The controllers: each watches some kinds and brings what is there to what is asked for, by a pure `compute-<kind>.ts`
 * that turns a snapshot into actions, and a shell that carries them out in one transaction. `manager/` runs them,
 * `ownership/` says which objects a controller may act on, `scheduler/` gives pods their node. They meet only in the
 * API objects: none calls another, and none knows Docker, Git or the network.
 */

import type { ControllerContext } from './controller.ts';
import type { ControllerManagerOptions } from './manager/controller-manager.ts';
import { ControllerManager } from './manager/controller-manager.ts';
import { Scheduler } from './scheduler/scheduler-loop.ts';

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
  type ControllerCounters,
  ControllerManager,
  type ControllerManagerOptions,
} from './manager/controller-manager.ts';
export { Scheduler, type SchedulerCounters } from './scheduler/scheduler-loop.ts';
export { SecretsDirectoryController } from './secrets-directory/secrets-directory-controller.ts';

/** Runs the controllers until `stop` of what it returns is called. */
export function startControllerManager(options: ControllerManagerOptions): ControllerManager {
  const manager = new ControllerManager(options);
  manager.start();
  return manager;
}

/** Runs the scheduler until `stop` of what it returns is called. */
export function startScheduler(context: ControllerContext): Scheduler {
  const scheduler = new Scheduler(context);
  scheduler.start();
  return scheduler;
}
