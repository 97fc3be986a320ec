import type { LogLine, LogOptions, LogStream } from '../runtime.ts';
import { SimQueue } from './sim-queue.ts';

interface StoredLine {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Lines kept of one container, so that an endless writer does not fill the simulated world's memory. */
const LINES_MAX = 10_000;

/** The log of one simulated container, with its readers. */
export class SimLog {
  readonly #lines: StoredLine[] = [];
  readonly #followers = new Set<(line: StoredLine | 'end') => void>();

  append(line: StoredLine): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_MAX) this.#lines.shift();
    for (const follower of [...this.#followers]) follower(line);
  }

  /** Ends the streams of those that follow: the container has exited. */
  endFollowers(): void {
    for (const follower of [...this.#followers]) follower('end');
    this.#followers.clear();
  }

  /** Opens a stream. `fail` ends it with an error, as a cut connection does. */
  read(options: LogOptions, isRunning: boolean): LogStream & { fail(error: Error): void } {
    const since = options.sinceMs ?? Number.NEGATIVE_INFINITY;
    const past = this.#lines.filter((line) => line.atMs >= since);
    const first = options.tailLines === undefined ? 0 : Math.max(0, past.length - options.tailLines);
    const queue = new SimQueue<LogLine>();
    for (const line of past.slice(first)) queue.push(formatLine(line, options));
    if (!options.follow || !isRunning) {
      queue.end();
      return { lines: queue, close: () => queue.end(), fail: (error) => queue.fail(error) };
    }
    const follower = (line: StoredLine | 'end') =>
      line === 'end' ? queue.end() : queue.push(formatLine(line, options));
    this.#followers.add(follower);
    const leave = () => this.#followers.delete(follower);
    return {
      lines: queue,
      close: () => {
        leave();
        queue.end();
      },
      fail: (error) => {
        leave();
        queue.fail(error);
      },
    };
  }
}

function formatLine(line: StoredLine, options: LogOptions): LogLine {
  const timestamp = options.timestamps ? `${new Date(line.atMs).toISOString().slice(0, 23)}000000Z` : '';
  return { stream: line.stream, timestamp, text: line.text };
}
