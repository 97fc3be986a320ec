import { BOX_DEFAULTS } from '../box/index.ts';
import { planChange } from '../cli/plan/plan-change.ts';
import { lookUpImages } from '../cli/plan/registries/look-up-images.ts';
import { VERSION } from '../cli/version.ts';
import { withheldDataKeys } from '../host/data-keys.ts';
import { HelmCharts } from '../host/linux/helm-charts.ts';
import { BerthError } from '../lib/errors.ts';
import type { PlanReport } from '../report/index.ts';
import { SourceError, sourceProblem } from '../source/index.ts';
import type { ActionInputs } from './inputs.ts';
import type { PlanTarget } from './target.ts';

export interface MakePlanOptions {
  /** The folder of the checkout; its Git objects are read and nothing else of it. */
  readonly checkout: string;
  readonly inputs: ActionInputs;
  readonly target: PlanTarget;
  /**
   * The repository's own name: how the box calls the application of its root, whatever the folder of the checkout is
   * called.
   */
  readonly rootName: string;
}

/**
 * Plans the change of an event with the planner of `berth plan`. What the job's machine is like says nothing of the
 * box: whatever the status branch does not say is as by default.
 */
export async function makePlan({ checkout, inputs, target, rootName }: MakePlanOptions): Promise<PlanReport> {
  const { cluster, paths, statusBranch, live } = inputs;
  try {
    return await planChange({
      repository: checkout,
      credentials: {},
      branch: target.branch,
      statusBranch,
      ...(cluster === '' ? {} : { cluster }),
      ...(paths.length === 0 ? {} : { paths }),
      head: target.head,
      ...(target.base === undefined ? {} : { base: target.base }),
      exactBase: target.exactBase,
      rootName,
      // A job has no store.
      live: live === 'auto' ? 'status-branch' : live,
      storeDirectory: '/nonexistent',
      // The keys of the box stay on the box.
      renderers: { charts: new HelmCharts({}), dataKeys: withheldDataKeys },
      ...(inputs.images ? { lookUpImages: await lookUpImages({}) } : {}),
      settings: defaultSettings(cluster, target.branch, statusBranch),
    });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const help = 'check out the whole history with `fetch-depth: 0`';
    throw new BerthError(sourceProblem(error, 'plan', checkout).code, {
      object: checkout,
      verb: 'plan',
      detail: error.message,
      help,
      cause: error,
    });
  }
}

function defaultSettings(
  cluster: string,
  branch: string,
  statusBranch: string,
): Parameters<typeof planChange>[0]['settings'] {
  return {
    version: VERSION,
    cluster: cluster || 'box',
    branch,
    ...BOX_DEFAULTS,
    statusBranch,
    paths: ['.'],
    node: {
      name: cluster.toLowerCase() || 'box',
      ip: '192.0.2.1',
      machine: { kernelVersion: '', osImage: '', machineId: '', bootId: '' },
    },
    hostResolver: { servers: [], searches: [], options: [] },
    policy: { namespaces: {}, protectedPaths: [] },
  };
}
