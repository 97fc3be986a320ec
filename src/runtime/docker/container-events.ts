import { RuntimeError, type RuntimeEvent } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { clusterFilter } from './labels.ts';
import { EVENT_ACTIONS, parseEvent } from './parse-containers.ts';

export interface WatchOptions {
  readonly clusterUid: string;
  readonly onEvent: (event: RuntimeEvent) => void;
  readonly onLost: (error: Error) => void;
}

/** Longest line of the event stream; labels make an event's size. */
const LINE_CHARACTERS_MAX = 4 * 1024 * 1024;

/** Opens the stream of events of one cluster. Resolved, it misses nothing that happens from now on until `onLost`. */
export async function watchEvents(engine: EngineConnection, options: WatchOptions): Promise<() => void> {
  const filters = clusterFilter(options.clusterUid, { type: ['container'], event: EVENT_ACTIONS });
  const response = await engine.stream({ method: 'GET', path: '/events', query: { filters }, purpose: 'query' });
  let isOver = false;
  const lose = (message: string, cause?: unknown) => {
    if (isOver) return;
    isOver = true;
    response.destroy();
    options.onLost(new RuntimeError('EngineUnavailable', message, cause));
  };
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARACTERS_MAX) return lose('the engine sent an event without an end');
    for (const line of lines) {
      const event = isOver || line.trim() === '' ? undefined : parseEvent(parseLine(line));
      if (event !== undefined) options.onEvent(event);
    }
  });
  response.on('error', (error) => lose('the event stream of the engine broke off', error));
  response.on('close', () => lose('the event stream of the engine ended'));
  return () => {
    isOver = true;
    response.destroy();
  };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
