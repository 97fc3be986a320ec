import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPrivateFile } from './private-file.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-private-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('it is for its owner alone, and takes the place of one that others could read', () => {
  const file = join(folder, 'config');
  writeFileSync(file, 'old', { mode: 0o644 });
  const opened = openPrivateFile(file);
  expect(readFileSync(file, 'utf8')).toBe('old');
  opened.finish('token');
  opened.discard();
  expect(readdirSync(folder)).toEqual(['config']);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['token', 0o600]);
});

test('what is not finished leaves nothing behind', () => {
  const file = join(folder, 'config');
  writeFileSync(file, 'old');
  const opened = openPrivateFile(file);
  opened.discard();
  opened.discard();
  expect([readdirSync(folder), readFileSync(file, 'utf8')]).toEqual([['config'], 'old']);
});

test.each([
  ['a folder', 'folder'],
  ['a file in no folder', 'nowhere/config'],
  ['a file below a file', 'file/config'],
])('%s is refused at once, with what to do, and nothing is left', (_what, name) => {
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), '');
  expect(() => openPrivateFile(join(folder, name))).toThrow(expect.objectContaining({ code: 'UsageInvalid' }));
  expect(readdirSync(folder)).toEqual(['file', 'folder']);
});
