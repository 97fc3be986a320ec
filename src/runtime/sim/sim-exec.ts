import type { ExecSession } from '../../lib/byte-streams.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ExecOptions } from '../runtime.ts';
import type { SimContainer } from './sim-container.ts';

export interface SimExecOptions {
  readonly container: SimContainer;
  readonly options: ExecOptions;
  readonly clock: Clock;
  readonly durationMs: number;
  readonly isFenced: () => boolean;
}

/** The exit code of a process that was killed with its container. */
const KILLED = 137;

/** Opens a session. With stdin the command's behaviour is asked once its input has ended. `fail` cuts the session. */
export function openSimExec(input: SimExecOptions): { readonly session: ExecSession; fail(error: Error): void } {
  const { container, options, clock, isFenced } = input;
  let resolve: (code: number) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const exitCode = new Promise<number>((onExit, onFailure) => {
    resolve = onExit;
    reject = onFailure;
  });
  // A session whose exit code nobody waits for must not crash the process when the engine goes away.
  exitCode.catch(() => {});
  const stdin: Uint8Array[] = [];
  let isDone = false;
  const finish = (code: number) => {
    if (isDone || isFenced()) return;
    isDone = true;
    resolve(code);
  };
  const stopWaiting = container.afterExit(() => clock.defer(() => finish(KILLED)));
  const run = () => {
    const request = { command: options.command, stdin: decode(stdin), uptimeMs: container.uptimeMs };
    const result = container.process.exec?.(request) ?? { exitCode: 0 };
    clock.setTimer(result.durationMs ?? input.durationMs, () => {
      if (isDone || isFenced()) return;
      stopWaiting();
      if (result.stdout !== undefined) options.onOutput('stdout', new TextEncoder().encode(result.stdout));
      if (result.stderr !== undefined)
        options.onOutput(options.tty ? 'stdout' : 'stderr', new TextEncoder().encode(result.stderr));
      finish(result.exitCode);
    });
  };
  let isInputOpen = options.stdin;
  if (!isInputOpen) run();
  const session: ExecSession = {
    exitCode,
    writeStdin: async (chunk) => {
      if (isInputOpen) stdin.push(chunk);
    },
    endStdin: () => {
      if (!isInputOpen) return;
      isInputOpen = false;
      run();
    },
    resize: async () => {},
    close: () => {
      isDone = true;
      stopWaiting();
    },
  };
  const fail = (error: Error) => {
    if (isDone) return;
    isDone = true;
    stopWaiting();
    reject(error);
  };
  return { session, fail };
}

function decode(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
}
