import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { LIMITS } from '../../lib/limits.ts';

/** A file that is written while its group is set must not stop the rest: it is gone, or another one is in its place. */
const VANISHED = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'];
/** Without the rights of root, what containers made as another user stays theirs. */
const NOT_OURS = ['EPERM', 'EACCES'];
/** Beside `S_ISGID`: what a group needs of a folder to work in it. */
const DIRECTORY_BITS = 0o2770;
const FILE_BITS = 0o660;

/**
 * Lets a group own a folder with all that is in it, as the kubelet does before a pod with an fsGroup starts
 * (SetVolumeOwnership). PodSecurityContext.fsGroup: "1. The owning GID will be the FSGroup 2. The setgid bit is set
 * (new files created in the volume will be owned by FSGroup) 3. The permission bits are OR'd with rw-rw----";
 * "OnRootMismatch will change it only when permission and ownership of root directory does not match with expected
 * permissions and ownership of the volume."
 *
 * Pods may write in the folder meanwhile, so nothing is reached by a path that one of them could bend: each folder is
 * opened without following a link, and its entries are reached through what was opened. A link itself is only given to
 * the group.
 */
export async function setVolumeGroup(
  root: string,
  groupId: number,
  options: { readonly onlyOnRootMismatch: boolean },
): Promise<void> {
  const { gid, mode } = await fs.stat(root);
  if (options.onlyOnRootMismatch && gid === groupId && (mode & DIRECTORY_BITS) === DIRECTORY_BITS) return;
  const handle = await fs.open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await setBelow(handle, groupId, 1);
    // The root comes last: a walk that was cut short is seen, and done again.
    await own(handle, groupId);
  } finally {
    await handle.close();
  }
}

async function setBelow(folder: fs.FileHandle, groupId: number, depth: number): Promise<void> {
  // Each level holds two open files: a pod must not use up those of Berth.
  if (depth > LIMITS.volumeFolderDepth)
    throw new Error(`its folders lie deeper than ${LIMITS.volumeFolderDepth} levels`);
  const place = `/proc/self/fd/${folder.fd}`;
  for await (const entry of await fs.opendir(place)) {
    const path = `${place}/${entry.name}`;
    try {
      if (entry.isDirectory() || entry.isFile())
        await setEntry(path, groupId, entry.isDirectory() ? depth + 1 : undefined);
      else await fs.lchown(path, (await fs.lstat(path)).uid, groupId);
    } catch (error) {
      if (!isPassable(error)) throw error;
    }
  }
}

/** `depth` is that of a folder. */
async function setEntry(path: string, groupId: number, depth: number | undefined): Promise<void> {
  const only = depth !== undefined ? constants.O_DIRECTORY : constants.O_NONBLOCK;
  const handle = await fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | only);
  try {
    if (depth !== undefined) await setBelow(handle, groupId, depth);
    await own(handle, groupId);
  } finally {
    await handle.close();
  }
}

/** Writes nothing where all is as it should be, so that a large volume costs little when it is mounted again. */
async function own(handle: fs.FileHandle, groupId: number): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile() && !stats.isDirectory()) return;
  const wanted = stats.mode | (stats.isDirectory() ? DIRECTORY_BITS : FILE_BITS);
  if (stats.gid !== groupId) await handle.chown(stats.uid, groupId);
  // A change of the owner takes the set-user and set-group bits away, so the mode comes after it.
  if (stats.gid !== groupId || wanted !== stats.mode) await handle.chmod(wanted & 0o7777);
}

function isPassable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return VANISHED.includes(code) || (NOT_OURS.includes(code) && process.getuid?.() !== 0);
}
