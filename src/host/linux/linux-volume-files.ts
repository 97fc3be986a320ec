import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { assert } from '../../lib/assert.ts';
import { messageOf } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type {
  DirectoryOptions,
  FolderUsage,
  GroupOptions,
  HostPathInfo,
  PayloadFile,
  VolumeAreas,
  VolumeFiles,
  VolumePlace,
} from '../volume-files.ts';
import { folderUsage } from './folder-usage.ts';
import { writePayload } from './payload-writer.ts';
import { setVolumeGroup } from './volume-ownership.ts';

const run = promisify(execFile);

export interface LinuxVolumeFilesOptions {
  /** Absolute directory of the `disk` area. */
  readonly diskDirectory: string;
  /** Absolute directory of the `storage` area. */
  readonly storageDirectory: string;
  /** Absolute directory of the `memory` area: becomes a tmpfs where the rights suffice. */
  readonly memoryDirectory: string;
}

/** Volumes on Linux: plain files, and tmpfs mounts through `mount` where Berth is root. */
export class LinuxVolumeFiles implements VolumeFiles {
  readonly #directories: Readonly<Record<VolumePlace['area'], string>>;

  constructor(options: LinuxVolumeFilesOptions) {
    this.#directories = {
      disk: path.resolve(options.diskDirectory),
      memory: path.resolve(options.memoryDirectory),
      storage: path.resolve(options.storageDirectory),
    };
  }

  async prepare(): Promise<VolumeAreas> {
    const { disk, memory, storage } = this.#directories;
    await fs.mkdir(disk, { recursive: true, mode: 0o700 });
    await fs.mkdir(storage, { recursive: true, mode: 0o700 });
    await fs.mkdir(memory, { recursive: true, mode: 0o700 });
    if (await isTmpfs(memory)) return { memoryIsTmpfs: true };
    try {
      await mountTmpfs(memory, 0o700, LIMITS.secretVolumesBytes);
      return { memoryIsTmpfs: true };
    } catch (error) {
      return { memoryIsTmpfs: false, problem: messageOf(error).trim().split('\n').at(-1) ?? '' };
    }
  }

  hostPath(place: VolumePlace): string {
    const root = this.#directories[place.area];
    const full = path.resolve(root, place.path);
    assert(full.startsWith(`${root}/`), `A volume's place lies in its area: ${place.path}`);
    return full;
  }

  async writePayload(place: VolumePlace, files: readonly PayloadFile[], groupId?: number): Promise<boolean> {
    return writePayload(this.hostPath(place), files, groupId);
  }

  async makeDirectory(place: VolumePlace, options: DirectoryOptions): Promise<void> {
    await makeOwnedDirectory(this.hostPath(place), options);
  }

  async setGroup(
    place: VolumePlace | { readonly hostPath: string },
    groupId: number,
    options: GroupOptions,
  ): Promise<void> {
    await setVolumeGroup('hostPath' in place ? place.hostPath : this.hostPath(place), groupId, options);
  }

  async mountMemory(place: VolumePlace, options: DirectoryOptions & { readonly sizeBytes?: number }): Promise<void> {
    const full = this.hostPath(place);
    await fs.mkdir(full, { recursive: true });
    if ((await mountPoints()).includes(full)) return;
    await mountTmpfs(full, options.mode, options.sizeBytes);
    await own(full, options);
  }

  async writeFile(place: VolumePlace, text: string, mode: number): Promise<void> {
    const full = this.hostPath(place);
    await fs.mkdir(path.dirname(full), { recursive: true, mode: 0o750 });
    await fs.writeFile(full, text);
    await fs.chmod(full, mode);
  }

  async readTail(place: VolumePlace, maxBytes: number): Promise<Uint8Array | undefined> {
    // A container may have put a link in place of the file it was given; that must not lead to a file of the host.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await fs.open(this.hostPath(place), flags).catch(() => undefined);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      const length = Math.min(size, maxBytes);
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async remove(place: VolumePlace): Promise<void> {
    await removeTree(this.hostPath(place));
  }

  async releaseMemory(): Promise<void> {
    await removeTree(this.#directories.memory);
  }

  async list(place: VolumePlace): Promise<readonly string[]> {
    const names = await fs.readdir(this.hostPath(place)).catch(ignoreMissing);
    return names === undefined ? [] : names.sort();
  }

  async usage(place: VolumePlace): Promise<FolderUsage | undefined> {
    return folderUsage(this.hostPath(place));
  }

  async resolveSubPath(volumeHostPath: string, subPath: string): Promise<string> {
    const root = await fs.realpath(volumeHostPath);
    const wanted = path.resolve(root, subPath);
    assert(wanted === root || wanted.startsWith(`${root}/`), `A subPath stays in its volume: ${subPath}`);
    const real = (await fs.realpath(wanted).catch(ignoreMissing)) ?? (await makeBelow(root, wanted));
    if (real === root || real.startsWith(`${root}/`)) return real;
    throw new Error(`subPath "${subPath}" leads out of its volume`);
  }

  async inspectHostPath(hostPath: string): Promise<HostPathInfo> {
    const realPath = await fs.realpath(hostPath).catch(ignoreMissing);
    if (realPath === undefined) return { type: 'missing', realPath: path.resolve(hostPath) };
    const stats = await fs.stat(realPath);
    if (stats.isDirectory()) return { type: 'directory', realPath };
    if (stats.isFile()) return { type: 'file', realPath };
    if (stats.isSocket()) return { type: 'socket', realPath };
    if (stats.isCharacterDevice()) return { type: 'charDevice', realPath };
    return { type: stats.isBlockDevice() ? 'blockDevice' : 'other', realPath };
  }

  async createHostPath(hostPath: string, type: 'directory' | 'file'): Promise<void> {
    if (type === 'directory') await fs.mkdir(hostPath, { recursive: true, mode: 0o755 });
    else await (await fs.open(hostPath, 'a', 0o644)).close();
  }
}

/** Makes the missing tail of a path one directory at a time, and looks after each step that no link leads out. */
async function makeBelow(root: string, wanted: string): Promise<string> {
  let current = root;
  for (const part of path.relative(root, wanted).split('/')) {
    const next = path.join(current, part);
    await fs.mkdir(next, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    current = await fs.realpath(next);
    if (!current.startsWith(`${root}/`)) throw new Error('subPath leads out of its volume');
    const parent = await fs.stat(path.dirname(current));
    await fs.chown(current, parent.uid, parent.gid);
    await fs.chmod(current, parent.mode & 0o7777);
  }
  return current;
}

async function makeOwnedDirectory(full: string, options: DirectoryOptions): Promise<void> {
  const made = await fs.mkdir(full, { recursive: true });
  if (made !== undefined) await own(full, options);
}

/**
 * PodSecurityContext.fsGroup: "1. The owning GID will be the FSGroup 2. The setgid bit is set (new files created in the
 * volume will be owned by FSGroup) 3. The permission bits are OR'd with rw-rw----".
 */
async function own(full: string, { mode, groupId }: DirectoryOptions): Promise<void> {
  if (groupId !== undefined) await fs.chown(full, -1, groupId);
  await fs.chmod(full, groupId === undefined ? mode : mode | 0o2770);
}

async function removeTree(full: string): Promise<void> {
  for (const mount of (await mountPoints()).reverse()) {
    if (mount === full || mount.startsWith(`${full}/`)) await run('umount', ['-l', mount]);
  }
  await fs.rm(full, { recursive: true, force: true });
}

async function mountTmpfs(target: string, mode: number, sizeBytes: number | undefined): Promise<void> {
  const size = sizeBytes === undefined ? '' : `,size=${sizeBytes}`;
  await run('mount', ['-t', 'tmpfs', '-o', `nosuid,nodev,mode=${mode.toString(8)}${size}`, 'berth', target]);
}

async function isTmpfs(directory: string): Promise<boolean> {
  return (await mountPoints()).includes(await fs.realpath(directory));
}

/** Mount points in order of mounting; octal escapes stand for blanks (proc(5), mountinfo). */
async function mountPoints(): Promise<string[]> {
  const text = await fs.readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point !== '')
    .map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return undefined;
}
