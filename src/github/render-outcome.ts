import type { DeploymentOutcome, OutcomeProblem, OutcomeState } from '../gitops/outcomes/deployment-outcome.ts';
import { codeSpan, commentJson, encodePath, escapeMarkdown, formatSeconds } from '../report/index.ts';
import { type CommitState, type DeploymentState, LONGEST_DESCRIPTION } from './github-api.ts';

export const COMMIT_STATES: Readonly<Record<OutcomeState, CommitState>> = {
  progressing: 'pending',
  succeeded: 'success',
  failed: 'failure',
  superseded: 'error',
};

export const DEPLOYMENT_STATES: Readonly<Record<OutcomeState, DeploymentState>> = {
  progressing: 'in_progress',
  succeeded: 'success',
  failed: 'failure',
  superseded: 'inactive',
};

const SYMBOLS: Readonly<Record<OutcomeState, string>> = {
  progressing: '🔄',
  succeeded: '✅',
  failed: '❌',
  superseded: '⏭️',
};

/** `healthy in 14 s, 3/3 ready`, or the cause with its file and line. */
export function describeOutcome(outcome: DeploymentOutcome): string {
  const { state, message, problems } = outcome;
  const [problem] = problems;
  const text =
    state === 'succeeded'
      ? `healthy${formatTook(outcome)}${formatReady(outcome)}`
      : state === 'failed' && problem !== undefined
        ? describeProblem(problem)
        : message;
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST_DESCRIPTION ? `${line.slice(0, LONGEST_DESCRIPTION - 1)}…` : line;
}

function describeProblem({ place, code, object, message }: OutcomeProblem): string {
  const where = place === undefined ? '' : `${place}: `;
  return `${where}${code}: ${object === undefined ? '' : `${object}: `}${message}`;
}

function formatTook({ durationSeconds }: DeploymentOutcome): string {
  return durationSeconds === undefined ? '' : ` in ${formatSeconds(durationSeconds)}`;
}

function formatReady({ pods }: DeploymentOutcome): string {
  return pods.wanted === 0 ? '' : `, ${pods.ready}/${pods.wanted} ready`;
}

/** The first line of the comment, by which it is found again. */
export function outcomeMarker(cluster: string): string {
  return `<!-- berth:deployed:v1 ${commentJson({ cluster })} -->`;
}

export interface OutcomeCommentOptions {
  /** `https://github.com/team/site`. */
  readonly repositoryUrl: string;
  readonly statusBranch: string;
}

/** Most that the comment lists of each; the rest is counted. */
const ROWS = 50;
const PROBLEMS = 20;
const LONGEST_MESSAGE = 600;

/** What became of a merged pull request on one box, in all applications that it touched. */
export function renderOutcomeComment(outcomes: readonly DeploymentOutcome[], options: OutcomeCommentOptions): string {
  const [first] = outcomes;
  if (first === undefined) return '';
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const parts = [
    renderHeading(outcomes, first),
    renderTable(outcomes),
    failed.length === 0 ? '' : renderProblems(failed, options),
    `<sub>[status page](${statusPageUrl(first.cluster, options)}) · Berth edits this comment as long as this commit runs</sub>`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function statusPageUrl(cluster: string, { repositoryUrl, statusBranch }: OutcomeCommentOptions): string {
  return `${repositoryUrl}/blob/${encodePath(statusBranch)}/${encodePath(cluster)}/README.md`;
}

function renderHeading(outcomes: readonly DeploymentOutcome[], { cluster, commit }: DeploymentOutcome): string {
  const worst = (['failed', 'progressing', 'superseded', 'succeeded'] as const).find((state) =>
    outcomes.some((outcome) => outcome.state === state),
  );
  const name = escapeMarkdown(cluster);
  const slowest = Math.max(...outcomes.map(({ durationSeconds }) => durationSeconds ?? 0));
  const pods = sumPods(outcomes);
  const words = {
    failed: `Failed on ${name}`,
    progressing: `Rolling out on ${name}`,
    superseded: `Superseded on ${name}`,
    succeeded: `Deployed to ${name} in ${formatSeconds(slowest)}`,
  };
  const ready = worst === 'succeeded' && pods !== '' ? `, ${pods} ready` : '';
  const state = worst ?? 'progressing';
  return `### ${SYMBOLS[state]} ${words[state]}${ready} (${codeSpan(commit.slice(0, 7))})`;
}

function sumPods(outcomes: readonly DeploymentOutcome[]): string {
  const sum = (key: 'wanted' | 'ready') => outcomes.reduce((total, { pods }) => total + pods[key], 0);
  return sum('wanted') === 0 ? '' : `${sum('ready')}/${sum('wanted')}`;
}

function renderTable(outcomes: readonly DeploymentOutcome[]): string {
  const ranked = [...outcomes].sort((a, b) => Number(a.state !== 'failed') - Number(b.state !== 'failed'));
  const rows = ranked.slice(0, ROWS).map((outcome) => {
    const { application, state, phase, durationSeconds, objects } = outcome;
    const took = durationSeconds === undefined ? '' : formatSeconds(durationSeconds);
    const cells = [
      escapeMarkdown(application),
      `${SYMBOLS[state]} ${state === 'superseded' ? 'Superseded' : phase}`,
      sumPods([outcome]) || '–',
      `${objects.healthy}/${objects.total}`,
      took,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const more = outcomes.length > ROWS ? [`| and ${outcomes.length - ROWS} more | | | | |`] : [];
  return ['| app | outcome | pods ready | objects healthy | took |', '|---|---|---|---|---|', ...rows, ...more].join(
    '\n',
  );
}

function renderProblems(failed: readonly DeploymentOutcome[], options: OutcomeCommentOptions): string {
  const items = failed.flatMap(({ application, commit, problems, message }) =>
    problems.length === 0
      ? [`- **${escapeMarkdown(application)}**: ${escapeMarkdown(cut(message))}`]
      : problems.map((problem) => renderProblem(problem, commit, options)),
  );
  const more = items.length > PROBLEMS ? [`- and ${items.length - PROBLEMS} more: see the status page`] : [];
  const lines = [...items.slice(0, PROBLEMS), ...more].flatMap((item) => item.split('\n'));
  return ['> [!CAUTION]', ...lines.map((line) => `> ${line}`)].join('\n');
}

function renderProblem(problem: OutcomeProblem, commit: string, { repositoryUrl }: OutcomeCommentOptions): string {
  const { code, object, message, place, help } = problem;
  const subject = object === undefined ? '' : `**${escapeMarkdown(object)}** `;
  const [, path = '', line] = /^(.*?)(?::(\d+))?(?::\d+)?$/.exec(place ?? '') ?? [];
  const link = `${repositoryUrl}/blob/${commit}/${encodePath(path)}${line === undefined ? '' : `#L${line}`}`;
  const where = place === undefined ? '' : ` [${codeSpan(place)}](${link})`;
  const next = help === undefined || help === '' ? '' : `\n  help: ${escapeMarkdown(help)}`;
  return `- ${subject}${codeSpan(code)}: ${escapeMarkdown(cut(message))}${where}${next}`;
}

function cut(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}
