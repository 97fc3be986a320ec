import { expect, test } from 'vitest';
import { LinuxMachineUsage, parseMachineUsage } from './linux-machine-usage.ts';

const STAT = 'cpu  100 20 30 4000 50 6 7 8 90 0\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
const MEMORY =
  'MemTotal:       1000 kB\nMemFree:         300 kB\nMemAvailable:    450 kB\nInactive:        250 kB\nInactive(file):  200 kB\n';

test('busy time counts, and memory without what may go at any time', () => {
  expect(parseMachineUsage(STAT, MEMORY)).toEqual({
    cpuNanoseconds: 163 * 10_000_000,
    memoryWorkingSetBytes: 500 * 1024,
    memoryAvailableBytes: 450 * 1024,
  });
});

test.each([
  ['', MEMORY],
  [STAT, 'MemTotal: 1000 kB\n'],
])('what is not told is not guessed', (stat, memory) => {
  expect(parseMachineUsage(stat, memory)).toBeUndefined();
});

test('a disk is told of by any path on it, and none of where there is no path', async () => {
  const usage = new LinuxMachineUsage();
  const disk = await usage.readDisk(import.meta.dirname);
  expect(await usage.readDisk(`${import.meta.dirname}/..`)).toMatchObject({ device: disk?.device });
  expect(disk?.capacityBytes).toBeGreaterThan(disk?.availableBytes ?? Number.POSITIVE_INFINITY);
  expect(disk?.availableBytes).toBeGreaterThan(0);
  expect(await usage.readDisk('/does/not/exist')).toBeUndefined();
});
