import type { GitopsEvent } from '../../gitops/index.ts';
import type { CommitInfo } from '../../source/source.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { CONFIG_MARKER, SECRET_MARKER } from '../user/manifests.ts';

/** The marker as it is, and at each offset within base64. */
const SECRETS = [
  SECRET_MARKER,
  ...['', 'x', 'xx'].map((prefix) => btoa(`${prefix}${SECRET_MARKER}`).slice(prefix === '' ? 0 : 4, -4)),
];

/** "A Secret's value never reaches the status branch, a log, an event, a comment or an error." */
export class SecretsChecker implements LifeWatcher {
  readonly #machine: Machine;
  /** Parts of objects that hold none: what is in the store is frozen, and versions of an object share what did not change. */
  readonly #clean = new WeakSet<object>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type !== 'put' || event.entry.key.includes('/secrets/') || this.#isClean(event.entry.value)) continue;
      this.#look(event.entry.key, JSON.stringify(event.entry.value), SECRETS);
    }
  }

  onGitops(event: GitopsEvent): void {
    if (event.type !== 'commit') this.#look(`the loop's event ${event.type}`, JSON.stringify(event), SECRETS);
  }

  onLog(line: string): void {
    this.#look('the log', line, SECRETS);
  }

  onStatusCommit(commit: CommitInfo): void {
    this.#look('the message of a status commit', commit.message, SECRETS);
    for (const [path, text] of this.#machine.repository.readFiles(commit.id))
      this.#look(path, text, [...SECRETS, CONFIG_MARKER]);
  }

  #isClean(value: unknown): boolean {
    if (typeof value === 'string') return !SECRETS.some((marker) => value.includes(marker));
    if (typeof value !== 'object' || value === null || this.#clean.has(value)) return true;
    for (const [key, part] of Object.entries(value)) if (!this.#isClean(key) || !this.#isClean(part)) return false;
    if (Object.isFrozen(value)) this.#clean.add(value);
    return true;
  }

  #look(where: string, text: string, markers: readonly string[]): void {
    const found = markers.map((marker) => text.indexOf(marker)).find((index) => index >= 0);
    if (found === undefined) return;
    const around = text.slice(Math.max(0, found - 120), found + 40);
    this.#machine.report('secrets', `${where} shows a hidden value: …${around}…`);
  }
}
