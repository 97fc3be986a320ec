import { randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import type { Machine } from '../machine.ts';
import { SECRET_MARKER } from '../user/markers.ts';

const NAMESPACES: readonly [string, ...string[]] = ['default', 'default', 'shop', 'web', 'Not_A_Space'];
const NAMES: readonly [string, ...string[]] = ['own-key', 'own-key', 'own-key', 'Not_A_Name'];
/** The type of a Secret is told by its keys, and cannot be changed in place. */
const KEYS: readonly (readonly string[])[] = [['token'], ['token', 'other'], ['tls.crt', 'tls.key'], ['not a key']];
/** What the user declares in Git, too. */
const DECLARED = { namespace: 'shop', name: 'credentials' };

/** Whoever keeps the box changes what lies in its secrets directory. */
export function changeSecrets({ secretDirectory, clock }: Machine, random: SeededRandom): void {
  const folder = { namespace: randomItem(random, NAMESPACES), name: randomItem(random, NAMES) };
  const what = randomInteger(random, 0, 9);
  if (what === 0) return secretDirectory.put({ ...DECLARED, files: filesOf(['token'], random) });
  if (what === 1) return secretDirectory.remove(folder.namespace, folder.name);
  secretDirectory.put({ ...folder, files: filesOf(randomItem(random, KEYS), random) });
  const untilMs = randomInteger(random, 1_000, 60_000);
  if (what === 2) {
    secretDirectory.setReadable(folder.namespace, folder.name, false);
    clock.setTimer(untilMs, () => secretDirectory.setReadable(folder.namespace, folder.name, true));
  } else if (what === 3) {
    secretDirectory.setSafe(false);
    clock.setTimer(untilMs, () => secretDirectory.setSafe(true));
  } else if (what <= 6) {
    clock.setTimer(untilMs, () => secretDirectory.put({ ...folder, files: filesOf(randomItem(random, KEYS), random) }));
    clock.setTimer(2 * untilMs, () => secretDirectory.remove(folder.namespace, folder.name));
  } else {
    // Of another type than most.
    clock.setTimer(untilMs, () => secretDirectory.put({ ...folder, files: filesOf(['tls.crt', 'tls.key'], random) }));
  }
}

/** Leaves nothing there that somebody else declares. */
export function tidySecrets({ secretDirectory }: Machine): void {
  secretDirectory.setSafe(true);
  secretDirectory.remove(DECLARED.namespace, DECLARED.name);
}

function filesOf(keys: readonly string[], random: SeededRandom): ReadonlyMap<string, Uint8Array> {
  const text = `${SECRET_MARKER}-of-the-machine-${randomInteger(random, 1, 1000)}`;
  return new Map(keys.map((key) => [key, new TextEncoder().encode(text)]));
}
