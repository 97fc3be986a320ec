import { codeSpan, escapeMarkdown } from '../../report/markdown/escape-markdown.ts';
import type { ApplicationStatus, StatusDocument } from './status-document.ts';

const SYMBOLS: Readonly<Record<string, string>> = {
  Healthy: '✅',
  Progressing: '🔄',
  Applying: '🔄',
  Pending: '⏳',
  Suspended: '⏸️',
};

/** The page that a person reads on the forge: the worst news first, each with its place in the repository. */
export function renderStatusPage(status: StatusDocument): string {
  const sections = [
    renderHeading(status),
    renderSourceFailure(status),
    renderBoxProblems(status),
    renderTable(status),
    ...status.applications.map(renderApplication),
    renderFooter(status),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function renderHeading({ cluster, applications, source }: StatusDocument): string {
  const failed = applications.filter(({ ready }) => ready === 'False').length;
  const moving = applications.filter(({ ready }) => ready === 'Unknown').length;
  const symbol = failed > 0 ? '❌' : moving > 0 ? '🔄' : '✅';
  const verdict = failed > 0 ? `${failed} of ${applications.length} failed` : moving > 0 ? 'rolling out' : 'healthy';
  const commit =
    source.commit === ''
      ? ''
      : `\n\n\`${source.commit.slice(0, 7)}\` ${escapeMarkdown(source.subject)} · branch ${codeSpan(source.branch)}`;
  return `# ${symbol} ${escapeMarkdown(cluster.name)}: ${verdict}${commit}`;
}

function renderSourceFailure({ source }: StatusDocument): string {
  const { failure } = source;
  if (failure === undefined) return '';
  return `> [!WARNING]\n> The repository cannot be read since ${failure.since}: ${escapeMarkdown(failure.message)} (${failure.reason}). What runs goes on running.`;
}

function renderBoxProblems({ problems }: StatusDocument): string {
  const lines = problems.map(
    ({ code, message, help }) => `> - **${code}**: ${escapeMarkdown(message)}; ${escapeMarkdown(help)}`,
  );
  return lines.length === 0 ? '' : ['> [!WARNING]', '> The box itself has problems:', ...lines].join('\n');
}

function renderTable({ applications }: StatusDocument): string {
  if (applications.length === 0) return 'No application has been found yet.';
  const rows = applications.map((application) => {
    const { total, healthy } = application.objects;
    const cells = [
      `${symbolOf(application)} **${escapeMarkdown(application.name)}**`,
      application.phase,
      `${healthy}/${total}`,
      application.appliedCommit === '' ? '–' : `\`${application.appliedCommit.slice(0, 7)}\``,
      application.since,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| application | phase | healthy | runs | since |', '|---|---|---|---|---|', ...rows].join('\n');
}

function renderApplication(application: ApplicationStatus): string {
  const lines = [
    `## ${symbolOf(application)} ${escapeMarkdown(application.name)}`,
    escapeMarkdown(application.message),
  ];
  if (application.appliedCommit !== application.attemptedCommit && application.appliedCommit !== '') {
    lines.push(
      `\`${application.attemptedCommit.slice(0, 7)}\` was not applied; \`${application.appliedCommit.slice(0, 7)}\` goes on running.`,
    );
  }
  if (application.problems.length > 0) lines.push(renderProblems(application));
  if (application.unhealthy.length > 0) lines.push(renderUnhealthy(application));
  lines.push(renderFinished(application));
  if (application.history.length > 0) lines.push(renderHistory(application));
  return lines.filter((line) => line !== '').join('\n\n');
}

function renderProblems({ problems }: ApplicationStatus): string {
  return problems
    .map(({ severity, code, message, object, place, help }) => {
      const subject = object === undefined ? '' : ` ${escapeMarkdown(object)}:`;
      const next = help === undefined || help === '' ? '' : `\n  help: ${escapeMarkdown(help)}`;
      return `- **${severity}[${code}]** ${codeSpan(place)}${subject} ${escapeMarkdown(message)}${next}`;
    })
    .join('\n');
}

function renderUnhealthy({ unhealthy }: ApplicationStatus): string {
  const rows = unhealthy.map(({ object, status, reason, message, declaredAt }) => {
    const cells = [
      escapeMarkdown(object),
      status,
      escapeMarkdown(reason),
      escapeMarkdown(message),
      declaredAt === undefined ? '' : codeSpan(declaredAt),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| object | status | reason | message | declared at |', '|---|---|---|---|---|', ...rows].join('\n');
}

function renderFinished({ finishedJobs = [] }: ApplicationStatus): string {
  return finishedJobs
    .map(({ object, outcome }) => `- ${escapeMarkdown(object)}: ${outcome}, deleted by its time to live, not run again`)
    .join('\n');
}

function renderHistory({ history }: ApplicationStatus): string {
  const rows = history.map(({ commit, phase, startedAt, durationSeconds, changes }) => {
    const counts = Object.entries(changes)
      .filter(([action, count]) => count > 0 && action !== 'unchanged')
      .map(([action, count]) => `${count} ${action}`);
    return `| \`${commit.slice(0, 7)}\` | ${phase} | ${counts.join(', ') || 'nothing changed'} | ${startedAt} | ${durationSeconds} s |`;
  });
  return [
    '<details><summary>History</summary>',
    '',
    '| commit | outcome | changes | began | took |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '</details>',
  ].join('\n');
}

function renderFooter({ berth, observedAt, cluster }: StatusDocument): string {
  return `<sub>Berth ${berth.version} on ${escapeMarkdown(berth.engine)} · cluster \`${cluster.uid}\` · as of ${observedAt}</sub>`;
}

function symbolOf({ phase }: ApplicationStatus): string {
  return SYMBOLS[phase] ?? '❌';
}
