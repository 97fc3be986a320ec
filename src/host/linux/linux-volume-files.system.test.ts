import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../lib/limits.ts';
import { LinuxVolumeFiles } from './linux-volume-files.ts';

let root: string;
let files: LinuxVolumeFiles;
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'berth-volumes-'));
  files = new LinuxVolumeFiles({
    diskDirectory: path.join(root, 'disk'),
    storageDirectory: path.join(root, 'storage'),
    memoryDirectory: path.join(root, 'memory'),
  });
});

afterEach(async () => {
  await files.releaseMemory();
  fs.rmSync(root, { recursive: true, force: true });
});

const disk = (name: string) => ({ area: 'disk', path: name }) as const;
const file = (name: string, text: string, mode = 0o644) => ({
  path: name,
  bytes: new TextEncoder().encode(text),
  mode,
});
const mode = (name: string) => fs.statSync(name).mode & 0o7777;

describe('payloads', () => {
  test('appear at once behind ..data, and what did not change is not touched', async () => {
    const place = disk('v');
    const volume = files.hostPath(place);
    expect(await files.writePayload(place, [file('a', 'one'), file('sub/b', 'two', 0o400)])).toBe(true);
    expect(fs.readlinkSync(path.join(volume, 'a'))).toBe('..data/a');
    expect(fs.readFileSync(path.join(volume, 'sub/b'), 'utf8')).toBe('two');
    expect(mode(path.join(volume, 'sub/b'))).toBe(0o400);
    const first = fs.readlinkSync(path.join(volume, '..data'));
    expect(await files.writePayload(place, [file('a', 'one'), file('sub/b', 'two', 0o400)])).toBe(false);
    expect(fs.readlinkSync(path.join(volume, '..data'))).toBe(first);
    expect(await files.writePayload(place, [file('a', 'three'), file('c', '')])).toBe(true);
    expect(fs.readdirSync(volume).filter((name) => !name.startsWith('..'))).toEqual(['a', 'c']);
    expect(fs.readFileSync(path.join(volume, 'a'), 'utf8')).toBe('three');
    expect(fs.readdirSync(volume).filter((name) => name.startsWith('..2'))).toHaveLength(1);
  });

  test('a changed mode is a change', async () => {
    await files.writePayload(disk('v'), [file('a', 'one')]);
    expect(await files.writePayload(disk('v'), [file('a', 'one', 0o600)])).toBe(true);
  });

  test('what a crash left half done is cleared away', async () => {
    const volume = files.hostPath(disk('v'));
    await files.writePayload(disk('v'), [file('a', 'one')]);
    fs.mkdirSync(path.join(volume, '..2026_01_01_00_00_00.left'));
    fs.symlinkSync('nowhere', path.join(volume, '..data_tmp'));
    await files.writePayload(disk('v'), [file('a', 'two')]);
    expect(fs.readFileSync(path.join(volume, 'a'), 'utf8')).toBe('two');
    expect(fs.readdirSync(volume)).toHaveLength(3);
  });

  test.runIf(isRoot)('belong to the group of the pod', async () => {
    await files.writePayload(disk('v'), [file('a', 'one', 0o400)], 2000);
    const real = fs.realpathSync(path.join(files.hostPath(disk('v')), 'a'));
    expect([fs.statSync(real).gid, mode(real)]).toEqual([2000, 0o440]);
  });
});

describe('persistent volumes', () => {
  const place = { area: 'storage', path: 'pvc-1_default_data' } as const;

  test('are folders that anyone can write, below one that only Berth can read', async () => {
    await files.prepare();
    await files.makeDirectory(place, { mode: 0o777 });
    const folder = files.hostPath(place);
    expect(mode(folder)).toBe(0o777);
    expect(mode(path.dirname(folder))).toBe(0o700);
    fs.writeFileSync(path.join(folder, 'kept'), 'yes');
    await files.prepare();
    await files.makeDirectory(place, { mode: 0o777 });
    expect(fs.readFileSync(path.join(folder, 'kept'), 'utf8')).toBe('yes');
    await files.remove(place);
    expect(fs.existsSync(folder)).toBe(false);
  });

  test.runIf(isRoot)('pass to a group with all that is in them and what is made in them from then on', async () => {
    await files.prepare();
    await files.makeDirectory(place, { mode: 0o777 });
    const folder = files.hostPath(place);
    const inside = (name: string) => path.join(folder, name);
    fs.mkdirSync(inside('deep'), { mode: 0o700 });
    fs.writeFileSync(inside('deep/before'), '', { mode: 0o600 });
    fs.chownSync(inside('deep/before'), 33, 33);
    fs.symlinkSync(path.join(root, 'mine'), inside('link'));
    fs.writeFileSync(path.join(root, 'mine'), '', { mode: 0o600 });
    await files.setGroup(place, 2000, { onlyOnRootMismatch: false });
    fs.writeFileSync(inside('deep/after'), '');
    const groups = ['', 'deep', 'deep/before', 'deep/after', 'link'].map((name) => fs.lstatSync(inside(name)).gid);
    expect(groups).toEqual([2000, 2000, 2000, 2000, 2000]);
    expect([mode(folder), mode(inside('deep')), mode(inside('deep/before'))]).toEqual([0o2777, 0o2770, 0o660]);
    expect(fs.statSync(inside('deep/before')).uid).toBe(33);
    expect([fs.statSync(path.join(root, 'mine')).gid, mode(path.join(root, 'mine'))]).toEqual([0, 0o600]);
  });

  test.runIf(isRoot)(
    'are left as they are where the folder itself belongs to the group and that is all that is asked',
    async () => {
      await files.prepare();
      await files.makeDirectory(place, { mode: 0o777, groupId: 2000 });
      fs.writeFileSync(path.join(files.hostPath(place), 'file'), '');
      fs.chownSync(path.join(files.hostPath(place), 'file'), 0, 0);
      await files.setGroup(place, 2000, { onlyOnRootMismatch: true });
      expect(fs.statSync(path.join(files.hostPath(place), 'file')).gid).toBe(0);
      await files.setGroup({ hostPath: files.hostPath(place) }, 2000, { onlyOnRootMismatch: false });
      expect(fs.statSync(path.join(files.hostPath(place), 'file')).gid).toBe(2000);
    },
  );

  test.runIf(isRoot)('that are nested without end are not walked through', async () => {
    await files.prepare();
    const parts = Array.from({ length: LIMITS.volumeFolderDepth + 1 }, () => 'a');
    fs.mkdirSync(path.join(files.hostPath(place), ...parts), { recursive: true });
    await expect(files.setGroup(place, 2000, { onlyOnRootMismatch: false })).rejects.toThrow('lie deeper than 128');
  });
});

