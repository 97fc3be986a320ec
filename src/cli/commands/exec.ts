import { resourcePathOf } from '../../api/http/request-target.ts';
import { BerthError } from '../../lib/errors.ts';
import { kindOf } from '../../objects/kinds.ts';
import { defaultContainer } from '../objects/default-container.ts';
import { findPods } from '../objects/find-pods.ts';
import { usage } from '../objects/targets.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface ExecCommandOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/**
 * Runs a command in a container, with this terminal where that is asked for. Resolves with the command's own exit code.
 */
export async function runExec(word: string, command: readonly string[], options: ExecCommandOptions): Promise<number> {
  if (command.length === 0) throw usage('a command is missing: berth exec POD -- COMMAND');
  const isTty = options.tty === true;
  if (isTty && options.stdin === true && !process.stdin.isTTY)
    throw usage('-t needs a terminal on standard input; leave it out for a pipe');
  const api = await connect(options);
  const namespace = options.namespace ?? 'default';
  const [pod] = await findPods(api, namespace, word, undefined);
  if (pod === undefined)
    throw new BerthError('NotFound', { object: word, verb: 'exec', detail: 'there is no such pod' });
  const chosen = options.container === undefined ? defaultContainer(pod) : { name: options.container };
  if (chosen?.notice !== undefined) process.stderr.write(`${chosen.notice}\n`);
  const isRaw = isTty && options.stdin === true && process.stdin.isTTY;
  if (isRaw) process.stdin.setRawMode(true);
  try {
    return await api.exec(
      {
        path: resourcePathOf(kindOf('Pod'), { namespace, name: pod.metadata.name, subresource: 'exec' }),
        query: {
          command,
          container: chosen?.name,
          stdin: options.stdin === true,
          stdout: true,
          stderr: !isTty,
          tty: isTty,
        },
      },
      {
        onOutput: (stream, chunk) => void process[stream].write(chunk),
        ...(options.stdin === true ? { stdin: process.stdin as AsyncIterable<Uint8Array> } : {}),
        ...(isTty && process.stdout.isTTY ? { terminalSizes: terminalSizes() } : {}),
      },
    );
  } finally {
    if (isRaw) process.stdin.setRawMode(false);
    // What the command did not read must not keep this process waiting.
    process.stdin.destroy();
  }
}

/** The size of the terminal now, and each time that it changes. */
async function* terminalSizes(): AsyncIterable<{ readonly columns: number; readonly rows: number }> {
  const { stdout } = process;
  for (;;) {
    // Waits from before the size is told, so that a change meanwhile is not missed.
    const changed = new Promise<void>((resolve) => stdout.once('resize', () => resolve()));
    yield { columns: stdout.columns, rows: stdout.rows };
    await changed;
  }
}
