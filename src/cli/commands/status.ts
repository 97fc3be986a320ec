import type { StatusDocument } from '../../gitops/index.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatAge } from '../output/format-age.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { formatTable } from '../output/table.ts';
import { createTerminal, type Terminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface StatusOptions extends ConnectionOptions {
  readonly watch?: boolean;
  readonly output?: OutputFormat;
}

/** Shows where every application stands. Resolves with 0, or with 3 when one has failed. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const api = await connect(options);
  const terminal = createTerminal(process.stdout);
  const show = async () => {
    const status = (await api.request({ path: BERTH_PATHS.status })) as unknown as StatusDocument;
    if (options.watch === true && terminal.isTty) terminal.write('\u001b[2J\u001b[H');
    terminal.write(
      options.output === undefined ? formatStatus(status, terminal) : formatOutput(status, options.output),
    );
    return status.applications.some(({ ready }) => ready === 'False') ? EXIT.rolloutFailed : EXIT.ok;
  };
  const code = await show();
  if (options.watch !== true) return code;
  for await (const _event of api.lines({ path: BERTH_PATHS.events })) await show();
  return EXIT.ok;
}

function formatStatus(status: StatusDocument, terminal: Terminal): string {
  const { cluster, source, applications } = status;
  const commit = source.commit === '' ? 'no commit yet' : `${source.commit.slice(0, 7)} ${source.subject}`;
  const lines = [`${terminal.style('bold', cluster.name)}  ${source.repository} (${source.branch})  ${commit}`];
  if (source.failure !== undefined) {
    lines.push(
      `${terminal.style('yellow', '⚠')} the repository cannot be read since ${source.failure.since}: ${source.failure.message}`,
    );
  }
  const nowMs = Date.parse(status.observedAt);
  const rows = applications.map((one) => [
    one.name,
    one.phase,
    `${one.objects.healthy}/${one.objects.total}`,
    one.appliedCommit === '' ? '-' : one.appliedCommit.slice(0, 7),
    formatAge(nowMs - Date.parse(one.since)),
    one.message,
  ]);
  const table = formatTable([['APPLICATION', 'PHASE', 'HEALTHY', 'RUNS', 'AGE', 'MESSAGE'], ...rows]);
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
  const details = [...problems, ...unhealthy].join('');
  return details === '' ? '' : `\n${details}`;
}
