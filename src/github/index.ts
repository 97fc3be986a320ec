/**
 * GitHub: what Berth tells it and asks of it, for one repository.
 *
 * `GitHubApi` is the port and `OctokitApi` its driver. `GitHubSink` reports from the box what became of a commit;
 * `putStickyComment` keeps one comment of a pull request true, for the box and for the Action. It is loaded only where
 * GitHub is used: Octokit costs 15 MB.
 */
export type * from './github-api.ts';
export { LONGEST_DESCRIPTION } from './github-api.ts';
export { GitHubSink, type GitHubSinkOptions } from './github-sink.ts';
export {
  createGitHubClient,
  findInstallation,
  type GitHubClient,
  OctokitApi,
  type OctokitOptions,
  statusOf,
} from './octokit-api.ts';
export { putStickyComment, type StickyOutcome } from './sticky-comment.ts';
