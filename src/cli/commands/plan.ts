import { createApiClient } from '../../api/http-client/index.ts';
import type { StatusDocument } from '../../gitops/index.ts';
import { BerthError } from '../../lib/errors.ts';
import { hasChanges } from '../../plan/index.ts';
import { readConfiguration, type UpOptions } from '../configuration/read-configuration.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { dataPaths } from '../live/data-paths.ts';
import type { Plan } from '../live/plan-revision.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { formatPlan, planHasErrors } from '../output/format-plan.ts';
import { createTerminal } from '../output/terminal.ts';
import { dataDirectoryOf } from './socket-of.ts';

export interface PlanOptions extends UpOptions {
  readonly exitCode?: boolean;
  readonly output?: OutputFormat;
}

/**
 * Shows what a revision would change: asked of the Berth that runs, else computed from its store without it. Resolves with 1 when something in it is wrong, and
 * with 2 when there are changes and `--exit-code` asks for that.
 */
export async function runPlan(revision: string | undefined, options: PlanOptions): Promise<number> {
  const plan = (await planOnline(revision, options)) ?? (await planHere(revision, options));
  const terminal = createTerminal(process.stdout);
  terminal.write(options.output === undefined ? formatPlan(plan, terminal) : await formatOutput(plan, options.output));
  if (plan.applications.some(planHasErrors)) return EXIT.error;
  const isChanging = plan.applications.some(({ changes }) => hasChanges(changes));
  return isChanging && options.exitCode === true ? EXIT.changes : EXIT.ok;
}

/** `undefined` when no Berth runs. */
async function planOnline(revision: string | undefined, options: PlanOptions): Promise<Plan | undefined> {
  const dataDirectory = await dataDirectoryOf(options);
  const api = createApiClient({ socketPath: dataPaths(dataDirectory).socket });
  try {
    if (options.repo !== undefined) {
      const status = (await api.request({ path: BERTH_PATHS.status })) as unknown as StatusDocument;
      requireSameRepository(readConfiguration(options).repository, status.source.repository, dataDirectory);
    }
    return (await api.request({ path: BERTH_PATHS.plan, query: { revision } })) as unknown as Plan;
  } catch (error) {
    if (error instanceof BerthError && error.code === 'NotRunning') return undefined;
    throw error;
  }
}

/** The running Berth plans with its own configuration; another one on the command line would be passed over silently. */
function requireSameRepository(wanted: string, running: string, dataDirectory: string): void {
  if (wanted === running) return;
  throw new BerthError('ConfigInvalid', {
    object: dataDirectory,
    verb: 'plan',
    detail: `the Berth that runs there watches ${running}, not ${wanted}`,
    help: 'leave --repo out, or name another --data-dir',
  });
}

async function planHere(revision: string | undefined, options: PlanOptions): Promise<Plan> {
  const { planOffline } = await import('../live/plan-world.ts');
  return planOffline(readConfiguration(options), revision);
}
