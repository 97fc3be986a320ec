/**
 * The GitOps loop: fetch → load → plan → apply → prune → wait for health → report, for each application of the repository by itself.
 *
 * Flow: `Reconciler` asks the source and finds the applications of a commit; `ApplicationReconciler` brings each to it and watches over it;
 * `StatusPublisher` writes what became of it to the status branch; `planCommit` computes all of it without writing. It must not know which
 * engine runs the pods.
 */
export type * from './application.ts';
export { FAILED_PHASES, TERMINAL_PHASES } from './application.ts';
export type { ApplicationReconciler } from './application-reconciler.ts';
export type { GitopsEvent, GitopsListener } from './events.ts';
export { GitopsState } from './gitops-state.ts';
export { ManifestApplicationLoader, type ManifestApplicationLoaderOptions } from './manifest-application-loader.ts';
export { type ApplicationPlan, type PlanCommitOptions, planCommit } from './plan-commit.ts';
export { type ApplicationLoader, Reconciler, type ReconcilerOptions } from './reconciler.ts';
export { renderStatusPage } from './status/render-status-page.ts';
export {
  type BoxProblem,
  computeStatusDocument,
  type StatusDocument,
  type StatusSnapshot,
} from './status/status-document.ts';
export { StatusPublisher } from './status/status-publisher.ts';
export type { TreeFile } from './tree-reader.ts';
