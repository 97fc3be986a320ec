import { type GitHubApi, LONGEST_DESCRIPTION, putStickyComment, statusOf } from '../github/index.ts';
import { BerthError } from '../lib/errors.ts';
import { LIMITS } from '../lib/limits.ts';
import {
  commentJson,
  type PlanReport,
  type RenderReportOptions,
  renderReport,
  SMALLEST_BUDGET,
} from '../report/index.ts';
import type { ActionInputs } from './inputs.ts';
import type { Runner } from './runner.ts';
import type { PlanTarget } from './target.ts';

export interface PublishOptions {
  readonly api: GitHubApi;
  readonly runner: Runner;
  readonly inputs: ActionInputs;
  readonly target: PlanTarget;
  readonly report: PlanReport;
  /** Whether the step fails because of what was found. */
  readonly isFailure: boolean;
  readonly render: RenderReportOptions;
  readonly runUrl: string;
}

/**
 * Says on GitHub what was found: one comment on the pull request, and one status on its head. Whatever keeps it from
 * being said is told in the log and never fails the step. "Stop if the head has moved": then another run speaks for the
 * pull request.
 */
export async function publishReport(options: PublishOptions): Promise<void> {
  const { api, runner, inputs, target } = options;
  const { pullRequest } = target;
  const saysComment = inputs.comment && pullRequest !== undefined;
  if (!saysComment && !inputs.status) return;
  if (pullRequest !== undefined && !(await isCurrent(options))) return;
  if (saysComment) await tell(runner, 'comment', pullRequest.isFork, () => putComment(options, pullRequest.number));
  if (!inputs.status) return;
  await tell(runner, 'commit status', pullRequest?.isFork === true, () =>
    api.createCommitStatus(target.head, describeStatus(options)),
  );
}

async function isCurrent({ api, runner, target }: PublishOptions): Promise<boolean> {
  const { pullRequest, head } = target;
  if (pullRequest === undefined) return true;
  try {
    if ((await api.readHead(pullRequest.number)) === head) return true;
    runner.notice('The pull request has a newer commit by now: its own run reports on it.');
    return false;
  } catch (error) {
    // Who may not even read it may perhaps write it; the attempt says so.
    if (error instanceof BerthError) return true;
    throw error;
  }
}

async function putComment({ api, inputs, report, render }: PublishOptions, pullRequest: number): Promise<void> {
  const marker = reportMarker(report.cluster, inputs.paths);
  // "When nothing changes edit an existing comment to one line and create none."
  const isWorthSaying = report.hasChanges || report.findings.some(({ severity }) => severity === 'error');
  const put = (budgetBytes: number) => {
    const body = isWorthSaying ? renderReport(report, 'markdown', { ...render, budgetBytes }) : describeNothing(report);
    return putStickyComment(api, { pullRequest, marker, body, isCreated: isWorthSaying });
  };
  try {
    await put(LIMITS.commentBytes);
  } catch (error) {
    // "422 too long": GitHub counts otherwise than we do.
    if (statusOf(error) !== 422) throw error;
    await put(SMALLEST_BUDGET);
  }
}

/** "Match marker (cluster and path) and author": several plans may speak on one pull request. */
function reportMarker(cluster: string, paths: readonly string[]): string {
  return `<!-- berth:v1 ${commentJson({ cluster, path: paths.length === 0 ? '.' : paths.join(',') })} -->`;
}

function describeNothing(report: PlanReport): string {
  return renderReport({ ...report, findings: [], hidden: [] }, 'markdown').split('\n', 1)[0] ?? '';
}

function describeStatus({ report, isFailure, runUrl }: PublishOptions) {
  const heading = renderReport(report, 'text').split('\n', 1)[0] ?? '';
  const description = heading.length > LONGEST_DESCRIPTION ? `${heading.slice(0, LONGEST_DESCRIPTION - 1)}…` : heading;
  const state = isFailure ? ('failure' as const) : ('success' as const);
  return { state, context: `berth plan/${report.cluster}`, description, targetUrl: runUrl };
}

/** Tries to say something, and says in the log why it could not be. */
async function tell(runner: Runner, what: string, isFork: boolean, say: () => Promise<unknown>): Promise<void> {
  try {
    await say();
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const status = statusOf(error);
    if (!error.isRetryable && (status === 403 || status === 404)) {
      const why = isFork
        ? 'a workflow for a fork may only read'
        : 'give the job `pull-requests: write` and `statuses: write`';
      runner.notice(`No ${what}: the token may not write one (${why}). The report is in the job's summary.`);
    } else runner.warning(`No ${what}: ${error.detail}`);
  }
}
