/**
 * The GitOps loop: fetch → load → plan → apply → wait for health → prune → report, for each application of the
 * repository by itself.
 *
 * Flow: `Reconciler` asks the source, finds the applications of a commit and those that it does not have any more
 * (`computeVanished`), and hands each its part; `ApplicationReconciler` brings it in and watches over it
 * (`HealthTracker`, `DriftQueue`, `computeRollout`), and notes what it thinks of it in the `VerdictBook`;
 * `StatusPublisher` writes that to the status branch. `planCommit` computes all of it without writing.
 *
 * Whose an object is: the inventory says which application may delete it, the field manager `berth/<application>` which
 * fields are its. Both pass on together when another application applies the object, and not before. It must not know
 * which engine runs the pods.
 */
export type * from './application.ts';
export { declaresNothing, FAILED_PHASES, TERMINAL_PHASES } from './application.ts';
export type { ApplicationReconciler } from './application-reconciler.ts';
export { defaultedManifest } from './defaulted-manifest.ts';
export { type ApplicationDiff, diffCommits } from './diff-commits.ts';
export type { GitopsEvent, GitopsListener } from './events.ts';
export { FinishedJobs } from './finished-jobs.ts';
export { GitopsState } from './gitops-state.ts';
export { type LoadCommitOptions, type LoadedCommit, type LoadedFolder, loadCommit } from './load-commit.ts';
export { ManifestApplicationLoader, type ManifestApplicationLoaderOptions } from './manifest-application-loader.ts';
export { computeOutcome, type DeploymentOutcome, type PodCount } from './outcomes/deployment-outcome.ts';
export { OutcomeReporter } from './outcomes/outcome-reporter.ts';
export type {
  OutcomeSink,
  ReportContext,
  ReportedOutcome,
  ReportMemory,
  ReportResult,
} from './outcomes/outcome-sink.ts';
export { type ApplicationPlan, type PlanCommitOptions, planCommit } from './plan-commit.ts';
export { Reconciler, type ReconcilerOptions } from './reconciler.ts';
export { type RenderedApplication, renderApplication } from './render-application.ts';
export { declaredReplicas, releasedScaleTarget } from './scaled-replicas.ts';
export { NodeProblems } from './status/node-problems.ts';
export { NO_OBSERVATIONS, type Observations, type ObservedPull, type ObservedWorkload } from './status/observations.ts';
export { type PublishedStatus, readStatusBranch, type StatusMissing } from './status/read-status-branch.ts';
export { renderStatusPage } from './status/render-status-page.ts';
export { readObservations, StartObserver } from './status/start-observer.ts';
export {
  type BoxProblem,
  type BoxRules,
  computeApplicationStatus,
  computeStatusDocument,
  type FinishedJobStatus,
  type StatusDocument,
  type StatusSnapshot,
} from './status/status-document.ts';
export { refuseForeignStatus } from './status/status-owner.ts';
export { STATUS_HEARTBEAT_MS, STATUS_HISTORY, StatusPublisher } from './status/status-publisher.ts';
export { type TreeFile, TreeReader } from './tree-reader.ts';
