import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { PayloadFile } from '../volume-files.ts';

const DATA_LINK = '..data';

/**
 * "Projected keys are updated atomically": readers see the whole old or the whole new content. The kubelet's
 * AtomicWriter does it with a timestamped folder and one rename of the link `..data`; programs that watch for that
 * rename rely on these very names.
 */
export async function writePayload(
  directory: string,
  files: readonly PayloadFile[],
  groupId: number | undefined,
): Promise<boolean> {
  await makeDirectory(directory, groupId);
  const link = path.join(directory, DATA_LINK);
  const current = await fs.readlink(link).catch(() => undefined);
  if (current !== undefined && (await holdsExactly(path.join(directory, current), files, groupId))) return false;
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:T]/g, '_');
  const fresh = await fs.mkdtemp(path.join(directory, `..${stamp}.`));
  await fs.chmod(fresh, 0o755);
  if (groupId !== undefined) await own(fresh, 0o755, groupId);
  for (const file of files) await writeOne(fresh, file, groupId);
  const temporary = path.join(directory, '..data_tmp');
  await fs.rm(temporary, { force: true });
  await fs.symlink(path.basename(fresh), temporary);
  await fs.rename(temporary, link);
  await linkNames(directory, files);
  if (current !== undefined) await fs.rm(path.join(directory, current), { recursive: true, force: true });
  await removeLeftovers(directory, path.basename(fresh));
  return true;
}

async function makeDirectory(directory: string, groupId: number | undefined): Promise<void> {
  const made = await fs.mkdir(directory, { recursive: true });
  if (made === undefined) return;
  await fs.chmod(directory, 0o755);
  if (groupId !== undefined) await own(directory, 0o755, groupId);
}

async function writeOne(root: string, file: PayloadFile, groupId: number | undefined): Promise<void> {
  const full = path.join(root, file.path);
  let parent = root;
  for (const part of file.path.split('/').slice(0, -1)) {
    parent = path.join(parent, part);
    await fs.mkdir(parent, { recursive: true });
    await fs.chmod(parent, 0o755);
    if (groupId !== undefined) await own(parent, 0o755, groupId);
  }
  await fs.writeFile(full, file.bytes, { mode: file.mode });
  // The mask of the process applies to the mode at creation.
  await fs.chmod(full, effectiveMode(file.mode, groupId));
  if (groupId !== undefined) await fs.chown(full, -1, groupId);
}

async function own(full: string, mode: number, groupId: number): Promise<void> {
  await fs.chown(full, -1, groupId);
  await fs.chmod(full, mode | 0o2050);
}

/** With a group, read-only volumes let it read (kubelet, SetVolumeOwnership: mask 0440). */
function effectiveMode(mode: number, groupId: number | undefined): number {
  return groupId === undefined ? mode : mode | 0o440;
}

async function holdsExactly(
  folder: string,
  files: readonly PayloadFile[],
  groupId: number | undefined,
): Promise<boolean> {
  const present = await listFiles(folder, '').catch(() => undefined);
  if (present === undefined || present.length !== files.length) return false;
  for (const file of files) {
    const full = path.join(folder, file.path);
    const stats = await fs.stat(full).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size !== file.bytes.length) return false;
    if ((stats.mode & 0o777) !== (effectiveMode(file.mode, groupId) & 0o777)) return false;
    if (groupId !== undefined && stats.gid !== groupId) return false;
    if (!(await fs.readFile(full)).equals(file.bytes)) return false;
  }
  return true;
}

async function listFiles(folder: string, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      names.push(...(await listFiles(path.join(folder, entry.name), `${prefix}${entry.name}/`)));
    } else names.push(prefix + entry.name);
  }
  return names;
}

async function linkNames(directory: string, files: readonly PayloadFile[]): Promise<void> {
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? ''));
  for (const name of await fs.readdir(directory)) {
    if (name.startsWith('..')) continue;
    if (wanted.has(name)) wanted.delete(name);
    else await fs.rm(path.join(directory, name), { recursive: true, force: true });
  }
  for (const name of wanted) await fs.symlink(`${DATA_LINK}/${name}`, path.join(directory, name));
}

/** A crash may have left folders that no link points at. */
async function removeLeftovers(directory: string, current: string): Promise<void> {
  for (const name of await fs.readdir(directory)) {
    if (!name.startsWith('..') || name === DATA_LINK || name === current) continue;
    await fs.rm(path.join(directory, name), { recursive: true, force: true });
  }
}
