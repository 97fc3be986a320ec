import type { StatusDocument } from '../../gitops/index.ts';
import type { UpOptions } from '../configuration/read-configuration.ts';

/** What a running Berth says of itself. */
export type Running = Pick<StatusDocument, 'cluster'> & {
  readonly source: Pick<StatusDocument['source'], 'repository' | 'branch' | 'paths'>;
};

/**
 * What the options leave open is as the Berth that runs has it: without that its own repository would be planned as
 * other applications than those that are there. A configuration that is named says all of it, and so does another
 * repository. `repositoryOf` tells which repository options mean.
 */
export function besideRunning<Options extends UpOptions>(
  options: Options,
  { source, cluster }: Running,
  repositoryOf: (options: Options) => string,
): Options {
  const named = { cluster: cluster.name, ...options };
  if (options.config !== undefined) return named;
  if (options.repo !== undefined && repositoryOf(named) !== source.repository) return named;
  return { repo: source.repository, branch: source.branch, path: source.paths, ...named };
}
