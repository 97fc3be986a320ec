/** What the machine as a whole uses, everything that is no container of Berth included. */
export interface MachineUsage {
  /** `undefined` where the system does not tell. */
  read(): Promise<MachineUsagePoint | undefined>;
}

export interface MachineUsagePoint {
  /** Processor time that was used since the machine started, over all processors. */
  readonly cpuNanoseconds: number;
  /** "The working set": what is used, without files in memory that were not read lately. */
  readonly memoryWorkingSetBytes: number;
  /** What could still be used without swapping. */
  readonly memoryAvailableBytes: number;
}
