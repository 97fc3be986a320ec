/**
 * The files and mounts that pods' volumes are made of. Three areas: `disk` below the data directory, `memory`, whose
 * content never reaches a disk, and `storage`, whose folders outlive their pods. Places are relative paths of plain
 * names; nothing outside the areas is ever written or removed, and no symbolic link is followed on the way. Calls that
 * the operating system refuses reject with its error (`code` is `ENOSPC`, …).
 */
export interface VolumeFiles {
  /** Makes all areas exist. Safe to repeat; a memory area that is there already keeps its content. */
  prepare(): Promise<VolumeAreas>;
  /** Where the engine finds a place, as an absolute path. */
  hostPath(place: VolumePlace): string;
  /**
   * Makes a directory hold exactly these files, all at once: they lie in a timestamped folder that `..data` points at,
   * and each name is a link through `..data`. Returns whether anything changed; when nothing did, nothing is touched.
   */
  writePayload(place: VolumePlace, files: readonly PayloadFile[], groupId?: number): Promise<boolean>;
  /** Makes a directory with its parents; one that exists keeps its content and mode. */
  makeDirectory(place: VolumePlace, options: DirectoryOptions): Promise<void>;
  /** Lets a group own a directory, all that is in it and what is made in it from now on. No link in it is followed. */
  setGroup(place: VolumePlace | { readonly hostPath: string }, groupId: number, options: GroupOptions): Promise<void>;
  /** Makes a directory that holds its files in memory; where the rights for a mount are missing it rejects. */
  mountMemory(place: VolumePlace, options: DirectoryOptions & { readonly sizeBytes?: number }): Promise<void>;
  /** Writes a file in place, so that a mount of it sees the change; makes its parents. */
  writeFile(place: VolumePlace, text: string, mode: number): Promise<void>;
  /** The end of a file, at most `maxBytes`; `undefined` when it does not exist. */
  readTail(place: VolumePlace, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Unmounts what is mounted below and removes the place with everything in it. */
  remove(place: VolumePlace): Promise<void>;
  /**
   * Gives the memory area back, with all that is in it. For `berth down`, when no pod is left; it comes again with
   * `prepare`.
   */
  releaseMemory(): Promise<void>;
  /**
   * What lies in a directory, itself included, without what is mounted below it; `undefined` when it does not exist.
   */
  usage(place: VolumePlace): Promise<FolderUsage | undefined>;
  /** Names in a directory, sorted; none when it does not exist. */
  list(place: VolumePlace): Promise<readonly string[]>;
  /**
   * The host path of a path inside a volume, with links resolved; a missing one is made as a directory. Rejects when it
   * leads out.
   */
  resolveSubPath(volumeHostPath: string, subPath: string): Promise<string>;
  /** What is at a path of the host, with links resolved. */
  inspectHostPath(path: string): Promise<HostPathInfo>;
  /** Makes a missing directory or empty file of the host, for the `…OrCreate` types of hostPath. */
  createHostPath(path: string, type: 'directory' | 'file'): Promise<void>;
}

export interface VolumePlace {
  readonly area: 'disk' | 'memory' | 'storage';
  readonly path: string;
}

export interface PayloadFile {
  /** Relative, with `/` between parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

export interface DirectoryOptions {
  readonly mode: number;
  /** Owning group; files made inside inherit it. */
  readonly groupId?: number;
}

export interface GroupOptions {
  /** Touches nothing where the directory itself is owned as it should be already. */
  readonly onlyOnRootMismatch: boolean;
}

export interface FolderUsage {
  /** As the disk counts them, in blocks. */
  readonly bytes: number;
  readonly inodes: number;
}

export interface VolumeAreas {
  /** `false`: the memory area lies on a disk, because of `problem`. */
  readonly memoryIsTmpfs: boolean;
  readonly problem?: string;
}

export interface HostPathInfo {
  readonly type: 'missing' | 'directory' | 'file' | 'socket' | 'charDevice' | 'blockDevice' | 'other';
  readonly realPath: string;
}
