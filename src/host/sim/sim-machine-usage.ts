import type { DiskPoint, MachineUsage, MachineUsagePoint } from '../machine-usage.ts';

/** What a simulated machine is asked for its use of itself. */
export interface SimMachineMeter {
  machineUsage(): MachineUsagePoint;
  disk(path: string): DiskPoint;
}

export function simMachineUsage(meter: SimMachineMeter): MachineUsage {
  return { read: async () => meter.machineUsage(), readDisk: async (path) => meter.disk(path) };
}
