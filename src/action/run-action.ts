import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { newStopToken } from '../cli/plan/stop-token.ts';
import { VERSION } from '../cli/version.ts';
import { createGitHubClient, OctokitApi, type OctokitOptions } from '../github/index.ts';
import { createBoundedFetch } from '../host/linux/bounded-fetch.ts';
import { BerthError } from '../lib/errors.ts';
import { LIMITS } from '../lib/limits.ts';
import type { Severity } from '../plan/findings/finding.ts';
import { encodePath, type PlanReport, type RenderReportOptions, renderReport } from '../report/index.ts';
import { fetchStatusBranch } from './fetch-status-branch.ts';
import { type ActionInputs, readInputs } from './inputs.ts';
import { makePlan } from './make-plan.ts';
import { publishReport } from './publish-report.ts';
import type { Runner } from './runner.ts';
import { type PlanTarget, readTarget } from './target.ts';

/** Where this run takes place. */
interface Place {
  readonly checkout: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  /** `team/site`. */
  readonly repository: string;
  readonly runUrl: string;
  readonly temporary: string;
}

/**
 * The Action from its start to its end. Resolves with the exit code: 1 when a finding is as severe as `fail-on` says or
 * nothing could be planned. Rejects only for a bug.
 */
export async function runAction(runner: Runner): Promise<number> {
  try {
    return await run(runner);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const place = error.place === undefined ? '' : `${error.place.path}: `;
    runner.error(`${place}${error.detail}; ${error.help}`, error.code);
    runner.setOutputs({ result: 'error', errors: 1 });
    return 1;
  }
}

async function run(runner: Runner): Promise<number> {
  const { environment } = runner;
  const inputs = readInputs(environment);
  const place = readPlace(environment, inputs);
  const target = readTarget(environment['GITHUB_EVENT_NAME'] ?? '', readEvent(environment), {
    sha: environment['GITHUB_SHA'] ?? '',
    ref: environment['GITHUB_REF'] ?? '',
    branch: inputs.branch,
  });
  if (target === undefined) {
    runner.notice('The branch is gone: there is nothing to plan.');
    return 0;
  }
  const { checkout, serverUrl, repository } = place;
  const url = `${serverUrl}/${repository}.git`;
  const { statusBranch: branch, token } = inputs;
  if (inputs.live !== 'none' && !(await fetchStatusBranch({ checkout, url, branch, token }))) {
    runner.notice(`There is no branch ${branch}: the plan starts from the base, as if that were running.`);
  }
  const report = await makePlan({ checkout, inputs, target, rootName: repository.slice(repository.indexOf('/') + 1) });
  const render = renderOptions(place, target);
  const isFailure = isAsSevereAs(report, inputs.failOn);
  announce(runner, report, render, place);
  if (token === '') runner.notice("There is no token: the report is in the job's summary only.");
  else {
    const api = openApi(inputs, place);
    await publishReport({ api, runner, inputs, target, report, isFailure, render, runUrl: place.runUrl });
  }
  return isFailure ? 1 : 0;
}

function readPlace(environment: NodeJS.ProcessEnv, { workingDirectory }: ActionInputs): Place {
  const serverUrl = (environment['GITHUB_SERVER_URL'] || 'https://github.com').replace(/\/+$/, '');
  const repository = environment['GITHUB_REPOSITORY'] ?? '';
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new BerthError('ConfigInvalid', {
      detail: 'GITHUB_REPOSITORY is not set',
      help: 'run this Action in a workflow of GitHub',
    });
  }
  return {
    checkout: resolve(environment['GITHUB_WORKSPACE'] ?? '.', workingDirectory),
    serverUrl,
    apiUrl: (environment['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, ''),
    repository,
    runUrl: `${serverUrl}/${repository}/actions/runs/${environment['GITHUB_RUN_ID'] ?? ''}`,
    temporary: environment['RUNNER_TEMP'] || '/tmp',
  };
}

function readEvent(environment: NodeJS.ProcessEnv): unknown {
  const file = environment['GITHUB_EVENT_PATH'];
  if (file === undefined || file === '') return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BerthError('ConfigInvalid', {
      object: file,
      verb: 'read',
      detail: 'the event cannot be read',
      cause: error,
    });
  }
}

function renderOptions({ serverUrl, repository, runUrl }: Place, { head }: PlanTarget): RenderReportOptions {
  return {
    permalink: (path, line) =>
      `${serverUrl}/${repository}/blob/${head}/${encodePath(path)}${line === undefined ? '' : `#L${line}`}`,
    fullReportUrl: runUrl,
    stopToken: newStopToken(),
  };
}

/** Log, annotations, summary and outputs: none of them needs a token. */
function announce(runner: Runner, report: PlanReport, render: RenderReportOptions, { temporary }: Place): void {
  runner.print(renderReport(report, 'github', render).trimEnd());
  const { permalink } = render;
  runner.summarise(
    renderReport(report, 'markdown', {
      ...(permalink === undefined ? {} : { permalink }),
      budgetBytes: LIMITS.jobSummaryBytes,
    }),
  );
  const file = resolve(temporary, `berth-plan-${process.pid}.json`);
  writeFileSync(file, renderReport(report, 'json'));
  const count = (severity: Severity) => report.findings.filter((finding) => finding.severity === severity).length;
  const sum = (action: 'created' | 'configured' | 'replaced' | 'deleted') =>
    report.applications.reduce((total, { counts }) => total + counts[action], 0);
  runner.setOutputs({
    result: report.result,
    'has-changes': report.hasChanges,
    errors: count('error'),
    warnings: count('warning'),
    created: sum('created'),
    updated: sum('configured'),
    replaced: sum('replaced'),
    deleted: sum('deleted'),
    report: file,
  });
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error'];

function isAsSevereAs({ findings }: PlanReport, failOn: ActionInputs['failOn']): boolean {
  if (failOn === 'never') return false;
  return findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn));
}

function openApi({ token }: ActionInputs, { apiUrl, repository }: Place): OctokitApi {
  const [owner = '', repo = ''] = repository.split('/');
  const options: OctokitOptions = {
    apiUrl,
    owner,
    repo,
    userAgent: `berth-action/${VERSION}`,
    fetch: createBoundedFetch(LIMITS.reportAnswerBytes),
    auth: { token },
    patienceSeconds: 60,
    fallbackIdentity: 'github-actions[bot]',
  };
  return new OctokitApi(createGitHubClient(options), options, AbortSignal.timeout(LIMITS.reportMs));
}
