import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ApiClient, createApiClient } from '../../api/http-client/index.ts';
import { defaultDataDirectory, systemConfigurationFile } from '../configuration/default-places.ts';
import { dataPaths } from '../live/data-paths.ts';

/** What every command that speaks with a running Berth takes. */
export interface ConnectionOptions {
  readonly dataDir?: string;
}

/** `--data-dir`, else `BERTH_DATA_DIR`, else what the system's configuration file says, else the usual place. */
export async function dataDirectoryOf({ dataDir }: ConnectionOptions): Promise<string> {
  const named = dataDir ?? process.env['BERTH_DATA_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  const file = systemConfigurationFile();
  if (!existsSync(file)) return defaultDataDirectory();
  // The file is rarely there, and its reader takes longer to load than everything else that a client needs.
  const { readDataDirectory } = await import('../configuration/read-configuration.ts');
  return readDataDirectory(file);
}

/** A client of the Berth that runs on the data directory; calls reject with `NotRunning` when there is none. */
export async function connect(options: ConnectionOptions): Promise<ApiClient> {
  return createApiClient({ socketPath: dataPaths(await dataDirectoryOf(options)).socket });
}
