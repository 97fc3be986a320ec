import { resolve } from 'node:path';
import { type ApiClient, createApiClient } from '../../api/http-client/index.ts';
import { defaultDataDirectory } from '../configuration/read-configuration.ts';
import { dataPaths } from '../live/data-paths.ts';

/** What every command that speaks with a running Berth takes. */
export interface ConnectionOptions {
  readonly dataDir?: string;
}

export function dataDirectoryOf({ dataDir }: ConnectionOptions): string {
  return resolve(dataDir ?? process.env['BERTH_DATA_DIR'] ?? defaultDataDirectory());
}

/** A client of the Berth that runs on the data directory; calls reject with `NotRunning` when there is none. */
export function connect(options: ConnectionOptions): ApiClient {
  return createApiClient({ socketPath: dataPaths(dataDirectoryOf(options)).socket });
}
