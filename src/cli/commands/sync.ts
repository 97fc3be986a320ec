import type { ApiClient } from '../../api/http-client/index.ts';
import type { GitopsEvent, StatusDocument } from '../../gitops/index.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { BerthError } from '../../lib/errors.ts';
import { formatDuration } from '../configuration/parse-duration.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { exitCodeOfStatus } from '../output/phase-exit-code.ts';
import { Progress } from '../output/progress.ts';
import type { ProgressMode } from '../output/progress-modes.ts';
import { readAhead } from '../output/read-ahead.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface SyncOptions extends ConnectionOptions {
  readonly wait: boolean;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly progress: ProgressMode;
}

/**
 * Asks the running Berth to look at the repository now. Resolves with 0 once every application is healthy, with 3 when
 * one failed, with 4 when one or this command timed out, and with 1 when the repository cannot be read or a commit is
 * invalid.
 */
export async function runSync(options: SyncOptions): Promise<number> {
  const api = await connect(options);
  const terminal = createTerminal(process.stdout);
  if (!options.wait) {
    const status = await sync(api);
    terminal.write(`${status.source.commit.slice(0, 7) || 'no commit'} ${status.source.subject}\n`);
    return status.source.failure === undefined ? EXIT.ok : EXIT.error;
  }
  const progress = new Progress({ terminal, clock: linuxClock, mode: options.progress });
  const ending = new AbortController();
  const timer =
    options.timeout === undefined ? undefined : linuxClock.setTimer(options.timeout, () => ending.abort('timeout'));
  try {
    return await waitForVerdicts(api, progress, ending.signal);
  } catch (error) {
    if (ending.signal.reason !== 'timeout') throw error;
    return reportTimeout(options.timeout ?? 0);
  } finally {
    timer?.cancel();
    progress.stop();
    ending.abort();
  }
}

async function sync(api: ApiClient, signal?: AbortSignal): Promise<StatusDocument> {
  const request = { method: 'POST', path: BERTH_PATHS.sync } as const;
  return (await api.request(signal === undefined ? request : { ...request, signal })) as unknown as StatusDocument;
}

async function waitForVerdicts(api: ApiClient, progress: Progress, signal: AbortSignal): Promise<number> {
  // The stream is open before the sync is asked for, so that nothing of it is missed.
  const events = readAhead(api.lines({ path: BERTH_PATHS.events, signal }));
  const asked = await sync(api, signal);
  progress.note(`${asked.source.commit.slice(0, 7) || 'no commit'} ${asked.source.subject}`);
  const code = exitCodeOfStatus(asked);
  if (code !== undefined) return finish(progress, asked, code);
  for await (const line of events) {
    const event = line as unknown as GitopsEvent;
    const isKnown = event.type === 'commit' && event.commit.id === asked.source.commit;
    if (!isKnown) progress.onEvent(event);
    if (event.type !== 'verdict' && event.type !== 'source-failed') continue;
    const present = (await api.request({ path: BERTH_PATHS.status, signal })) as unknown as StatusDocument;
    const verdict = exitCodeOfStatus(present);
    if (verdict !== undefined) return verdict;
  }
  throw new BerthError('ApiUnreachable', { verb: 'sync', detail: 'Berth ended meanwhile' });
}

/** What was decided before anything could be shown is shown as it stands. */
function finish(progress: Progress, status: StatusDocument, code: number): number {
  const { source, applications } = status;
  if (source.failure !== undefined) progress.note(`the repository cannot be read: ${source.failure.message}`);
  for (const { name, phase, message } of applications) progress.note(`${name} ${phase}: ${message}`);
  if (applications.some(({ problems }) => problems.length > 0))
    progress.note('`berth status` shows every problem in full');
  return code;
}

function reportTimeout(timeoutMs: number): number {
  const errors = createTerminal(process.stderr);
  errors.write(
    `${errors.style('red', 'error[Unhealthy]')}: not everything is healthy after ${formatDuration(timeoutMs)}\nhelp: look at it with \`berth status\`\n`,
  );
  return EXIT.timedOut;
}
