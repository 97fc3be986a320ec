import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { serveHttp } from './git-servers.ts';
import { describeSource, type SourceCase } from './source-contract.ts';

/** The drivers that need git or a server, against the same contract as the one that needs nothing. */
const NO_GIT = spawnSync('git', ['--version']).status === 0 ? undefined : 'git is not installed';
const CASES: readonly SourceCase[] = [
  {
    name: 'a path, read with system git',
    skip: NO_GIT,
    serve: async (folder) => ({
      address: (name) => ({ repository: join(folder, name), driver: 'system' }),
      close: async () => {},
    }),
  },
  {
    name: 'a file URL, fetched with system git',
    skip: NO_GIT,
    serve: async (folder) => ({
      address: (name) => ({ repository: `file://${join(folder, name)}` }),
      close: async () => {},
    }),
  },
  { name: 'http with a token, fetched with isomorphic-git', skip: NO_GIT, serve: (folder) => serveHttp(folder) },
  {
    name: 'http with a token, fetched with system git',
    skip: NO_GIT,
    serve: async (folder) => {
      const server = await serveHttp(folder);
      return { close: server.close, address: (name) => ({ ...server.address(name), driver: 'system' }) };
    },
  },
];

for (const sourceCase of CASES) describeSource(sourceCase);
