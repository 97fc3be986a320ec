import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type ExecOptions, type ExecSession, RuntimeError } from '../runtime.ts';
import { Demultiplexer } from './demultiplex.ts';
import type { EngineConnection } from './engine-connection.ts';
import { numberAt, textAt, valueAt } from './json-path.ts';

/** How often and how long the exit code is asked for once the output has ended: the engine notes it a moment later. */
const EXIT_POLL_MS = 20;
const EXIT_POLLS_MAX = 250;

/** Runs a command in a container over a raw connection. */
export async function openExec(
  engine: EngineConnection,
  containerId: string,
  options: ExecOptions,
): Promise<ExecSession> {
  const created = await engine.json({
    method: 'POST',
    path: `/containers/${containerId}/exec`,
    body: {
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: options.tty,
      Cmd: options.command,
    },
    purpose: 'create',
  });
  const execId = textAt(created, 'Id');
  const socket = await engine.hijack({
    method: 'POST',
    path: `/exec/${execId}/start`,
    body: { Detach: false, Tty: options.tty },
    purpose: 'start',
  });
  const resize = async (size: { readonly columns: number; readonly rows: number }) => {
    const query = { h: size.rows, w: size.columns };
    await engine.json({ method: 'POST', path: `/exec/${execId}/resize`, query, purpose: 'change' });
  };
  const exitCode = readOutput(socket, options).then(() => readExitCode(engine, execId));
  // A session whose exit code nobody waits for must not crash the process when the engine goes away.
  exitCode.catch(() => {});
  // The process may have ended already; then there is nothing to resize.
  if (options.tty && options.terminalSize !== undefined) await resize(options.terminalSize).catch(() => {});
  return {
    exitCode,
    writeStdin: (chunk) => {
      if (options.stdin && socket.writable) socket.write(chunk);
    },
    endStdin: () => {
      if (options.stdin && socket.writable) socket.end();
    },
    resize,
    close: () => socket.destroy(),
  };
}

/** Reads the output of a process from a raw connection. Resolves once all of it was delivered. */
export function readOutput(socket: Duplex, options: Pick<ExecOptions, 'tty' | 'onOutput'>): Promise<void> {
  const demultiplexer = new Demultiplexer();
  return new Promise((resolve, reject) => {
    let hasEnded = false;
    socket.on('data', (chunk: Buffer) => {
      if (options.tty) return options.onOutput('stdout', chunk);
      for (const frame of demultiplexer.push(chunk)) options.onOutput(frame.stream, frame.bytes);
    });
    socket.on('end', () => {
      hasEnded = true;
      // Ours is ended, too, so that the connection does not stay half open.
      socket.end();
      resolve();
    });
    // Writing to a process that has ended breaks the pipe, while its output may still be on its way: only the close decides.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!hasEnded) reject(new RuntimeError('EngineUnavailable', 'the stream of the engine broke off'));
    });
  });
}

async function readExitCode(engine: EngineConnection, execId: string): Promise<number> {
  for (let polls = 0; polls < EXIT_POLLS_MAX; polls++) {
    const state = await engine.json({ method: 'GET', path: `/exec/${execId}/json`, purpose: 'query' });
    if (valueAt(state, 'Running') !== true && typeof valueAt(state, 'ExitCode') === 'number')
      return numberAt(state, 'ExitCode');
    await delay(EXIT_POLL_MS);
  }
  throw new RuntimeError('Timeout', 'the engine did not tell the exit code of the command');
}
