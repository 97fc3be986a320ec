/** What the machine as a whole uses, everything that is no container of Berth included. */
export interface MachineUsage {
  /** `undefined` where the system does not tell. */
  read(): Promise<MachineUsagePoint | undefined>;
  /** The file system that a path lies on; `undefined` where the system does not tell, or there is no such path. */
  readDisk(path: string): Promise<DiskPoint | undefined>;
}

export interface MachineUsagePoint {
  /** Processor time that was used since the machine started, over all processors. */
  readonly cpuNanoseconds: number;
  /** "The working set": what is used, without files in memory that were not read lately. */
  readonly memoryWorkingSetBytes: number;
  /** What could still be used without swapping. */
  readonly memoryAvailableBytes: number;
}

export interface DiskPoint {
  /** Equal for paths of one file system. */
  readonly device: string;
  readonly capacityBytes: number;
  /** For whoever is not root. */
  readonly availableBytes: number;
  /** 0 where the file system makes inodes as it needs them. */
  readonly inodes: number;
  readonly freeInodes: number;
}
