import type { DeploymentOutcome } from '../gitops/outcomes/deployment-outcome.ts';
import type { OutcomeSink, ReportContext, ReportResult } from '../gitops/outcomes/outcome-sink.ts';
import type { Clock } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import type { GitHubApi } from './github-api.ts';
import {
  COMMIT_STATES,
  DEPLOYMENT_STATES,
  describeOutcome,
  outcomeMarker,
  renderOutcomeComment,
  statusPageUrl,
} from './render-outcome.ts';
import { putStickyComment } from './sticky-comment.ts';

export interface GitHubSinkOptions {
  readonly clock: Clock;
  /** `team/site`. */
  readonly repository: string;
  /** `https://github.com/team/site`. */
  readonly repositoryUrl: string;
  readonly statusBranch: string;
  /** Name of the environment of the Deployments. */
  readonly environment: string;
  /** Opens the API with the credential as it is now; rejects when that cannot be read. */
  readonly connect: (signal: AbortSignal) => Promise<GitHubApi>;
}

/**
 * A rollout that is quicker than this gets no status on the way: the one that is left over may say later that it was
 * not well after all.
 */
const PENDING_AFTER_MS = 10_000;
/** "Never more than two statuses per commit and application." */
const STATUSES = 2;

/**
 * Tells GitHub what became of a commit: a commit status, a Deployment, and a comment on the pull request that brought
 * it. Everything is looked for before it is made, so that a report which is repeated after a failure or a restart says
 * nothing twice. The three are independent: what one credential may not do does not keep the rest from being said.
 */
export class GitHubSink implements OutcomeSink {
  readonly name: string;
  readonly #options: GitHubSinkOptions;
  readonly #firstSeen = new Map<string, { readonly commit: string; readonly atMs: number }>();

  constructor(options: GitHubSinkOptions) {
    this.#options = options;
    this.name = `GitHub ${options.repository}`;
  }

  async report(outcome: DeploymentOutcome, { all, signal }: ReportContext): Promise<ReportResult> {
    const waitMs = this.#pendingInMs(outcome);
    if (waitMs > 0) return { againAfterMs: waitMs };
    const api = await this.#options.connect(signal);
    const steps = [
      () => this.#putStatus(api, outcome),
      () => this.#putDeployment(api, outcome),
      () => this.#putComment(api, outcome, all),
    ];
    const failures: BerthError[] = [];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        if (!(error instanceof BerthError)) throw error;
        failures.push(error);
      }
    }
    const failure = failures.find(({ isRetryable }) => isRetryable) ?? failures[0];
    if (failure !== undefined) throw failure;
    return {};
  }

  #pendingInMs({ application, commit, state }: DeploymentOutcome): number {
    if (state !== 'progressing') return 0;
    const nowMs = this.#options.clock.monotonicMs();
    const seen = this.#firstSeen.get(application);
    if (seen?.commit === commit) return seen.atMs + PENDING_AFTER_MS - nowMs;
    this.#firstSeen.set(application, { commit, atMs: nowMs });
    return PENDING_AFTER_MS;
  }

  async #putStatus(api: GitHubApi, outcome: DeploymentOutcome): Promise<void> {
    const context = `berth/${nameOf(outcome.cluster, outcome)}`;
    const state = COMMIT_STATES[outcome.state];
    const sent = await api.listCommitStates(outcome.commit, context);
    if (!isWorthSending(sent, state, 'pending')) return;
    const description = describeOutcome(outcome);
    const targetUrl = statusPageUrl(outcome.cluster, this.#options);
    await api.createCommitStatus(outcome.commit, { state, context, description, targetUrl });
  }

  async #putDeployment(api: GitHubApi, outcome: DeploymentOutcome): Promise<void> {
    const { commit, cluster } = outcome;
    const environment = nameOf(this.#options.environment, outcome);
    const state = DEPLOYMENT_STATES[outcome.state];
    const description = describeOutcome(outcome);
    const found = await api.findDeployment(commit, environment);
    if (found === undefined && outcome.state === 'superseded') return;
    const id = found ?? (await api.createDeployment({ commit, environment, description: `Berth on ${cluster}` }));
    const sent = found === undefined ? [] : await api.listDeploymentStates(id);
    if (!isWorthSending(sent, state, 'in_progress')) return;
    await api.createDeploymentStatus(id, { state, description, logUrl: statusPageUrl(cluster, this.#options) });
  }

  async #putComment(api: GitHubApi, outcome: DeploymentOutcome, all: readonly DeploymentOutcome[]): Promise<void> {
    const pullRequest = await api.findMergedPullRequest(outcome.commit, outcome.branch);
    if (pullRequest === undefined) return;
    const body = renderOutcomeComment(all, this.#options);
    await putStickyComment(api, { pullRequest, marker: outcomeMarker(outcome.cluster), body, isCreated: true });
  }
}

/** One name for the application of a whole repository, one for each of several. */
function nameOf(prefix: string, { path, application }: DeploymentOutcome): string {
  return path === '.' ? prefix : `${prefix}/${application}`;
}

/** `sent` is newest first. Nothing is said twice, and what is only on its way is said first or never. */
function isWorthSending<State extends string>(sent: readonly State[], state: State, onItsWay: State): boolean {
  if (sent.length === 0) return true;
  return sent.length < STATUSES && sent[0] !== state && state !== onItsWay;
}
