/**
 * What Berth asks of GitHub, for one repository. Every call rejects with a `BerthError`: `ReportFailed` may be tried
 * again, `ReportRefused` not.
 */
export interface GitHubApi {
  /** The login that comments of this credential carry. */
  identity(): Promise<string>;
  /** The statuses of one context, newest first. */
  listCommitStates(commit: string, context: string): Promise<readonly CommitState[]>;
  createCommitStatus(commit: string, status: CommitStatus): Promise<void>;
  findDeployment(commit: string, environment: string): Promise<number | undefined>;
  createDeployment(deployment: NewDeployment): Promise<number>;
  /** Newest first. */
  listDeploymentStates(deployment: number): Promise<readonly DeploymentState[]>;
  createDeploymentStatus(deployment: number, status: DeploymentStatus): Promise<void>;
  /** The merged pull request that brought a commit into a branch. */
  findMergedPullRequest(commit: string, branch: string): Promise<number | undefined>;
  /** The commit at the head of a pull request. */
  readHead(pullRequest: number): Promise<string>;
  /** All comments of a pull request, oldest first, a page at a time as they are taken. */
  comments(pullRequest: number): AsyncIterable<Comment>;
  createComment(pullRequest: number, body: string): Promise<void>;
  updateComment(comment: number, body: string): Promise<void>;
}

export type CommitState = 'pending' | 'success' | 'failure' | 'error';

export interface CommitStatus {
  readonly state: CommitState;
  readonly context: string;
  /** At most 140 characters. */
  readonly description: string;
  readonly targetUrl?: string;
}

export type DeploymentState = 'in_progress' | 'success' | 'failure' | 'inactive';

export interface NewDeployment {
  readonly commit: string;
  readonly environment: string;
  readonly description: string;
}

export interface DeploymentStatus {
  readonly state: DeploymentState;
  readonly description: string;
  readonly logUrl?: string;
}

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
}

/** "description 140": GitHub refuses a longer one. */
export const LONGEST_DESCRIPTION = 140;
