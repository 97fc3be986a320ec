import { join } from 'node:path';

/** Where things lie in a data directory (0700; its files 0600). */
export interface DataPaths {
  readonly store: string;
  /** The clone of a remote repository. */
  readonly source: string;
  /** Files of pods. */
  readonly volumes: string;
  /** Persistent volumes, a folder each. */
  readonly storage: string;
  /** Secrets of pods, on tmpfs. */
  readonly secretVolumes: string;
  /** The API for the command line. */
  readonly socket: string;
  /** Port and token of the kubeconfig that was given out. */
  readonly kubectlAccess: string;
  /** Results of rendering; may be deleted at any time. */
  readonly renderCache: string;
  /** What was reported to whom. */
  readonly reports: string;
  /** Which cluster this is. */
  readonly cluster: string;
  /** The file whose lock keeps a second Berth out. */
  readonly lock: string;
}

export function dataPaths(dataDirectory: string): DataPaths {
  return {
    store: join(dataDirectory, 'store'),
    source: join(dataDirectory, 'source'),
    volumes: join(dataDirectory, 'pods'),
    storage: join(dataDirectory, 'storage'),
    secretVolumes: join(dataDirectory, 'secrets'),
    socket: join(dataDirectory, 'berth.sock'),
    kubectlAccess: join(dataDirectory, 'kubectl-access.json'),
    renderCache: join(dataDirectory, 'render-cache'),
    reports: join(dataDirectory, 'reports.json'),
    cluster: join(dataDirectory, 'cluster.json'),
    lock: join(dataDirectory, 'berth.lock'),
  };
}
