import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerUsage } from '../runtime.ts';

const MOUNT = '/sys/fs/cgroup';

/**
 * The cgroup that a pod's containers go into, so that tools which know Kubernetes find them together: a path for the
 * `cgroupfs` driver, a slice for `systemd`. `undefined` for a rootless engine without cgroups.
 */
export function cgroupParentOf(cgroupDriver: string, podUid: string): string | undefined {
  if (cgroupDriver === 'cgroupfs') return `/kubepods/pod${podUid}`;
  // In a slice's name a dash stands for a level of the hierarchy.
  if (cgroupDriver === 'systemd') return `kubepods-pod${podUid.replaceAll('-', '_')}.slice`;
  return undefined;
}

/**
 * Removes the empty cgroups that the `cgroupfs` driver leaves behind when a pod is gone. Those in use refuse by
 * themselves.
 */
export async function removePodCgroups(podUid: string): Promise<void> {
  const path = cgroupParentOf('cgroupfs', podUid);
  if (path === undefined) return;
  const entries = await readdir(MOUNT, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(MOUNT, entry.name, path));
  await Promise.all([join(MOUNT, path), ...folders].map((folder) => rmdir(folder).catch(() => {})));
}

/** Where the kernel tells about one container. */
export type CgroupFiles =
  | { readonly version: '1'; readonly cpu: string; readonly memory: string }
  | { readonly version: '2'; readonly folder: string };

/** Reads the cgroup of a process from `/proc/<pid>/cgroup`; `undefined` when it is gone or not on this machine. */
export async function findCgroupFiles(pid: number, containerId: string): Promise<CgroupFiles | undefined> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  const files = parseProcessCgroups(text);
  // A process id may belong to another process by now, or to another machine's container.
  return text.includes(containerId) ? files : undefined;
}

/** Parses lines `<hierarchy>:<controllers>:<path>`; version 2 is the line without controllers. */
export function parseProcessCgroups(text: string): CgroupFiles | undefined {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, ...path] = line.split(':');
    if (controllers === undefined) continue;
    for (const controller of controllers.split(',')) paths.set(controller, path.join(':'));
  }
  const cpu = paths.get('cpuacct');
  const memory = paths.get('memory');
  if (cpu !== undefined && memory !== undefined) {
    return { version: '1', cpu: join(MOUNT, 'cpuacct', cpu), memory: join(MOUNT, 'memory', memory) };
  }
  const unified = paths.get('');
  return unified === undefined ? undefined : { version: '2', folder: join(MOUNT, unified) };
}

/**
 * CPU time and working set, which the kubelet defines as the memory in use without inactive file cache. `undefined`
 * when the cgroup is gone.
 */
export async function readCgroupUsage(files: CgroupFiles): Promise<ContainerUsage | undefined> {
  try {
    return files.version === '1' ? await readVersion1(files.cpu, files.memory) : await readVersion2(files.folder);
  } catch {
    return undefined;
  }
}

async function readVersion1(cpu: string, memory: string): Promise<ContainerUsage> {
  const [nanoseconds, used, stat] = await Promise.all([
    readFile(join(cpu, 'cpuacct.usage'), 'utf8'),
    readFile(join(memory, 'memory.usage_in_bytes'), 'utf8'),
    readFile(join(memory, 'memory.stat'), 'utf8'),
  ]);
  return {
    cpuNanoseconds: Number(nanoseconds),
    memoryWorkingSetBytes: workingSet(Number(used), statValue(stat, 'total_inactive_file')),
  };
}

async function readVersion2(folder: string): Promise<ContainerUsage> {
  const [cpu, used, stat] = await Promise.all([
    readFile(join(folder, 'cpu.stat'), 'utf8'),
    readFile(join(folder, 'memory.current'), 'utf8'),
    readFile(join(folder, 'memory.stat'), 'utf8'),
  ]);
  return {
    cpuNanoseconds: statValue(cpu, 'usage_usec') * 1000,
    memoryWorkingSetBytes: workingSet(Number(used), statValue(stat, 'inactive_file')),
  };
}

export function workingSet(usedBytes: number, inactiveFileBytes: number): number {
  return Math.max(0, usedBytes - inactiveFileBytes);
}

function statValue(stat: string, key: string): number {
  const line = stat.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return Number(line?.slice(key.length + 1) ?? 0);
}
