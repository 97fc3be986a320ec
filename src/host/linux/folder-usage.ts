import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { FolderUsage } from '../volume-files.ts';

/** What `st_blocks` counts in (stat(2)). */
const BLOCK_BYTES = 512;

/**
 * Adds up a folder as `du -x` does: links are not followed, other file systems not entered, and a file with several
 * names counts once.
 */
export async function folderUsage(root: string): Promise<FolderUsage | undefined> {
  const top = await statOf(root);
  if (top === undefined) return undefined;
  const linked = new Set<number>();
  let bytes = top.blocks * BLOCK_BYTES;
  let inodes = 1;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await fs.opendir(folder).catch(() => undefined);
    if (entries === undefined) continue;
    for await (const entry of entries) {
      const path = `${folder}/${entry.name}`;
      const stats = await statOf(path);
      if (stats === undefined || stats.dev !== top.dev || linked.has(stats.ino)) continue;
      if (stats.nlink > 1 && !stats.isDirectory()) linked.add(stats.ino);
      if (stats.isDirectory()) folders.push(path);
      bytes += stats.blocks * BLOCK_BYTES;
      inodes++;
    }
  }
  return { bytes, inodes };
}

/** What is gone by now takes nothing. */
function statOf(path: string): Promise<Stats | undefined> {
  return fs.lstat(path).catch(() => undefined);
}
