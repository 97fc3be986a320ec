import { ApiError } from '../../api/api-error.ts';
import type { Box } from '../../box/index.ts';
import { type ApplicationPlan, planCommit } from '../../gitops/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { type CommitInfo, type Source, SourceError } from '../../source/index.ts';

/** What `berth plan` shows: of one commit, what it would do to each application. */
export interface Plan {
  readonly cluster: string;
  readonly repository: string;
  readonly commit: CommitInfo;
  readonly applications: readonly ApplicationPlan[];
}

export interface PlanContext {
  readonly box: Box;
  readonly source: Source;
  readonly clock: Clock;
  readonly paths: readonly string[];
}

/** Computes without writing anything what the loop would do with a revision, the deployed branch's newest commit by default. */
export async function planRevision(context: PlanContext, revision: string | undefined): Promise<Plan> {
  const { box, source, clock, paths } = context;
  const commit = await resolve(source, revision);
  const client = box.registry.client({ user: 'system:berth', fieldManager: 'berth' });
  const { loader, state, rootName } = box;
  const applications = await planCommit({ source, loader, client, state, clock, paths, rootName, commit });
  return { cluster: box.status().cluster.name, repository: source.description, commit, applications };
}

/** What a person asked for wrongly is an answer, not an outage. */
async function resolve(source: Source, revision: string | undefined): Promise<CommitInfo> {
  try {
    return revision === undefined ? await source.resolve() : await source.resolveRevision(revision);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new ApiError(error.reason.endsWith('Missing') ? 'NotFound' : 'ServiceUnavailable', error.message);
  }
}
