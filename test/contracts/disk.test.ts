import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Disk } from '../../src/host/disk.ts';
import { openLinuxDisk } from '../../src/host/linux/linux-disk.ts';
import { SimDisk } from '../../src/host/sim/sim-disk.ts';

const folders: string[] = [];

async function openInTemporaryFolder(): Promise<Disk> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'berth-disk-'));
  folders.push(folder);
  return openLinuxDisk(path.join(folder, 'store'));
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const DRIVERS: readonly { readonly name: string; readonly open: () => Promise<Disk> }[] = [
  { name: 'linux', open: openInTemporaryFolder },
  { name: 'sim', open: async () => new SimDisk() },
];

describe.each(DRIVERS)('a disk ($name)', ({ open }) => {
  test('writes files whole, over older ones, and lists them sorted', async () => {
    const disk = await open();
    expect(await disk.list()).toEqual([]);
    await disk.writeAtomic('b', [bytes('one'), bytes(''), bytes(' two')]);
    await disk.writeAtomic('a', []);
    await disk.writeAtomic('b', [bytes('three')]);
    expect(await disk.list()).toEqual(['a', 'b']);
    expect([await disk.sizeOf('a'), await disk.sizeOf('b')]).toEqual([0, 5]);
    expect(text(await disk.read('b'))).toBe('three');
  });

  test('reads a range, and less of it at the end of the file', async () => {
    const disk = await open();
    await disk.writeAtomic('a', [bytes('0123456789')]);
    expect(text(await disk.read('a', { offset: 2, length: 3 }))).toBe('234');
    expect(text(await disk.read('a', { offset: 8, length: 5 }))).toBe('89');
    expect(text(await disk.read('a', { offset: 20, length: 5 }))).toBe('');
  });

  test('leaves the file as it was when its content cannot be made', async () => {
    const disk = await open();
    await disk.writeAtomic('a', [bytes('old')]);
    function* failing() {
      yield bytes('new');
      throw new Error('no more');
    }
    await expect(disk.writeAtomic('a', failing())).rejects.toThrow('no more');
    expect(text(await disk.read('a'))).toBe('old');
    expect(await disk.list()).toEqual(['a']);
  });

  test('appends to a file that it cut before', async () => {
    const disk = await open();
    await disk.writeAtomic('a', [bytes('0123456789')]);
    const appender = await disk.openAppender('a', 4);
    expect(appender.sizeBytes).toBe(4);
    const many = Array.from({ length: 3_000 }, (_, n) => bytes(String(n % 10)));
    await appender.append([bytes('-'), bytes(''), ...many]);
    await appender.sync();
    await appender.append([bytes('end')]);
    expect(appender.sizeBytes).toBe(3_008);
    await appender.close();
    expect(text(await disk.read('a'))).toBe(`0123-${'0123456789'.repeat(300)}end`);
    await expect(disk.openAppender('a', 10_000)).rejects.toThrow('cannot be cut');
  });

  test('renames and removes files', async () => {
    const disk = await open();
    await disk.writeAtomic('a', [bytes('a')]);
    await disk.writeAtomic('b', [bytes('b')]);
    await disk.rename('a', 'b');
    await disk.writeAtomic('c', [bytes('c')]);
    await disk.remove('c');
    await disk.syncDirectory();
    expect(await disk.list()).toEqual(['b']);
    expect(text(await disk.read('b'))).toBe('a');
  });

  test("says what is missing with the system's code", async () => {
    const disk = await open();
    const missing = expect.objectContaining({ code: 'ENOENT' });
    await expect(disk.read('a')).rejects.toEqual(missing);
    await expect(disk.sizeOf('a')).rejects.toEqual(missing);
    await expect(disk.openAppender('a', 0)).rejects.toEqual(missing);
    await expect(disk.remove('a')).rejects.toEqual(missing);
    await expect(disk.rename('a', 'b')).rejects.toEqual(missing);
  });
});

test('space is reserved for what is appended next, and given back with the file', async () => {
  const disk = await openInTemporaryFolder();
  await disk.writeAtomic('a', [bytes('head')]);
  const appender = await disk.openAppender('a', 4);
  await appender.append([bytes('-one')]);
  await appender.append([bytes('-two')]);
  await appender.sync();
  const whole = await disk.read('a');
  expect(text(whole.subarray(0, 12))).toBe('head-one-two');
  expect(whole.length).toBeGreaterThan(100_000);
  expect(whole.subarray(12).every((byte) => byte === 0)).toBe(true);
  const large = new Uint8Array(whole.length).fill(120);
  await appender.append([large, bytes('end')]);
  expect(appender.sizeBytes).toBe(12 + large.length + 3);
  await appender.close();
  expect(text(await disk.read('a'))).toBe(`head-one-two${'x'.repeat(large.length)}end`);
  const again = await disk.openAppender('a', 4);
  await again.append([bytes('!')]);
  await again.close();
  expect(text(await disk.read('a'))).toBe('head!');
});

test('files and the folder are for their owner only', async () => {
  const disk = await openInTemporaryFolder();
  await disk.writeAtomic('a', [bytes('a')]);
  const folder = path.join(folders[0] ?? '', 'store');
  const modes = [await stat(folder), await stat(path.join(folder, 'a'))].map(({ mode }) => (mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '600']);
});

function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
