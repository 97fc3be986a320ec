import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataKeyOf, encryptTree } from '../../manifests/decrypt/testing/encrypt-sops.ts';
import { AgeDataKeys } from './age-data-keys.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-age-'));
  path = join(folder, 'keys.txt');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function wrappedFor(...recipients: readonly string[]) {
  const { sops } = await encryptTree({ a: 'b' }, { recipients });
  const keys = sops['age'] as readonly { readonly recipient: string; readonly enc: string }[];
  return keys.map(({ recipient, enc }) => ({ recipient, armor: enc }));
}

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

test('any of several keys opens a file of several recipients', async () => {
  const [mine, other, third] = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()]);
  write(`# created: today\n# public key: age1…\n${third}\n\n${mine}\n`);
  const keys = await wrappedFor(await identityToRecipient(other), await identityToRecipient(mine));
  expect(await new AgeDataKeys(path).unwrap(keys)).toEqual({ type: 'key', key: dataKeyOf(1) });
});

test('says which key is needed and which are there, and takes one that is added', async () => {
  const [mine, other] = await Promise.all([generateIdentity(), generateIdentity()]);
  const [myRecipient, recipient] = [await identityToRecipient(mine), await identityToRecipient(other)];
  write(`${mine}\n`);
  const keys = new AgeDataKeys(path);
  const result = await keys.unwrap(await wrappedFor(recipient));
  expect(result).toMatchObject({ type: 'missing', message: expect.stringContaining(`encrypted for ${recipient}`) });
  expect(result).toMatchObject({ message: expect.stringContaining(`only the key of ${myRecipient}`) });
  expect(JSON.stringify(result)).not.toContain(mine);
  write(`${mine}\n${other}\n`);
  expect(await keys.unwrap(await wrappedFor(recipient))).toMatchObject({ type: 'key' });
});

test.each<[string, () => void, string]>([
  ['a file that others may read', () => write('x', 0o640), 'others may read it (mode 0640)'],
  ['a missing file', () => {}, 'there is no such file'],
  ['no key', () => write('# nothing\n'), 'there is no key in it'],
  ['what is no key', () => write('# a\nAGE-SECRET-KEY-1NOTONE\n'), 'line 2 is no age key'],
  ['too much', () => write('#'.repeat(70_000)), 'keyFileBytes'],
])('%s is refused with its reason', async (_, prepare, message) => {
  prepare();
  const result = await new AgeDataKeys(path).unwrap([{ recipient: 'age1x', armor: '' }]);
  expect(result).toMatchObject({ type: 'missing', message: expect.stringContaining(message) });
  expect(JSON.stringify(result)).not.toContain('NOTONE');
});

test('tells of a file that comes and changes', async () => {
  let changes = 0;
  const keys = new AgeDataKeys(path);
  const close = await keys.watch(() => changes++);
  write(`${await generateIdentity()}\n`);
  await expect.poll(() => changes, { timeout: 5_000 }).toBeGreaterThan(0);
  await close();
});
