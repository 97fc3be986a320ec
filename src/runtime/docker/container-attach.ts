import type { AttachSession } from '../../lib/byte-streams.ts';
import { type AttachOptions, RuntimeError } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { valueAt } from './json-path.ts';
import { processStreams, readOutput } from './process-streams.ts';

/** Joins the streams of a container's process over a raw connection. */
export async function openAttach(
  engine: EngineConnection,
  containerId: string,
  options: AttachOptions,
): Promise<AttachSession> {
  const path = `/containers/${containerId}`;
  // The engine lets one attach to what does not run, and says nothing until it does.
  const details = await engine.json({ method: 'GET', path: `${path}/json`, purpose: 'query' });
  if (valueAt(details, 'State', 'Running') !== true)
    throw new RuntimeError('Conflict', `Container ${containerId} is not running`);
  const query = { stream: true, stdin: options.stdin, stdout: true, stderr: true };
  const socket = await engine.hijack({ method: 'POST', path: `${path}/attach`, query, purpose: 'start' });
  const ended = readOutput(socket, options);
  // A session whose end nobody waits for must not crash the process when the engine goes away.
  ended.catch(() => {});
  const endsInput = valueAt(details, 'Config', 'StdinOnce') === true;
  return { ...processStreams(engine, path, socket, { stdin: options.stdin, endsInput }), ended };
}
