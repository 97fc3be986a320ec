import type { Clock } from '../lib/clock.ts';

/**
 * When each node last said that it is alive. Heartbeats are many and worth nothing after a restart, so they are kept in
 * memory: a world in which nothing happens writes nothing.
 */
export class NodeLeases {
  readonly #clock: Clock;
  readonly #renewedMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  renew(nodeName: string): void {
    this.#renewedMs.set(nodeName, this.#clock.monotonicMs());
  }

  timeOf(nodeName: string): number | undefined {
    return this.#renewedMs.get(nodeName);
  }
}
