import type { GitopsEvent } from '../../gitops/index.ts';
import type { CommitInfo } from '../../source/source.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { CONFIG_MARKER, SECRET_MARKER } from '../user/manifests.ts';

/** The marker as it is, and at each offset within base64. */
const SECRET = new RegExp(
  [
    SECRET_MARKER,
    ...['', 'x', 'xx'].map((prefix) => btoa(`${prefix}${SECRET_MARKER}`).slice(prefix === '' ? 0 : 4, -4)),
  ].join('|'),
);

/** "A Secret's value never reaches the status branch, a log, an event, a comment or an error." */
export class SecretsChecker implements LifeWatcher {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type !== 'put' || /\/secrets\//.test(event.entry.key)) continue;
      this.#look(event.entry.key, JSON.stringify(event.entry.value), SECRET);
    }
  }

  onGitops(event: GitopsEvent): void {
    if (event.type !== 'commit') this.#look(`the loop's event ${event.type}`, JSON.stringify(event), SECRET);
  }

  onLog(line: string): void {
    this.#look('the log', line, SECRET);
  }

  onStatusCommit(commit: CommitInfo): void {
    this.#look('the message of a status commit', commit.message, SECRET);
    for (const [path, text] of this.#machine.repository.readFiles(commit.id)) {
      this.#look(path, text, SECRET);
      this.#look(path, text, new RegExp(CONFIG_MARKER));
    }
  }

  #look(where: string, text: string, marker: RegExp): void {
    const found = marker.exec(text);
    if (found === null) return;
    const around = text.slice(Math.max(0, found.index - 120), found.index + 40);
    this.#machine.report('secrets', `${where} shows a hidden value: …${around}…`);
  }
}
