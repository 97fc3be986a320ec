import { existsSync } from 'node:fs';
import { createApiClient } from '../../api/http-client/index.ts';
import type { StatusDocument } from '../../gitops/index.ts';
import { noDataKeys } from '../../host/data-keys.ts';
import { compileSparingly } from '../../host/linux/compile-sparingly.ts';
import { BerthError } from '../../lib/errors.ts';
import type { Severity } from '../../plan/findings/index.ts';
import { type PlanReport, type ReportFormat, renderReport } from '../../report/index.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { systemConfigurationFile } from '../configuration/default-places.ts';
import { readConfiguration, type UpOptions } from '../configuration/read-configuration.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { dataPaths } from '../live/data-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createTerminal } from '../output/terminal.ts';
import { besideRunning } from '../plan/beside-running.ts';
import type { PlanRequest } from '../plan/plan-change.ts';
import type { LiveChoice } from '../plan/read-live.ts';
import { dataDirectoryOf } from './socket-of.ts';

export interface PlanOptions extends UpOptions {
  readonly base?: string;
  readonly head?: string;
  readonly live?: LiveChoice;
  readonly output?: ReportFormat;
  readonly failOn?: Severity | 'never';
  readonly exitCode?: boolean;
  readonly lookUpImages?: boolean;
}

/**
 * Plays a change forward and reports. Resolves with 1 when a finding is as severe as `--fail-on` says, and with 2 when
 * there are changes and `--exit-code` asks for that. It never needs the Berth that runs: what is live is read from its
 * store or from the status branch.
 */
export async function runPlan(revision: string | undefined, options: PlanOptions): Promise<number> {
  compileSparingly();
  const request = await requestOf(revision, options);
  const { planChange } = await import('../plan/plan-change.ts');
  const report = await planChange(request);
  const terminal = createTerminal(process.stdout);
  const { newStopToken } = await import('../plan/stop-token.ts');
  terminal.write(renderReport(report, options.output ?? 'text', { style: terminal.style, stopToken: newStopToken() }));
  return exitCodeOf(report, options);
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error'];

function exitCodeOf({ findings, hasChanges }: PlanReport, { failOn = 'error', exitCode }: PlanOptions): number {
  const least = failOn === 'never' ? SEVERITIES.length : SEVERITIES.indexOf(failOn);
  if (findings.some(({ severity }) => SEVERITIES.indexOf(severity) >= least)) return EXIT.error;
  return hasChanges && exitCode === true ? EXIT.changes : EXIT.ok;
}

async function requestOf(revision: string | undefined, options: PlanOptions): Promise<PlanRequest> {
  const dataDirectory = await dataDirectoryOf(options);
  const running = await readRunning(dataDirectory);
  const { computeSettings } = await import('../live/compute-settings.ts');
  const configuration = readConfiguration(withRunning(options, running));
  if (options.live !== 'status-branch' && options.live !== 'none')
    requireSameRepository(configuration.repository, running, dataDirectory);
  const head = options.head ?? revision;
  const isConfigured = options.config !== undefined || existsSync(systemConfigurationFile());
  const { lookUpImages } = options.lookUpImages === true ? await import('../plan/registries/look-up-images.ts') : {};
  return {
    repository: configuration.repository,
    credentials: configuration.credentials,
    branch: configuration.branch,
    statusBranch: configuration.statusBranch,
    ...(options.cluster === undefined && !isConfigured ? {} : { cluster: configuration.cluster }),
    ...(options.path === undefined ? {} : { paths: configuration.paths }),
    ...(head === undefined ? {} : { head }),
    ...(options.base === undefined ? {} : { base: options.base }),
    live: options.live ?? 'auto',
    storeDirectory: dataPaths(configuration.dataDirectory).store,
    settings: computeSettings(configuration),
    renderers: await openRenderers(configuration),
    ...(lookUpImages === undefined ? {} : { lookUpImages: await lookUpImages(configuration) }),
  };
}

async function openRenderers(configuration: Configuration): Promise<PlanRequest['renderers']> {
  const { openRenderers: open } = await import('../live/open-renderers.ts');
  // The library that decrypts takes longer to load than a small plan does.
  const keys = configuration.ageKeyFile === undefined ? undefined : await import('../live/open-secrets.ts');
  return { ...open(configuration), dataKeys: keys?.openDataKeys(configuration).dataKeys ?? noDataKeys };
}

/** The status of the Berth that runs on the data directory; `undefined` when none does. */
async function readRunning(dataDirectory: string): Promise<StatusDocument | undefined> {
  const { socket } = dataPaths(dataDirectory);
  if (!existsSync(socket)) return undefined;
  try {
    return (await createApiClient({ socketPath: socket }).request({
      path: BERTH_PATHS.status,
    })) as unknown as StatusDocument;
  } catch (error) {
    if (error instanceof BerthError && error.code === 'NotRunning') return undefined;
    throw error;
  }
}

/** Without a Berth that runs, and without a configuration, the repository is the folder at hand. */
function withRunning(options: PlanOptions, running: StatusDocument | undefined): PlanOptions {
  if (running !== undefined) return besideRunning(options, running, (named) => readConfiguration(named).repository);
  const isConfigured = options.config !== undefined || existsSync(systemConfigurationFile());
  return options.repo === undefined && !isConfigured ? { ...options, repo: '.' } : options;
}

/** The live state of a Berth that watches another repository says nothing of this one. */
function requireSameRepository(wanted: string, running: StatusDocument | undefined, dataDirectory: string): void {
  if (running === undefined || wanted === running.source.repository) return;
  throw new BerthError('ConfigInvalid', {
    object: dataDirectory,
    verb: 'plan',
    detail: `the Berth that runs there watches ${running.source.repository}, not ${wanted}`,
    help: 'leave --repo out, name another --data-dir, or take the live state from elsewhere with --live status-branch',
  });
}
