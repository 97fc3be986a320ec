import { fstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatKubeconfig } from '../kubectl/format-kubeconfig.ts';
import { BERTH_PATHS } from '../live/berth-paths.ts';
import { parseGrant } from '../live/kubectl/grant.ts';
import { EXIT } from '../output/exit-codes.ts';
import { openPrivateFile } from '../output/private-file.ts';
import { createTerminal } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface KubeconfigOptions extends ConnectionOptions {
  readonly file?: string;
  readonly port?: number;
  readonly revoke?: boolean;
}

/**
 * Has the running Berth open a port for Kubernetes' clients, and prints or writes what they need to know; or has it
 * closed again.
 */
export async function runKubeconfig(options: KubeconfigOptions): Promise<number> {
  const api = await connect(options);
  const errors = createTerminal(process.stderr);
  if (options.revoke === true) {
    const { revoked } = (await api.request({ method: 'DELETE', path: BERTH_PATHS.kubeconfig })) as { revoked: boolean };
    errors.write(revoked ? 'the port is closed, and its kubeconfig is worth nothing any more\n' : 'no port was open\n');
    return EXIT.ok;
  }
  const file = options.file === undefined ? undefined : resolve(options.file);
  const target = file === undefined ? undefined : openPrivateFile(file);
  try {
    const body = options.port === undefined ? {} : { port: options.port };
    const text = formatKubeconfig(
      parseGrant(await api.request({ method: 'POST', path: BERTH_PATHS.kubeconfig, body })),
    );
    if (target === undefined) process.stdout.write(text);
    else target.finish(text);
  } finally {
    target?.discard();
  }
  if (file !== undefined) errors.write(`${file} is written: KUBECONFIG=${file} kubectl get pods -A\n`);
  else if (isReadableByOthers(1)) {
    errors.write(
      `${errors.style('yellow', 'warning')}: others can read what this was written to, and it holds a token that lets them do everything; type \`chmod 600\` with its name, or use --file\n`,
    );
  }
  return EXIT.ok;
}

/** A regular file that is open to its group or to everybody; a pipe and a terminal are not. */
function isReadableByOthers(descriptor: number): boolean {
  const status = fstatSync(descriptor);
  return status.isFile() && (status.mode & 0o044) !== 0;
}
