/**
 * The files of one directory, as the store needs them. Names are plain file names without slashes. Every call that the operating
 * system refuses rejects with the system's error (`code` is `ENOSPC`, `EIO`, …).
 */
export interface Disk {
  /** Names of all files, sorted. */
  list(): Promise<readonly string[]>;
  sizeOf(name: string): Promise<number>;
  /** Reads `length` bytes from `offset`; fewer at the end of the file. Without bounds: the whole file. */
  read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  /** Creates the file (it must not exist) and keeps it open for appending. */
  createAppender(name: string): Promise<DiskAppender>;
  /** Opens an existing file for appending after cutting it to `sizeBytes`. */
  openAppender(name: string, sizeBytes: number): Promise<DiskAppender>;
  /** Writes the whole file under a temporary name, syncs it, renames it into place and syncs the directory. */
  writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes creations, renames and removals durable. */
  syncDirectory(): Promise<void>;
}

export interface DiskAppender {
  readonly sizeBytes: number;
  append(chunks: readonly Uint8Array[]): Promise<void>;
  /** Makes all appended bytes durable (`fdatasync`). */
  sync(): Promise<void>;
  close(): Promise<void>;
}
