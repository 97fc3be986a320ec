import type { Duplex } from 'node:stream';
import { badRequest } from '../../failures.ts';
import { isFlagSet, type RequestScope } from '../exchange.ts';
import type { ResourceTarget } from '../resources.ts';
import { settledStatus } from '../respond.ts';
import type { CommandChannels } from './command-channels.ts';
import { containerOf } from './pod-log.ts';
import { isSpdyUpgrade } from './spdy/upgrade.ts';
import { openSpdyChannels, type StreamName } from './spdy-channels.ts';
import { openWebSocketChannels } from './web-socket-channels.ts';

const SUCCESS = { metadata: {}, status: 'Success' };

/**
 * Takes over an upgraded connection: runs the command that the query names in a container (`exec`), or joins its own
 * process (`attach`).
 */
export async function handleRemoteCommand(
  exchange: RequestScope,
  target: ResourceTarget,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { query, server } = exchange;
  const command = query.getAll('command');
  const isExec = target.subresource === 'exec';
  if (isExec && command.length === 0) throw badRequest('you must specify at least one command for the container');
  const container = containerOf(exchange, target, query.get('container'));
  await exchange.client.durable();
  const channels = await openChannels(exchange, socket, head);
  // Whoever was shut out meanwhile starts nothing any more.
  exchange.signal.throwIfAborted();
  const options = {
    stdin: isFlagSet(query, 'stdin'),
    onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => channels.send(stream, chunk),
  };
  try {
    if (isExec) {
      const session = await server.podStreams.exec(container, { ...options, command, tty: isFlagSet(query, 'tty') });
      channels.attach(session);
      channels.end(exitStatus(await session.exitCode));
    } else {
      const session = await server.podStreams.attach(container, options);
      channels.attach(session);
      await session.ended;
      channels.end(SUCCESS);
    }
  } catch (error) {
    channels.end(await settledStatus(exchange, error));
  }
}

function openChannels({ request, query }: RequestScope, socket: Duplex, head: Buffer): Promise<CommandChannels> {
  if (!isSpdyUpgrade(request)) return openWebSocketChannels(request, socket, head);
  const hasTerminal = isFlagSet(query, 'tty');
  const wanted: StreamName[] = ['error'];
  if (isFlagSet(query, 'stdin')) wanted.push('stdin');
  if (isFlagSet(query, 'stdout')) wanted.push('stdout');
  if (isFlagSet(query, 'stderr') && !hasTerminal) wanted.push('stderr');
  if (hasTerminal) wanted.push('resize');
  return openSpdyChannels(request, socket, head, wanted);
}

/** How the end of a command is told: a Status whose cause carries the exit code, which kubectl ends with itself. */
function exitStatus(exitCode: number): object {
  if (exitCode === 0) return SUCCESS;
  const message = `command terminated with non-zero exit code: exit status ${exitCode}`;
  const details = { causes: [{ reason: 'ExitCode', message: String(exitCode) }] };
  return { metadata: {}, status: 'Failure', message, reason: 'NonZeroExitCode', details };
}
