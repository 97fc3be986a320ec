import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import type { Random } from '../lib/random.ts';
import { IsomorphicTransport } from './isomorphic/isomorphic-transport.ts';
import { OwnClone } from './local/own-clone.ts';
import { LocalSource } from './local-source.ts';
import type { SourceDriver } from './open-object-reader.ts';
import { isBranchName } from './ref-name.ts';
import { RemoteSource } from './remote-source.ts';
import type { RemoteTransport } from './remote-transport.ts';
import { parseRepositoryAddress, type RepositoryAddress } from './repository-address.ts';
import type { Source } from './source.ts';
import { guardSource } from './source-boundary.ts';
import type { SourceCredentials } from './source-credentials.ts';
import { findGitVersion, type GitProgram, openGitProgram } from './system-git/git-process.ts';
import { SystemTransport } from './system-git/system-transport.ts';

export interface OpenSourceOptions {
  /** A path, an https, ssh or file URL, or `user@host:path`. */
  readonly repository: string;
  readonly branch: string;
  /** A folder of Berth's own, made when missing: the clone of a remote and what system git needs. */
  readonly workDirectory: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly credentials?: SourceCredentials;
  /** How often a remote is asked, and a local repository looked at although nothing was heard. */
  readonly intervalMs?: number;
  readonly driver?: SourceDriver;
  /** Plain http is for this machine only, unless this says that the network is trusted. */
  readonly allowPlainHttp?: boolean;
}

const INTERVAL_MS = 60_000;

/**
 * Opens a repository with the driver that suits its address: a path is read in place, http(s) is fetched with
 * isomorphic-git, ssh and file URLs with system git. Throws `ConfigInvalid` for an address or a branch name that cannot
 * be; a repository that is missing, unreachable or refuses is no error here: `resolve` says so, and recovers when that
 * changes.
 */
export async function openSource(options: OpenSourceOptions): Promise<Source> {
  const address = parseRepositoryAddress(options.repository, { allowPlainHttp: options.allowPlainHttp ?? false });
  if (!isBranchName(options.branch)) {
    throw new BerthError('ConfigInvalid', {
      object: 'branch',
      verb: 'open',
      detail: `${JSON.stringify(options.branch)} is not a name that Git allows for a branch`,
      help: 'correct --branch',
    });
  }
  const program = await openGitProgram(options.workDirectory, options.clock);
  if (address.kind === 'path') return guardSource(openLocal(address.path, address.description, options, program));
  if (address.kind === 'file') return guardSource(openFileUrl(address, options, program));
  return guardSource(openRemote(address, options, program));
}

function openLocal(
  repository: string,
  description: string,
  options: OpenSourceOptions,
  program: GitProgram,
): LocalSource {
  const { branch, clock, random, driver = 'auto', intervalMs = INTERVAL_MS } = options;
  const lockNote = join(options.workDirectory, 'held-lock');
  return new LocalSource({
    repository,
    description,
    branch,
    driver,
    program,
    clock,
    random,
    pollMs: intervalMs,
    lockNote,
  });
}

/**
 * A file URL asks for a fetch, as git understands it. What is published goes in place: a push would run that
 * repository's hooks as the user that runs Berth.
 */
function openFileUrl(
  address: RepositoryAddress & { kind: 'file' },
  options: OpenSourceOptions,
  program: GitProgram,
): Source {
  const remote = openRemote(address, options, program);
  const local = openLocal(address.path, address.description, options, program);
  return {
    description: address.description,
    resolve: (signal) => remote.resolve(signal),
    resolveRevision: (revision) => remote.resolveRevision(revision),
    watch: (onChange) => remote.watch(onChange),
    readTree: (tree) => remote.readTree(tree),
    readBlob: (blob, maxBytes) => remote.readBlob(blob, maxBytes),
    readBranch: (branch) => remote.readBranch(branch),
    publish: (request) => local.publish(request),
    close: async () => {
      await Promise.all([remote.close(), local.close()]);
    },
  };
}

function openRemote(
  address: Exclude<RepositoryAddress, { kind: 'path' }>,
  options: OpenSourceOptions,
  program: GitProgram,
): RemoteSource {
  const { branch, clock, random, driver = 'auto', credentials = {}, intervalMs = INTERVAL_MS } = options;
  const username = address.kind === 'http' ? address.username : undefined;
  const openSystem = (): RemoteTransport =>
    new SystemTransport({ url: address.url, kind: address.kind, username, credentials, program });
  const isInProcess = address.kind === 'http' && driver !== 'system';
  const openFallback = async () => ((await findGitVersion(program)) === undefined ? undefined : openSystem());
  return new RemoteSource({
    description: address.description,
    branch,
    driver,
    program,
    clock,
    random,
    intervalMs,
    clone: new OwnClone({ workDirectory: join(options.workDirectory, 'clones'), url: address.url }),
    transport: isInProcess ? new IsomorphicTransport({ url: address.url, username, credentials }) : openSystem(),
    ...(isInProcess && driver === 'auto' ? { openFallback } : {}),
  });
}
