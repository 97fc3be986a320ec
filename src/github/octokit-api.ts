import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import type { ErrorCode } from '../lib/error-codes.ts';
import { BerthError } from '../lib/errors.ts';
import type { Comment, CommitState, DeploymentState, GitHubApi } from './github-api.ts';

export interface OctokitOptions {
  /** `https://api.github.com`, or `https://host/api/v3`. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
  readonly userAgent: string;
  /** A token, or how to get one. */
  readonly auth: { readonly token: string } | { readonly authStrategy: unknown; readonly auth: unknown };
  /** How to reach it: bounded answers, the machine's proxy and certificates. */
  readonly fetch: (url: string, options?: GitHubRequest) => Promise<Response>;
  /** Longest wait that the rate limit may ask for on the spot; after more, whoever asked tries again later. */
  readonly patienceSeconds: number;
  /** The login of a credential that may not ask for its own, such as the token of a workflow's job. */
  readonly fallbackIdentity?: string;
}

/** What Octokit hands to `fetch`. */
export interface GitHubRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
}

export type GitHubClient = Octokit;

const Client = Octokit.plugin(retry, throttling);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * One client for a credential: its throttle keeps content a second apart, as GitHub asks for, and waits where it says
 * so.
 */
export function createGitHubClient(options: OctokitOptions): GitHubClient {
  const { patienceSeconds, apiUrl, owner, repo } = options;
  const wait = (retryAfter: number, _request: object, _client: unknown, retries: number) => {
    return retries < 2 && retryAfter <= patienceSeconds;
  };
  const credential = 'token' in options.auth ? { auth: options.auth.token } : options.auth;
  return new Client({
    ...credential,
    baseUrl: apiUrl,
    userAgent: options.userAgent,
    log: silent,
    request: { fetch: options.fetch },
    // What creates something is not simply sent again: whoever asked looks first whether it is there.
    retry: { doNotRetry: [400, 401, 403, 404, 410, 413, 422, 429, 451] },
    throttle: {
      // Clients of one repository share their pace, also after a change of the credential.
      id: `${apiUrl}/${owner}/${repo}`,
      onRateLimit: wait,
      onSecondaryRateLimit: wait,
      fallbackSecondaryRateRetryAfter: 30,
    },
  });
}

/** The installation of an App in a repository, asked for with the App's own key. */
export async function findInstallation(
  client: GitHubClient,
  options: OctokitOptions,
  signal: AbortSignal,
): Promise<number> {
  const { owner, repo } = options;
  try {
    const { data } = await client.rest.apps.getRepoInstallation({ owner, repo, request: { signal } });
    return data.id;
  } catch (error) {
    throw reportError(error);
  }
}

const PER_PAGE = 100;

