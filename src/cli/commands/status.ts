import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../../api/http-client/index.ts';
import type { StatusDocument } from '../../gitops/index.ts';
import { formatTable } from '../../lib/format-table.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatAge } from '../output/format-age.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { createTerminal, type Terminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface StatusOptions extends ConnectionOptions {
  readonly watch?: boolean;
  readonly output?: OutputFormat;
}

/** Changes that come together are shown together. */
const SETTLE_MS = 150;

/** Shows where every application stands. Resolves with 0, or with 3 when one has failed. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const api = await connect(options);
  const terminal = createTerminal(process.stdout);
  if (options.watch === true) return watchStatus(api, terminal, options);
  const status = await fetchStatus(api);
  terminal.write(await format(status, terminal, options));
  return exitCodeOf(status);
}

async function fetchStatus(api: ApiClient): Promise<StatusDocument> {
  return (await api.request({ path: BERTH_PATHS.status })) as unknown as StatusDocument;
}

function exitCodeOf(status: StatusDocument): number {
  return status.applications.some(({ ready }) => ready === 'False') ? EXIT.rolloutFailed : EXIT.ok;
}

/**
 * On a terminal one picture that is drawn anew, elsewhere one after the other, each only when something in it has
 * changed.
 */
async function watchStatus(api: ApiClient, terminal: Terminal, options: StatusOptions): Promise<number> {
  // Opened first, so that no change is missed between the first picture and the stream.
  const events = api.lines({ path: BERTH_PATHS.events })[Symbol.asyncIterator]();
  let next = events.next();
  // Where nobody answers, the question for the status says so.
  next.catch(() => {});
  let shown = '';
  for (;;) {
    const status = await fetchStatus(api);
    const { observedAt: _observedAt, ...content } = status;
    const isNews = JSON.stringify(content) !== shown;
    if (isNews) {
      if (terminal.isTty) terminal.write('\u001b[2J\u001b[3J\u001b[H');
      else if (shown !== '' && options.output === undefined) terminal.write('\n');
      terminal.write(await format(status, terminal, options));
      shown = JSON.stringify(content);
    }
    if ((await next).done === true) return exitCodeOf(status);
    const settled = delay(SETTLE_MS).then(() => 'settled' as const);
    next = events.next();
    while ((await Promise.race([next, settled])) !== 'settled') next = events.next();
  }
}

async function format(status: StatusDocument, terminal: Terminal, { output }: StatusOptions): Promise<string> {
  if (output === 'name') return status.applications.map(({ name }) => `${name}\n`).join('');
  if (output === 'json' || output === 'yaml') return formatOutput(status, output);
  return formatStatus(status, terminal, output === 'wide');
}

function formatStatus(status: StatusDocument, terminal: Terminal, isWide: boolean): string {
  const { cluster, source, applications } = status;
  const commit = source.commit === '' ? 'no commit yet' : `${source.commit.slice(0, 7)} ${source.subject}`;
  const lines = [`${terminal.style('bold', cluster.name)}  ${source.repository} (${source.branch})  ${commit}`];
  if (source.failure !== undefined) {
    lines.push(
      `${terminal.style('yellow', '⚠')} the repository cannot be read since ${source.failure.since}: ${source.failure.message}`,
    );
  }
  for (const { code, message, help } of status.problems) {
    lines.push(`${terminal.style('yellow', `warning[${code}]`)}: ${message}\nhelp: ${help}`);
  }
  const nowMs = Date.parse(status.observedAt);
  const rows = applications.map((one) => [
    one.name,
    one.phase,
    `${one.objects.healthy}/${one.objects.total}`,
    one.appliedCommit === '' ? '-' : one.appliedCommit.slice(0, 7),
    formatAge(nowMs - Date.parse(one.since)),
    ...(isWide ? [one.path, one.attemptedCommit === '' ? '-' : one.attemptedCommit.slice(0, 7), one.reason] : []),
    one.message,
  ]);
  const table = formatTable([
    ['APPLICATION', 'PHASE', 'HEALTHY', 'RUNS', 'AGE', ...(isWide ? ['PATH', 'TRIED', 'REASON'] : []), 'MESSAGE'],
    ...rows,
  ]);
  return `${lines.join('\n')}\n\n${table}${applications.map((one) => formatDetails(one, terminal)).join('')}`;
}

/** What stands in the way, under the table. */
function formatDetails(application: StatusDocument['applications'][number], terminal: Terminal): string {
  const problems = application.problems.map(({ severity, code, place, object, message, help }) => {
    const color = severity === 'error' ? 'red' : 'yellow';
    const subject = object === undefined ? '' : `${object}: `;
    return `${terminal.style(color, `${severity}[${code}]`)}: ${subject}${message}\n  --> ${place}\n${help === undefined ? '' : `help: ${help}\n`}`;
  });
  const unhealthy = application.unhealthy.map(
    ({ object, message, declaredAt }) =>
      `${terminal.style('yellow', '◎')} ${object}: ${message}${declaredAt === undefined ? '' : ` (${declaredAt})`}\n`,
  );
  const finished = (application.finishedJobs ?? []).map(
    ({ object, outcome }) =>
      `${terminal.style('dim', `◎ ${object}: ${outcome}, deleted by its time to live, not run again`)}\n`,
  );
  const details = [...problems, ...unhealthy, ...finished].join('');
  return details === '' ? '' : `\n${details}`;
}
