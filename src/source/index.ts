/**
 * The port to a Git repository and its drivers: one branch is read as trees of blobs, one folder of another branch is
 * written.
 *
 * Flow: `openSource` → `LocalSource` (in place, watched) or `RemoteSource` (a clone of Berth's own, polled) →
 * `RepositoryReader` (commits, trees, revisions) → `ReliableReader` (survives `git gc`) → an `ObjectReader` of
 * `isomorphic/` or `system-git/`. Publishing: `publishFolder` → objects and refs in `local/`, or a `RemoteTransport`.
 *
 * It must not know manifests or Kubernetes. Files, processes, sockets and watches are used in `local/`, `isomorphic/`
 * and `system-git/`.
 */
export { findBranch } from './find-branch.ts';
export { commitFiles, createBareRepository, createBareRepositoryFromFolder } from './local/commit-files.ts';
export { findMergeBase } from './merge-base.ts';
export type { SourceDriver } from './open-object-reader.ts';
export { type OpenSourceOptions, openSource } from './open-source.ts';
export { resolveRevisionExpression } from './revision-expression.ts';
export * from './source.ts';
export type { SourceCredentials } from './source-credentials.ts';
export { sourceProblem } from './source-problem.ts';
export { findWorkTree, type TreeSource, WorkingTree } from './working-tree/working-tree.ts';