/** GitHub's API through Octokit. `signal` ends whatever is under way. */
export class OctokitApi implements GitHubApi {
  readonly #client: GitHubClient;
  readonly #options: OctokitOptions;
  readonly #target: {
    readonly owner: string;
    readonly repo: string;
    readonly request: { readonly signal?: AbortSignal };
  };
  #identity: Promise<string> | undefined;

  constructor(client: GitHubClient, options: OctokitOptions, signal?: AbortSignal) {
    const { owner, repo } = options;
    this.#client = client;
    this.#options = options;
    this.#target = { owner, repo, request: signal === undefined ? {} : { signal } };
  }

  /** What creates is sent once: after a lost answer the next attempt looks for what is there. */
  get #once() {
    return { ...this.#target, request: { ...this.#target.request, retries: 0 } };
  }

  identity(): Promise<string> {
    this.#identity ??= this.#findIdentity();
    return this.#identity;
  }

  async #findIdentity(): Promise<string> {
    const { request } = this.#target;
    if (!('token' in this.#options.auth)) {
      return this.#ask(async () => {
        const { data } = await this.#client.rest.apps.getAuthenticated({ request });
        return `${data?.slug ?? ''}[bot]`;
      });
    }
    try {
      const { data } = await this.#client.rest.users.getAuthenticated({ request });
      return data.login;
    } catch (error) {
      const { fallbackIdentity } = this.#options;
      if (fallbackIdentity !== undefined && [401, 403, 404].includes(statusOf(error) ?? 0)) return fallbackIdentity;
      throw reportError(error);
    }
  }

  listCommitStates(commit: string, context: string): Promise<readonly CommitState[]> {
    return this.#ask(async () => {
      const parameters = { ...this.#target, ref: commit, per_page: PER_PAGE };
      const { data } = await this.#client.rest.repos.listCommitStatusesForRef(parameters);
      return data.filter((status) => status.context === context).map(({ state }) => state as CommitState);
    });
  }

  async createCommitStatus(commit: string, status: Parameters<GitHubApi['createCommitStatus']>[1]): Promise<void> {
    const { state, context, description, targetUrl } = status;
    const target = targetUrl === undefined ? {} : { target_url: targetUrl };
    await this.#ask(() =>
      this.#client.rest.repos.createCommitStatus({
        ...this.#once,
        sha: commit,
        state,
        context,
        description,
        ...target,
      }),
    );
  }

  findDeployment(commit: string, environment: string): Promise<number | undefined> {
    return this.#ask(async () => {
      const { data } = await this.#client.rest.repos.listDeployments({ ...this.#target, sha: commit, environment });
      return data[0]?.id;
    });
  }

  createDeployment({
    commit,
    environment,
    description,
  }: Parameters<GitHubApi['createDeployment']>[0]): Promise<number> {
    return this.#ask(async () => {
      // The box has decided already: nothing is merged and no check is waited for.
      const fixed = { auto_merge: false, required_contexts: [], transient_environment: false };
      const { data } = await this.#client.rest.repos.createDeployment({
        ...this.#once,
        ...fixed,
        ref: commit,
        environment,
        description,
      });
      if (!('id' in data))
        throw new BerthError('ReportRefused', { detail: 'GitHub made no deployment of this commit' });
      return data.id;
    });
  }

  listDeploymentStates(deployment: number): Promise<readonly DeploymentState[]> {
    return this.#ask(async () => {
      const parameters = { ...this.#target, deployment_id: deployment, per_page: PER_PAGE };
      const { data } = await this.#client.rest.repos.listDeploymentStatuses(parameters);
      return data.map(({ state }) => state as DeploymentState);
    });
  }

  async createDeploymentStatus(
    deployment: number,
    { state, description, logUrl }: Parameters<GitHubApi['createDeploymentStatus']>[1],
  ): Promise<void> {
    const log = logUrl === undefined ? {} : { log_url: logUrl };
    await this.#ask(() =>
      this.#client.rest.repos.createDeploymentStatus({
        ...this.#once,
        deployment_id: deployment,
        state,
        description,
        ...log,
      }),
    );
  }

  findMergedPullRequest(commit: string, branch: string): Promise<number | undefined> {
    return this.#ask(async () => {
      const parameters = { ...this.#target, commit_sha: commit, per_page: PER_PAGE };
      const { data } = await this.#client.rest.repos.listPullRequestsAssociatedWithCommit(parameters);
      const merged = data.filter(({ merged_at, base }) => merged_at !== null && base.ref === branch);
      const exact = merged.find(({ merge_commit_sha }) => merge_commit_sha === commit);
      return (exact ?? merged[0])?.number;
    });
  }

  readHead(pullRequest: number): Promise<string> {
    return this.#ask(async () => {
      const { data } = await this.#client.rest.pulls.get({ ...this.#target, pull_number: pullRequest });
      return data.head.sha;
    });
  }

  async *comments(pullRequest: number): AsyncIterable<Comment> {
    for (let page = 1; page <= LAST_PAGE; page++) {
      const parameters = { ...this.#target, issue_number: pullRequest, per_page: PER_PAGE, page };
      const { data } = await this.#ask(() => this.#client.rest.issues.listComments(parameters));
      for (const { id, user, body } of data) yield { id, author: user?.login ?? '', body: body ?? '' };
      if (data.length < PER_PAGE) return;
    }
  }

  async createComment(pullRequest: number, body: string): Promise<void> {
    await this.#ask(() => this.#client.rest.issues.createComment({ ...this.#once, issue_number: pullRequest, body }));
  }

  async updateComment(comment: number, body: string): Promise<void> {
    await this.#ask(() => this.#client.rest.issues.updateComment({ ...this.#target, comment_id: comment, body }));
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw error instanceof BerthError ? error : reportError(error);
    }
  }
}

/** A pull request with more comments than this is no place to look for one's own. */
const LAST_PAGE = 30;
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 410, 413, 422, 451]);
const LONGEST_DETAIL = 300;

/**
 * GitHub's answer as an error of Berth. It holds the answer's words and never the request, whose headers carry the
 * token.
 */
function reportError(error: unknown): BerthError {
  const status = statusOf(error);
  const isLimited = error instanceof Error && /rate limit|abuse/i.test(error.message);
  const code: ErrorCode = status !== undefined && REFUSALS.has(status) && !isLimited ? 'ReportRefused' : 'ReportFailed';
  const words = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, LONGEST_DETAIL) : 'no answer';
  const detail = status === undefined ? `GitHub does not answer: ${words}` : `GitHub answered ${status}: ${words}`;
  return new BerthError(code, { detail, cause: error });
}

/** The status of GitHub's answer behind an error; `undefined` when none came. */
export function statusOf(error: unknown): number | undefined {
  if (error instanceof BerthError) return statusOf(error.cause);
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  return 'response' in error && error.response !== undefined ? error.status : undefined;
}
