import { setTimeout as delay } from 'node:timers/promises';
import type { ExecSession } from '../../lib/byte-streams.ts';
import { type ExecOptions, RuntimeError } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { numberAt, textAt, valueAt } from './json-path.ts';
import { processStreams, readOutput } from './process-streams.ts';

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
  const streams = processStreams(engine, `/exec/${execId}`, socket, { stdin: options.stdin, endsInput: true });
  const exitCode = readOutput(socket, options).then(() => readExitCode(engine, execId));
  // A session whose exit code nobody waits for must not crash the process when the engine goes away.
  exitCode.catch(() => {});
  // The process may have ended already; then there is nothing to resize.
  if (options.tty && options.terminalSize !== undefined) await streams.resize(options.terminalSize).catch(() => {});
  return { ...streams, exitCode };
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
