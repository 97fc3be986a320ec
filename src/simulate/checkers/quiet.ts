import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { keyOf } from './store-events.ts';

/** "A stable world makes no writes at all": from `begin` on nothing may be written, but that events grow old and go. */
export class QuietChecker implements LifeWatcher {
  readonly #machine: Machine;
  #isQuiet = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  begin(): void {
    this.#isQuiet = true;
  }

  onCommit(events: readonly StoreEvent[]): void {
    if (!this.#isQuiet) return;
    const written = events.filter((event) => !(event.type === 'delete' && /\/events\//.test(event.key)));
    if (written.length === 0) return;
    this.#machine.report('quiet', `written although nothing happens: ${written.map(keyOf).join(', ')}`);
  }
}
