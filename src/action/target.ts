import { BerthError } from '../lib/errors.ts';
import { isJsonObject, type JsonValue } from '../lib/json.ts';

/** What is to be planned, as the event says it. */
export interface PlanTarget {
  /** The commit; statuses go to it. `GITHUB_SHA` of a pull request is a merge commit that nobody pushed. */
  readonly head: string;
  /** What to compare with; absent: where the head left the deployed branch. */
  readonly base?: string;
  /** The base itself is meant and not where the head left it. */
  readonly exactBase: boolean;
  /** The branch that is deployed. */
  readonly branch: string;
  readonly pullRequest?: { readonly number: number; readonly isFork: boolean };
}

const NOTHING = /^0+$/;
const COMMIT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Reads the event's file. Returns `undefined` for an event that has nothing to plan, such as the deletion of a branch.
 * What is in it may come from a fork: only commit ids, numbers and names of branches are taken, and each is checked.
 */
export function readTarget(
  name: string,
  event: unknown,
  context: { readonly sha: string; readonly ref: string; readonly branch: string },
): PlanTarget | undefined {
  const usual = context.branch || textAt(event, 'repository', 'default_branch') || 'main';
  if (name === 'pull_request_target') {
    throw new BerthError('ConfigInvalid', {
      detail:
        'a workflow on pull_request_target runs with the rights of the base, which a plan of a fork must not have',
      help: 'use `on: pull_request`',
    });
  }
  if (name === 'pull_request') return readPullRequest(event, context.branch);
  if (name === 'merge_group') {
    return {
      head: commitAt(event, 'merge_group', 'head_sha'),
      base: commitAt(event, 'merge_group', 'base_sha'),
      exactBase: false,
      branch: usual,
    };
  }
  if (name !== 'push') return { head: checkCommit(context.sha), exactBase: false, branch: usual };
  const after = textAt(event, 'after') ?? context.sha;
  if (NOTHING.test(after)) return undefined;
  const head = checkCommit(after);
  const before = textAt(event, 'before') ?? '';
  const isDeployed = context.ref === `refs/heads/${usual}`;
  // Any other branch is compared with the deployed one, as its pull request would be.
  if (!isDeployed || !COMMIT.test(before) || NOTHING.test(before)) return { head, exactBase: false, branch: usual };
  return { head, base: before, exactBase: true, branch: usual };
}

function readPullRequest(event: unknown, branch: string): PlanTarget {
  const number = valueAt(event, 'pull_request', 'number');
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw badEvent('pull_request.number');
  const base = textAt(event, 'pull_request', 'base', 'ref') ?? 'main';
  // The repository of a fork that was deleted since is null.
  const from = textAt(event, 'pull_request', 'head', 'repo', 'full_name');
  const into = textAt(event, 'pull_request', 'base', 'repo', 'full_name');
  return {
    head: commitAt(event, 'pull_request', 'head', 'sha'),
    base: commitAt(event, 'pull_request', 'base', 'sha'),
    exactBase: false,
    branch: branch || base,
    pullRequest: { number, isFork: from === undefined || from !== into },
  };
}

function valueAt(event: unknown, ...path: readonly string[]): JsonValue | undefined {
  let value: unknown = event;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return value as JsonValue | undefined;
}

function textAt(event: unknown, ...path: readonly string[]): string | undefined {
  const value = valueAt(event, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function commitAt(event: unknown, ...path: readonly string[]): string {
  const commit = textAt(event, ...path);
  if (commit === undefined || !COMMIT.test(commit)) throw badEvent(path.join('.'));
  return commit;
}

function checkCommit(commit: string): string {
  if (!COMMIT.test(commit)) throw badEvent('the commit');
  return commit;
}

function badEvent(what: string): BerthError {
  return new BerthError('ConfigInvalid', {
    detail: `the event has no valid ${what}`,
    help: 'run this Action in a workflow of GitHub',
  });
}
