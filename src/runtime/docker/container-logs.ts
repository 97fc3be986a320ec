import type { IncomingMessage } from 'node:http';
import { type LogLine, type LogOptions, type LogStream, RuntimeError } from '../runtime.ts';
import { Demultiplexer } from './demultiplex.ts';
import type { EngineConnection } from './engine-connection.ts';
import { valueAt } from './json-path.ts';
import { LogLineAssembler } from './log-lines.ts';

/** Opens the log of a container. Nothing is read ahead of the reader beyond the stream's own buffer. */
export async function openLogs(engine: EngineConnection, containerId: string, options: LogOptions): Promise<LogStream> {
  const details = await engine.json({ method: 'GET', path: `/containers/${containerId}/json`, purpose: 'query' });
  const tty = valueAt(details, 'Config', 'Tty') === true;
  const response = await engine.stream({
    method: 'GET',
    path: `/containers/${containerId}/logs`,
    query: {
      stdout: true,
      stderr: true,
      follow: options.follow,
      timestamps: options.timestamps,
      tail: options.tailLines ?? 'all',
      since: options.sinceMs === undefined ? undefined : (options.sinceMs / 1000).toFixed(3),
      // The engine reads on as long as there is more, and a busy container writes faster than anybody reads.
      until: options.follow ? undefined : (Date.now() / 1000).toFixed(3),
    },
    purpose: 'query',
  });
  let isClosed = false;
  const close = () => {
    isClosed = true;
    response.destroy();
  };
  return { lines: readLines(response, { tty, timestamps: options.timestamps, isClosed: () => isClosed }), close };
}

interface ReadOptions {
  readonly tty: boolean;
  readonly timestamps: boolean;
  readonly isClosed: () => boolean;
}

async function* readLines(response: IncomingMessage, options: ReadOptions): AsyncGenerator<LogLine> {
  const demultiplexer = new Demultiplexer();
  const assembler = new LogLineAssembler(options);
  try {
    for await (const chunk of response) {
      const bytes: Buffer = chunk;
      const frames = options.tty ? [{ stream: 'stdout' as const, bytes }] : demultiplexer.push(bytes);
      for (const frame of frames) yield* assembler.push(frame);
    }
  } catch (error) {
    if (options.isClosed()) return;
    throw new RuntimeError('EngineUnavailable', 'the log stream of the engine broke off', error);
  }
  yield* assembler.flush();
}
