import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LinuxSecretFiles } from './linux-secret-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-secrets-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string | Uint8Array, mode = 0o600): void {
  mkdirSync(join(root, path, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

test('reads every file of every folder, bytes as they are', async () => {
  write('shop/db/password', 'hunter2\n');
  write('shop/db/blob', new Uint8Array([0, 255]));
  write('other/a/b', '');
  const { folders, problems } = await new LinuxSecretFiles(root).read();
  expect(problems).toEqual([]);
  expect(folders.map(({ namespace, name, files }) => [`${namespace}/${name}`, [...files.keys()]])).toEqual([
    ['other/a', ['b']],
    ['shop/db', ['blob', 'password']],
  ]);
  expect(folders[1]?.files.get('blob')).toEqual(new Uint8Array([0, 255]));
});

test.each<[string, () => void, string]>([
  [
    'a file that others may read',
    () => write('shop/bad/key', 'x', 0o644),
    'key: others may read or change it (mode 0644)',
  ],
  [
    'a folder that others may read',
    () => {
      write('shop/bad/key', 'x');
      chmodSync(join(root, 'shop/bad'), 0o755);
    },
    'mode 0755',
  ],
  [
    'a link',
    () => {
      write('shop/bad/x', 'x');
      symlinkSync('/etc/passwd', join(root, 'shop/bad/key'));
    },
    'symbolic link',
  ],
  ['a folder for a key', () => write('shop/bad/key/deeper', 'x'), 'key is no file'],
  ['a file for a Secret', () => write('shop/bad', 'x'), 'it is no folder'],
  ['too much', () => write('shop/bad/key', new Uint8Array(1024 * 1024 + 1)), 'secretBytes'],
])('%s is left out, and the rest is read', async (_, prepare, message) => {
  write('shop/good/key', 'x');
  prepare();
  const { folders, problems } = await new LinuxSecretFiles(root).read();
  expect(folders.map(({ name }) => name)).toEqual(['good']);
  expect(problems).toMatchObject([{ path: join(root, 'shop/bad'), message: expect.stringContaining(message) }]);
});

test('a folder that is not there or not safe says nothing of what was in it', async () => {
  await expect(new LinuxSecretFiles(join(root, 'nowhere')).read()).rejects.toThrow('it does not exist');
  chmodSync(root, 0o755);
  await expect(new LinuxSecretFiles(root).read()).rejects.toThrow('others may read or change it');
});

test('tells of changes', async () => {
  let changes = 0;
  const files = new LinuxSecretFiles(root);
  const close = await files.watch(() => changes++);
  write('shop/db/password', 'x');
  await expect.poll(() => changes, { timeout: 5_000 }).toBeGreaterThan(0);
  await close();
});
