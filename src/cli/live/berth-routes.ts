import type { ExtraRoute } from '../../api/http/index.ts';
import type { Box } from '../../box/index.ts';
import type { GitopsEvent } from '../../gitops/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Source } from '../../source/index.ts';
import { BERTH_PATHS } from './berth-paths.ts';

export interface BerthRoutesOptions {
  readonly box: Box;
  readonly source: Source;
  readonly clock: Clock;
  readonly paths: readonly string[];
  /** Asks the process to end, as a signal does. */
  readonly shutdown: () => void;
}

export function createBerthRoutes(options: BerthRoutesOptions): readonly ExtraRoute[] {
  const { box } = options;
  return [
    { method: 'GET', path: BERTH_PATHS.status, handle: () => ({ json: box.status() }) },
    {
      method: 'POST',
      path: BERTH_PATHS.sync,
      handle: async () => {
        await box.reconciler.sync();
        return { json: box.status() };
      },
    },
    { method: 'GET', path: BERTH_PATHS.events, handle: ({ signal }) => ({ lines: streamEvents(box, signal) }) },
    {
      method: 'POST',
      path: BERTH_PATHS.shutdown,
      handle: () => {
        options.shutdown();
        return { json: { pid: process.pid } };
      },
    },
  ];
}

/** Everything that the loop does from now on. Between two reads it keeps what happened. */
async function* streamEvents(box: Box, signal: AbortSignal): AsyncIterable<GitopsEvent> {
  const waiting: GitopsEvent[] = [];
  let wake = () => {};
  const stop = box.onEvent((event) => {
    waiting.push(event);
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  try {
    while (!signal.aborted) {
      yield* waiting.splice(0);
      if (waiting.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
  }
}
