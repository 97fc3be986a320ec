import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { armor, Decrypter, identityToRecipient } from 'age-encryption';
import { watch as watchFiles } from 'chokidar';
import { LIMITS } from '../../lib/limits.ts';
import type { DataKeyResult, WrappedKey } from '../../manifests/decrypt/index.ts';
import { type DataKeys, recipientsOf } from '../data-keys.ts';

interface Identities {
  readonly secrets: readonly string[];
  readonly recipients: readonly string[];
}

/** Keys that were unwrapped stay for this many files, so that each poll does not do the same work again. */
const MAX_KNOWN = 1_000;

/**
 * The age keys in one file (lines of `AGE-SECRET-KEY-1…`, as `age-keygen` writes them). The file is read anew for each
 * question that was not answered before, so that a key that is added counts at once, and it has to be unreadable for
 * everybody else.
 */
export class AgeDataKeys implements DataKeys {
  readonly #path: string;
  readonly #known = new Map<string, Uint8Array>();

  constructor(path: string) {
    this.#path = path;
  }

  async unwrap(keys: readonly WrappedKey[]): Promise<DataKeyResult> {
    const id = keys.map((key) => key.armor).join('\n');
    const known = this.#known.get(id);
    if (known !== undefined) return { type: 'key', key: known };
    let identities: Identities;
    try {
      identities = await readIdentities(this.#path);
    } catch (error) {
      return missing(`the age keys in ${this.#path} cannot be used: ${reasonOf(error)}`, KEY_FILE_HELP);
    }
    for (const { armor: armored } of keys) {
      const key = await unwrapOne(armored, identities);
      if (key === undefined) continue;
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(id, key);
      return { type: 'key', key };
    }
    return missing(
      `the file is encrypted for ${recipientsOf(keys)}, and this box has only the key of ${identities.recipients.join(' and ')}`,
      'add the recipient of the box to .sops.yaml and run `sops updatekeys`, or add the missing key to the file of ageKeyFile',
    );
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    // The folder is watched, because the file may come later, and is mostly replaced.
    const watcher = watchFiles(dirname(this.#path), { ignoreInitial: true, depth: 0 }).on('all', (_, path) => {
      if (path === this.#path) onChange();
    });
    // A machine that cannot watch still sees the change at the next pass.
    watcher.on('error', () => {});
    await new Promise<void>((resolve) => watcher.once('ready', resolve));
    return () => watcher.close();
  }
}

const KEY_FILE_HELP =
  'correct the file that ageKeyFile names: lines of AGE-SECRET-KEY-1…, owned by root or the user of Berth, mode 0600';

function missing(message: string, help: string): DataKeyResult {
  return { type: 'missing', message, help };
}

function reasonOf(error: unknown): string {
  if (error instanceof KeyFileError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
}

class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** The checks are made on the opened file, so that it is the one that is read. */
async function readIdentities(path: string): Promise<Identities> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new KeyFileError('it is no file');
    if ((stat.mode & 0o077) !== 0) {
      throw new KeyFileError(
        `others may read it (mode 0${(stat.mode & 0o777).toString(8)}); run \`chmod 600 ${path}\``,
      );
    }
    if (stat.uid !== 0 && stat.uid !== process.getuid?.()) throw new KeyFileError('it belongs to somebody else');
    if (stat.size > LIMITS.keyFileBytes)
      throw new KeyFileError(`it has more than ${LIMITS.keyFileBytes} bytes (keyFileBytes)`);
    return await identitiesOf(await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

async function identitiesOf(text: string): Promise<Identities> {
  const secrets: string[] = [];
  const recipients: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const secret = line.trim();
    if (secret === '' || secret.startsWith('#')) continue;
    try {
      recipients.push(await identityToRecipient(secret));
      secrets.push(secret);
    } catch {
      throw new KeyFileError(`line ${index + 1} is no age key`);
    }
  }
  if (secrets.length === 0) throw new KeyFileError('there is no key in it');
  return { secrets, recipients };
}

/** The key in one armoured file; undefined when none of the identities opens it. */
async function unwrapOne(armored: string, { secrets }: Identities): Promise<Uint8Array | undefined> {
  try {
    const decrypter = new Decrypter();
    for (const secret of secrets) decrypter.addIdentity(secret);
    const key = await decrypter.decrypt(armor.decode(armored));
    return key.length === DATA_KEY_BYTES ? key : undefined;
  } catch {
    return undefined;
  }
}

/** AES-256. */
const DATA_KEY_BYTES = 32;
