import { resourcePathOf } from '../../api/http/request-target.ts';
import type { ApiClient } from '../../api/http-client/index.ts';
import { splitLines } from '../../api/http-client/split-lines.ts';
import { messageOf } from '../../lib/errors.ts';
import { kindOf } from '../../objects/kinds.ts';
import type { Pod } from '../../objects/types.ts';
import { defaultContainer } from '../objects/default-container.ts';
import { findPods } from '../objects/find-pods.ts';
import { EXIT } from '../output/exit-codes.ts';
import { createTerminal, type Style } from '../output/terminal.ts';
import { type ConnectionOptions, connect } from './socket-of.ts';

export interface LogsOptions extends ConnectionOptions {
  readonly namespace?: string;
  readonly selector?: string;
  readonly container?: string;
  readonly allContainers?: boolean;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: number;
  readonly timestamps?: boolean;
  readonly previous?: boolean;
}

interface LogPart {
  readonly pod: string;
  readonly container: string | undefined;
  /** That the container was not named, and is one of several. */
  readonly notice?: string | undefined;
}

/**
 * Prints the logs of one pod as they are, and those of several with the pod before each line. One that cannot be read
 * does not keep the others back; the exit code is then 1.
 */
export async function runLogs(word: string | undefined, options: LogsOptions): Promise<number> {
  const api = await connect(options);
  const namespace = options.namespace ?? 'default';
  const pods = await findPods(api, namespace, word, options.selector);
  const parts = pods.flatMap((pod) => partsOf(pod, options));
  const notices = new Set(parts.flatMap(({ notice }) => notice ?? []));
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    for await (const chunk of open(api, namespace, only, options)) await write(chunk);
    return EXIT.ok;
  }
  const failures = await printTogether(api, namespace, parts, options);
  return failures === 0 ? EXIT.ok : EXIT.error;
}

function partsOf(pod: Pod, { container, allContainers }: LogsOptions): readonly LogPart[] {
  const name = pod.metadata.name;
  if (container !== undefined) return [{ pod: name, container }];
  if (allContainers !== true) {
    const chosen = defaultContainer(pod);
    return [{ pod: name, container: chosen?.name, notice: chosen?.notice }];
  }
  const { initContainers = [], containers = [] } = pod.spec ?? {};
  return [...initContainers, ...containers].map((one) => ({ pod: name, container: one.name }));
}

function open(api: ApiClient, namespace: string, part: LogPart, options: LogsOptions): AsyncIterable<Uint8Array> {
  return api.bytes({
    path: resourcePathOf(kindOf('Pod'), { namespace, name: part.pod, subresource: 'log' }),
    query: {
      container: part.container,
      follow: options.follow,
      previous: options.previous,
      timestamps: options.timestamps,
      tailLines: options.tail,
      sinceSeconds: options.since === undefined ? undefined : Math.max(1, Math.round(options.since / 1_000)),
    },
  });
}

/** A reader that is slower than the log holds the log back. */
function write(chunk: Uint8Array): Promise<void> | void {
  if (process.stdout.write(chunk)) return;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}

const COLORS: readonly Style[] = ['cyan', 'green', 'yellow', 'red'];

async function printTogether(
  api: ApiClient,
  namespace: string,
  parts: readonly LogPart[],
  options: LogsOptions,
): Promise<number> {
  const terminal = createTerminal(process.stdout);
  const errors = createTerminal(process.stderr);
  let failures = 0;
  const print = async (part: LogPart, index: number) => {
    const prefix = terminal.style(COLORS[index % COLORS.length] ?? 'cyan', `[${part.pod}/${part.container}]`);
    try {
      for await (const line of splitLines(open(api, namespace, part, options)))
        await write(Buffer.from(`${prefix} ${line}\n`));
    } catch (error) {
      failures++;
      errors.write(`${errors.style('yellow', '⚠')} ${part.pod}/${part.container}: ${messageOf(error)}\n`);
    }
  };
  if (options.follow === true) await Promise.all(parts.map(print));
  else for (const [index, part] of parts.entries()) await print(part, index);
  return failures;
}
