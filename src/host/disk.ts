/**
 * The files of one directory, as the store needs them. Names are plain file names without slashes. Every call that the
 * operating system refuses rejects with the system's error (`code` is `ENOSPC`, `EIO`, `ENOENT`, …).
 */
export interface Disk {
  /** Names of all files, sorted. */
  list(): Promise<readonly string[]>;
  sizeOf(name: string): Promise<number>;
  /** Reads `length` bytes from `offset`; fewer at the end of the file. Without bounds: the whole file. */
  read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** Opens an existing file for appending after cutting it to `sizeBytes`. */
  openAppender(name: string, sizeBytes: number): Promise<DiskAppender>;
  /**
   * Writes the whole file under a temporary name (which ends with `.tmp`), syncs it, renames it into place over any
   * older file of that name, and syncs the directory. `chunks` is read as it is written, with other work in between.
   * When it rejects, the file is as it was.
   */
  writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void>;
  /** Renames a file over any other of the new name. */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes renames and removals durable. */
  syncDirectory(): Promise<void>;
}

/**
 * One file that is open for appending. One call of these at a time. Behind its end the file may hold zero bytes, which
 * are reserved for what is appended next; `close` cuts them off, durably, and after a crash they are still there.
 */
export interface DiskAppender {
  readonly sizeBytes: number;
  /** When it rejects, any leading part may have been written. */
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** Makes all appended bytes durable (`fdatasync`). */
  sync(): Promise<void>;
  /**
   * Appends these bytes and makes them durable. What `append` left unsynced before may stay so. When it rejects, any
   * leading part may have been written, and be durable or not.
   */
  appendSynced(chunks: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}
