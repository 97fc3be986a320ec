import { readFile, stat, statfs } from 'node:fs/promises';
import type { DiskPoint, MachineUsage, MachineUsagePoint } from '../machine-usage.ts';

/** `USER_HZ`: what the times in /proc/stat are counted in; 100 on every architecture that Berth runs on (proc(5)). */
const NANOSECONDS_PER_TICK = 10_000_000;

/** Reads /proc/stat and /proc/meminfo, which say the same in a container as outside of it. */
export class LinuxMachineUsage implements MachineUsage {
  readonly #root: string;

  constructor(root = '/proc') {
    this.#root = root;
  }

  async read(): Promise<MachineUsagePoint | undefined> {
    try {
      const [stat, memory] = await Promise.all([
        readFile(`${this.#root}/stat`, 'utf8'),
        readFile(`${this.#root}/meminfo`, 'utf8'),
      ]);
      return parseMachineUsage(stat, memory);
    } catch {
      return undefined;
    }
  }

  async readDisk(path: string): Promise<DiskPoint | undefined> {
    try {
      const [{ dev }, { bsize, blocks, bavail, files, ffree }] = await Promise.all([stat(path), statfs(path)]);
      return {
        device: String(dev),
        capacityBytes: blocks * bsize,
        availableBytes: bavail * bsize,
        inodes: files,
        freeInodes: ffree,
      };
    } catch {
      return undefined;
    }
  }
}

/**
 * cAdvisor, for the root of the machine: used memory is `MemTotal - MemFree`, and the working set that without
 * `Inactive(file)`. Times: user, nice, system, irq and softirq; idle, iowait and steal are not use, and guests are
 * counted in user already.
 */
export function parseMachineUsage(stat: string, memory: string): MachineUsagePoint | undefined {
  const [, user, nice, system, , , irq, softirq] = (/^cpu .*$/m.exec(stat)?.[0] ?? '').split(/\s+/).map(Number);
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(memory)?.[1]);
  const times = [user, nice, system, irq, softirq].map((time) => time ?? Number.NaN);
  const ticks = times.reduce((sum, time) => sum + time, 0);
  const usedKibibytes = kibibytes('MemTotal') - kibibytes('MemFree') - kibibytes('Inactive\\(file\\)');
  const availableKibibytes = kibibytes('MemAvailable');
  if (![ticks, usedKibibytes, availableKibibytes].every(Number.isFinite)) return undefined;
  return {
    cpuNanoseconds: ticks * NANOSECONDS_PER_TICK,
    memoryWorkingSetBytes: Math.max(0, usedKibibytes) * 1024,
    memoryAvailableBytes: availableKibibytes * 1024,
  };
}
