import type { GitopsEvent } from '../../gitops/index.ts';
import type { CommitInfo } from '../../source/source.ts';
import type { LifeWatcher } from '../life.ts';
import type { Machine } from '../machine.ts';
import { CONFIG_MARKER, SECRET_MARKER } from '../user/markers.ts';

/** The marker as it is, and at each offset within base64. */
const SECRETS = [
  SECRET_MARKER,
  ...['', 'x', 'xx'].map((prefix) => btoa(`${prefix}${SECRET_MARKER}`).slice(prefix === '' ? 0 : 4, -4)),
];

/** "A Secret's value never reaches the status branch, a log, an event, a comment or an error." */
export class SecretsChecker implements LifeWatcher {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onStored(value: unknown, text: string): void {
    if (!isSecret(value)) this.#look('the store', text, SECRETS);
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

  #look(where: string, text: string, markers: readonly string[]): void {
    const marker = markers.find((one) => text.includes(one));
    if (marker === undefined) return;
    const found = text.indexOf(marker);
    const around = text.slice(Math.max(0, found - 120), found + 40);
    this.#machine.report('secrets', `${where} shows a hidden value: …${around}…`);
  }
}

function isSecret(value: unknown): boolean {
  return (value as { readonly kind?: unknown } | null)?.kind === 'Secret';
}
