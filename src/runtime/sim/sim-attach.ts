import type { AttachSession } from '../../lib/byte-streams.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AttachOptions } from '../runtime.ts';
import type { SimContainer } from './sim-container.ts';

/** Joins the streams of a container's process. `fail` cuts the session. */
export function openSimAttach(
  container: SimContainer,
  options: AttachOptions,
  clock: Clock,
): { readonly session: AttachSession; fail(error: Error): void } {
  const log = container.log.read({ follow: true, timestamps: false, tailLines: 0 }, container.isRunning);
  const encoder = new TextEncoder();
  const ended = (async () => {
    for await (const { stream, text } of log.lines) {
      options.onOutput(options.tty ? 'stdout' : stream, encoder.encode(`${text}\n`));
    }
  })();
  // A session whose end nobody waits for must not crash the process when the engine goes away.
  ended.catch(() => {});
  const reads = options.stdin && container.spec.stdin && container.process.echoes === true;
  const decoder = new TextDecoder();
  let line = '';
  const echo = (text: string) => container.log.append({ atMs: clock.wallMs(), stream: 'stdout', text });
  const session: AttachSession = {
    ended,
    writeStdin: async (chunk) => {
      if (!reads || !container.isRunning) return;
      const lines = (line + decoder.decode(chunk, { stream: true })).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) echo(whole);
    },
    endStdin: () => {
      if (!reads || !container.spec.stdinOnce) return;
      if (line !== '') echo(line);
      clock.defer(() => container.die(0, false));
    },
    resize: async () => {},
    close: () => log.close(),
  };
  return { session, fail: (error) => log.fail(error) };
}
