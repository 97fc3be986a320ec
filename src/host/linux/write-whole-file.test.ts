import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWholeFile, removeWholeFile, writeWholeFile } from './write-whole-file.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-whole-'));
  file = join(folder, 'note');
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = () => readFileSync(file, 'utf8');

test('the new text is in its place at once, with the permissions that were asked for', () => {
  writeFileSync(file, 'old', { mode: 0o644 });
  const opened = openWholeFile(file, { mode: 0o600 });
  expect(read()).toBe('old');
  opened.finish('new');
  opened.discard();
  expect([read(), statSync(file).mode & 0o777, readdirSync(folder)]).toEqual(['new', 0o600, ['note']]);
});

test('what an interrupted write has left gives neither its permissions nor its place', () => {
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'kept');
  symlinkSync(elsewhere, `${file}.new`);
  writeWholeFile(file, 'first', { mode: 0o600 });
  writeFileSync(`${file}.new`, 'hal', { mode: 0o644 });
  writeWholeFile(file, 'second', { mode: 0o600 });
  expect([read(), statSync(file).mode & 0o777]).toEqual(['second', 0o600]);
  expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
});

test('a write that fails leaves what was there and nothing beside it', () => {
  mkdirSync(file);
  expect(() => writeWholeFile(file, 'new', { mode: 0o600 })).toThrow();
  expect(readdirSync(folder)).toEqual(['note']);
});

test('two writers with a name each do not meet', () => {
  const one = openWholeFile(file, { mode: 0o600, beside: `${file}.1` });
  const two = openWholeFile(file, { mode: 0o600, beside: `${file}.2` });
  one.finish('one');
  two.finish('two');
  expect([read(), readdirSync(folder)]).toEqual(['two', ['note']]);
});

test('it goes with what an interrupted write has left', () => {
  writeFileSync(file, 'old');
  writeFileSync(`${file}.new`, 'hal');
  removeWholeFile(file);
  removeWholeFile(file);
  expect(readdirSync(folder)).toEqual([]);
});
