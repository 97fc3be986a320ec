import { expect, test } from 'vitest';
import type { DiskPoint } from '../../host/machine-usage.ts';
import { computePressure, type MachineState } from './compute-pressure.ts';

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;

const memory = (availableMebibytes: number) => ({
  memory: { availableBytes: availableMebibytes * MEBIBYTE, capacityBytes: 8 * GIBIBYTE },
});

function disk(
  capacityGibibytes: number,
  availableGibibytes: number,
  inodes: readonly [number, number] = [1000, 900],
): DiskPoint {
  return {
    device: 'a',
    capacityBytes: capacityGibibytes * GIBIBYTE,
    availableBytes: availableGibibytes * GIBIBYTE,
    inodes: inodes[0],
    freeInodes: inodes[1],
  };
}

test.each<readonly [string, MachineState, string]>([
  ['nothing that is measured is short', { ...memory(100), nodefs: disk(20, 10), imagefs: disk(20, 10) }, ''],
  ['memory', memory(99), 'memory.available 104857600'],
  ['a tenth of the disk of pods', { nodefs: disk(20, 1.9) }, `nodefs.available ${2 * GIBIBYTE}`],
  [
    'three twentieths of the disk of images',
    { imagefs: disk(20, 2.9), nodefs: disk(20, 2.9) },
    `imagefs.available ${3 * GIBIBYTE}`,
  ],
  ['of a large disk no more than of one of 100 GiB', { nodefs: disk(2000, 10), imagefs: disk(2000, 15) }, ''],
  ['and that is short, too', { nodefs: disk(2000, 9.9) }, `nodefs.available ${10 * GIBIBYTE}`],
  ['a twentieth of the inodes', { nodefs: disk(20, 10, [1000, 49]) }, 'nodefs.inodesFree 50'],
  ['none are counted where none are', { nodefs: disk(20, 10, [0, 0]) }, ''],
  [
    'memory first, then images, then pods',
    { ...memory(1), nodefs: disk(20, 1, [1000, 1]), imagefs: disk(20, 1, [1000, 1]) },
    `memory.available 104857600, imagefs.available ${3 * GIBIBYTE}, nodefs.available ${2 * GIBIBYTE}, imagefs.inodesFree 50, nodefs.inodesFree 50`,
  ],
])('%s', (_what, machine, expected) => {
  const { met } = computePressure(machine, {}, 0);
  expect(met.map(({ signal, threshold }) => `${signal} ${threshold}`).join(', ')).toBe(expected);
});

test('pressure lasts for five minutes after a threshold was met last, each kind by itself', () => {
  const at = (machine: MachineState, monotonicMs: number, lastMetAtMs = {}) => {
    const { isUnder, lastMetAtMs: next } = computePressure(machine, lastMetAtMs, monotonicMs);
    return { isUnder, next };
  };
  const good = { ...memory(500), nodefs: disk(20, 10) };
  expect(at(good, 1_000)).toEqual({ isUnder: { MemoryPressure: false, DiskPressure: false }, next: {} });
  const short = at({ ...good, nodefs: disk(20, 1) }, 1_000);
  expect(short).toEqual({ isUnder: { MemoryPressure: false, DiskPressure: true }, next: { DiskPressure: 1_000 } });
  expect(at(good, 300_999, short.next).isUnder.DiskPressure).toBe(true);
  expect(at(good, 301_000, short.next)).toEqual({ isUnder: { MemoryPressure: false, DiskPressure: false }, next: {} });
  expect(at({ ...good, ...memory(50) }, 5_000, short.next).next).toEqual({
    MemoryPressure: 5_000,
    DiskPressure: 1_000,
  });
});

test('what the machine does not tell has no pressure, and has had none', () => {
  const unknown = computePressure({ memory: undefined, nodefs: undefined }, { DiskPressure: 1 }, 2);
  expect(unknown).toEqual({
    met: [],
    lastMetAtMs: {},
    isUnder: { MemoryPressure: undefined, DiskPressure: undefined },
  });
});
