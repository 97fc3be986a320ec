import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';

const MINUTE_MS = 60_000;
/** No history of a hundred pods needs more: a loop that writes without end does. */
const MOST_REVISIONS_A_MINUTE = 8_000;
/** One object that two components pull to and fro. */
const MOST_WRITES_OF_ONE_KEY = 800;

/** Bounds on how much is written in one minute, whatever happens: no write loops. */
export class WriteRateChecker implements LifeWatcher {
  readonly #machine: Machine;
  #minute = 0;
  #revisions = 0;
  #byKey = new Map<string, number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[]): void {
    const minute = Math.floor(this.#machine.clock.monotonicMs() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#revisions = 0;
      this.#byKey = new Map();
    }
    if (++this.#revisions === MOST_REVISIONS_A_MINUTE)
      this.#machine.report('write loops', `${this.#revisions} revisions within a minute`);
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      const writes = (this.#byKey.get(key) ?? 0) + 1;
      this.#byKey.set(key, writes);
      if (writes === MOST_WRITES_OF_ONE_KEY)
        this.#machine.report('write loops', `${key} was written ${writes} times within a minute`);
    }
  }
}