describe('what a folder takes', () => {
  test('is what its files take, without links, other file systems and second names', async () => {
    await files.makeDirectory(disk('v'), { mode: 0o777 });
    const folder = files.hostPath(disk('v'));
    const empty = await files.usage(disk('v'));
    fs.mkdirSync(path.join(folder, 'deep'));
    fs.writeFileSync(path.join(folder, 'deep/file'), Buffer.alloc(1_000_000, 1));
    fs.linkSync(path.join(folder, 'deep/file'), path.join(folder, 'again'));
    fs.symlinkSync('/usr', path.join(folder, 'link'));
    const usage = await files.usage(disk('v'));
    const grown = (usage?.bytes ?? 0) - (empty?.bytes ?? 0);
    expect(grown).toBeGreaterThanOrEqual(1_000_000);
    expect(grown).toBeLessThan(1_100_000);
    expect(usage?.inodes).toBe(4);
    expect(await files.usage(disk('none'))).toBeUndefined();
  });
});

describe('borders', () => {
  test.each(['../x', '../../etc', '', 'a/../..'])('a place %j outside its area is a bug', (name) => {
    expect(() => files.hostPath(disk(name))).toThrow('lies in its area');
  });

  test('a sub-path is made, and one that leads out through a link is refused', async () => {
    await files.makeDirectory(disk('v'), { mode: 0o777 });
    const volume = files.hostPath(disk('v'));
    expect(await files.resolveSubPath(volume, 'a/b')).toBe(path.join(fs.realpathSync(volume), 'a/b'));
    expect(fs.statSync(path.join(volume, 'a/b')).isDirectory()).toBe(true);
    fs.symlinkSync('/etc', path.join(volume, 'out'));
    await expect(files.resolveSubPath(volume, 'out')).rejects.toThrow('leads out');
    await expect(files.resolveSubPath(volume, 'out/new')).rejects.toThrow('leads out');
    expect(fs.existsSync('/etc/new')).toBe(false);
    await expect(files.resolveSubPath(volume, '../v2')).rejects.toThrow();
  });

  test('a link in place of a last-words file is not followed', async () => {
    await files.writeFile(disk('p/words'), 'last words', 0o666);
    expect(new TextDecoder().decode(await files.readTail(disk('p/words'), 5))).toBe('words');
    fs.rmSync(files.hostPath(disk('p/words')));
    fs.symlinkSync('/etc/hostname', files.hostPath(disk('p/words')));
    expect(await files.readTail(disk('p/words'), 100)).toBeUndefined();
  });

  test('removing a place leaves what its links point at', async () => {
    fs.writeFileSync(path.join(root, 'mine'), 'x');
    await files.makeDirectory(disk('v'), { mode: 0o755 });
    fs.symlinkSync(root, path.join(files.hostPath(disk('v')), 'up'));
    await files.remove(disk('v'));
    expect(fs.existsSync(path.join(root, 'mine'))).toBe(true);
    expect(await files.list(disk('v'))).toEqual([]);
  });
});

describe.runIf(isRoot)('memory', () => {
  test('is a tmpfs that a second start keeps, and goes when it is released', async () => {
    expect(await files.prepare()).toEqual({ memoryIsTmpfs: true });
    await files.writePayload({ area: 'memory', path: 'pods/u/s' }, [file('key', 'secret')]);
    expect(await files.prepare()).toEqual({ memoryIsTmpfs: true });
    expect(await files.list({ area: 'memory', path: 'pods' })).toEqual(['u']);
    const mounts = () => fs.readFileSync('/proc/mounts', 'utf8');
    expect(mounts()).toContain(`${path.join(root, 'memory')} tmpfs`);
    await files.releaseMemory();
    expect(mounts()).not.toContain(root);
  });

  test('an emptyDir in memory has its size and is unmounted with its pod', async () => {
    await files.mountMemory(disk('pods/u/ram'), { mode: 0o777, sizeBytes: 65_536 });
    await files.mountMemory(disk('pods/u/ram'), { mode: 0o777, sizeBytes: 65_536 });
    const full = files.hostPath(disk('pods/u/ram'));
    expect(() => fs.writeFileSync(path.join(full, 'big'), Buffer.alloc(100_000))).toThrow('ENOSPC');
    await files.remove(disk('pods/u'));
    expect(fs.existsSync(full)).toBe(false);
  });
});
