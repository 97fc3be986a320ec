import type { Duplex } from 'node:stream';
import type { ProcessStreams } from '../../lib/byte-streams.ts';
import { drained } from '../../lib/drained.ts';
import { type AttachOptions, RuntimeError } from '../runtime.ts';
import { Demultiplexer } from './demultiplex.ts';
import type { EngineConnection } from './engine-connection.ts';

export interface ProcessStreamsOptions {
  readonly stdin: boolean;
  /**
   * Whether the process's input ends with ours. Where others may write to it after us, the engine takes the end of ours
   * for that of the whole connection, and what the process still says would be lost.
   */
  readonly endsInput: boolean;
}

/** The streams of a process over a raw connection. `path` is what its terminal is resized below. */
export function processStreams(
  engine: EngineConnection,
  path: string,
  socket: Duplex,
  { stdin, endsInput }: ProcessStreamsOptions,
): ProcessStreams {
  return {
    writeStdin: async (chunk) => {
      if (stdin && socket.writable && !socket.write(chunk)) await drained(socket);
    },
    endStdin: () => {
      if (stdin && endsInput && socket.writable) socket.end();
    },
    resize: async ({ columns, rows }) => {
      await engine.json({ method: 'POST', path: `${path}/resize`, query: { h: rows, w: columns }, purpose: 'change' });
    },
    close: () => socket.destroy(),
  };
}

/** Reads the output of a process from a raw connection. Resolves once all of it was delivered. */
export function readOutput(socket: Duplex, options: Pick<AttachOptions, 'tty' | 'onOutput'>): Promise<void> {
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
    // Writing to a process that has ended breaks the pipe, while its output may still be on its way: only the close
    // decides.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!hasEnded) reject(new RuntimeError('EngineUnavailable', 'the stream of the engine broke off'));
    });
  });
}
