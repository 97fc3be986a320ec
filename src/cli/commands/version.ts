import type { StatusDocument } from '../../gitops/index.ts';
import { BerthError } from '../../lib/errors.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput, type OutputFormat } from '../output/format-output.ts';
import { createTerminal } from '../output/terminal.ts';
import { VERSION } from '../version.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface VersionOptions extends ConnectionOptions {
  readonly output?: OutputFormat;
}

/** Shows the version of this command and of the Berth that runs, which may be another one after an upgrade. */
export async function runVersion(options: VersionOptions): Promise<number> {
  const running = await runningVersion(options);
  const versions = { client: VERSION, node: process.version, ...(running === undefined ? {} : { running }) };
  const terminal = createTerminal(process.stdout);
  if (options.output !== undefined) terminal.write(await formatOutput(versions, options.output));
  else {
    terminal.write(`berth ${VERSION} (Node ${process.version})\n`);
    terminal.write(running === undefined ? 'no Berth runs on this data directory\n' : `running: ${running}\n`);
  }
  return EXIT.ok;
}

async function runningVersion(options: ConnectionOptions): Promise<string | undefined> {
  try {
    const status = (await (await connect(options)).request({ path: BERTH_PATHS.status })) as unknown as StatusDocument;
    return status.berth.version;
  } catch (error) {
    if (error instanceof BerthError) return undefined;
    throw error;
  }
}
