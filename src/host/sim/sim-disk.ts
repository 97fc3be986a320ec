import { assert } from '../../lib/assert.ts';
import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomFraction, randomInteger } from '../../lib/random.ts';
import type { Disk, DiskAppender } from '../disk.ts';

/** One call on the disk, as the fault hook sees it. */
export interface DiskOperation {
  readonly kind:
    | 'list'
    | 'sizeOf'
    | 'read'
    | 'openAppender'
    | 'append'
    | 'sync'
    | 'write'
    | 'rename'
    | 'remove'
    | 'syncDirectory';
  readonly name: string;
  /** Bytes to be written; 0 where none are. */
  readonly sizeBytes: number;
}

/** What happens to a call. */
export interface DiskFault {
  readonly delayMs?: number;
  /** The system's error code with which the call fails. */
  readonly error?: string;
  /** Of a failing append: how many bytes are written all the same. */
  readonly writtenBytes?: number;
}

export interface SimDiskOptions {
  /** Needed for delays. */
  readonly clock?: Clock;
  /** Asked before each call; may delay it or make it fail. */
  readonly onOperation?: (operation: DiskOperation) => DiskFault | undefined;
  /** All files together; a write beyond it fails with `ENOSPC` after what fits. Unlimited when left out. */
  readonly capacityBytes?: number;
}

/** The unit in which a disk without power keeps or loses what was not synced. */
const SECTOR_BYTES = 512;

class SimFile {
  bytes: Buffer = Buffer.alloc(0);
  sizeBytes = 0;
  /** The leading part that survives a loss of power. */
  syncedBytes = 0;
  /** What an unsynced cut took from the synced part: it may come back. */
  cutTail: Buffer = Buffer.alloc(0);

  get content(): Buffer {
    return this.bytes.subarray(0, this.sizeBytes);
  }

  append(chunk: Uint8Array): void {
    const neededBytes = this.sizeBytes + chunk.length;
    if (neededBytes > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(neededBytes, this.bytes.length * 2));
      this.content.copy(grown);
      this.bytes = grown;
    }
    this.bytes.set(chunk, this.sizeBytes);
    this.sizeBytes = neededBytes;
  }

  cut(sizeBytes: number): void {
    if (sizeBytes < this.syncedBytes) this.cutTail = Buffer.from(this.content.subarray(sizeBytes, this.syncedBytes));
    this.sizeBytes = sizeBytes;
    this.syncedBytes = Math.min(this.syncedBytes, sizeBytes);
  }

  copy(): SimFile {
    const copy = new SimFile();
    copy.append(this.content);
    copy.syncedBytes = this.syncedBytes;
    copy.cutTail = this.cutTail;
    return copy;
  }

  sync(sizeBytes: number): void {
    this.syncedBytes = Math.max(this.syncedBytes, sizeBytes);
    this.cutTail = Buffer.alloc(0);
  }
}

/**
 * A disk in memory that knows what was synced. `crash` gives the disk as it is found after the process was killed or
 * the power was lost; calls on the old one then never return and have no effect.
 */
export class SimDisk implements Disk {
  readonly #options: SimDiskOptions;
  readonly #files = new Map<string, SimFile>();
  /** The directory as a loss of power leaves it. */
  readonly #syncedFiles = new Map<string, SimFile>();
  /** Appends under way: a crash may catch them half done. */
  readonly #appending = new Set<{ readonly file: SimFile; readonly bytes: Uint8Array }>();
  #hasCrashed = false;

  constructor(options: SimDiskOptions = {}) {
    this.#options = options;
  }

  async list(): Promise<readonly string[]> {
    await this.#begin('list', '');
    return [...this.#files.keys()].sort();
  }

  async sizeOf(name: string): Promise<number> {
    await this.#begin('sizeOf', name);
    return this.#file(name).sizeBytes;
  }

  async read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    await this.#begin('read', name);
    const { content } = this.#file(name);
    const offset = range?.offset ?? 0;
    return Uint8Array.from(content.subarray(offset, range === undefined ? undefined : offset + range.length));
  }

  async openAppender(name: string, sizeBytes: number): Promise<DiskAppender> {
    await this.#begin('openAppender', name);
    const file = this.#file(name);
    assert(file.sizeBytes >= sizeBytes, `${name} has ${file.sizeBytes} bytes and cannot be cut to ${sizeBytes}`);
    file.cut(sizeBytes);
    return this.#appender(name, file);
  }

  async writeAtomic(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const temporary = `${name}.tmp`;
    const file = new SimFile();
    try {
      await this.#begin('write', temporary);
      this.#files.set(temporary, file);
      for (const chunk of chunks) await this.#append('write', temporary, file, [chunk]);
      await this.#sync(temporary, file);
      await this.#begin('rename', name);
      this.#files.delete(temporary);
      this.#files.set(name, file);
    } catch (error) {
      this.#files.delete(temporary);
      throw error;
    }
    await this.syncDirectory();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin('rename', to);
    const file = this.#file(from);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  async remove(name: string): Promise<void> {
    await this.#begin('remove', name);
    this.#file(name);
    this.#files.delete(name);
  }

  async syncDirectory(): Promise<void> {
    await this.#begin('syncDirectory', '');
    this.#syncedFiles.clear();
    for (const [name, file] of this.#files) this.#syncedFiles.set(name, file);
  }

  /**
   * The disk as the next process finds it. After `kill` all that was written is there, synced or not; after `powerLoss`
   * all that was synced is, and the rest is there, torn or gone as `random` has it.
   */
  crash(kind: 'kill' | 'powerLoss', random: Random, options: SimDiskOptions = this.#options): SimDisk {
    this.#hasCrashed = true;
    for (const { file, bytes } of this.#appending)
      file.append(bytes.subarray(0, randomInteger(random, 0, bytes.length)));
    const found = new SimDisk(options);
    if (kind === 'kill') found.#takeOver(this);
    else for (const [name, content] of this.#survivors(random)) found.place(name, content);
    return found;
  }

  /** Puts a file on the disk as if it had always been there. */
  place(name: string, content: Uint8Array): void {
    const file = new SimFile();
    file.append(content);
    file.sync(content.length);
    this.#files.set(name, file);
    this.#syncedFiles.set(name, file);
  }

  /** A copy of a file's content, for tests that damage it and `place` it again. */
  contentOf(name: string): Uint8Array {
    return Uint8Array.from(this.#file(name).content);
  }

  /** Names as `list` gives them, at once. */
  get names(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  /** After a kill the system goes on: what was written is there, and what was not synced is still not. */
  #takeOver(old: SimDisk): void {
    const copies = new Map<SimFile, SimFile>();
    for (const file of [...old.#files.values(), ...old.#syncedFiles.values()]) copies.set(file, file.copy());
    for (const [name, file] of old.#files) this.#files.set(name, copies.get(file) ?? file);
    for (const [name, file] of old.#syncedFiles) this.#syncedFiles.set(name, copies.get(file) ?? file);
  }

  *#survivors(random: Random): Generator<readonly [string, Uint8Array]> {
    for (const name of new Set([...this.#files.keys(), ...this.#syncedFiles.keys()])) {
      const file = isHeads(random) ? this.#syncedFiles.get(name) : this.#files.get(name);
      if (file !== undefined) yield [name, survivorOf(file, random)];
    }
  }

  #appender(name: string, file: SimFile): DiskAppender {
    const append = (chunks: readonly Uint8Array[]) => this.#append('append', name, file, chunks);
    const sync = () => this.#sync(name, file);
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      append,
      sync,
      appendSynced: async (chunks) => {
        await append(chunks);
        await sync();
      },
      close: async () => {},
    };
  }

  async #append(kind: 'append' | 'write', name: string, file: SimFile, chunks: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(chunks);
    const underWay = { file, bytes };
    this.#appending.add(underWay);
    try {
      await this.#begin(kind, name, bytes.length, (fault) => file.append(bytes.subarray(0, fault.writtenBytes ?? 0)));
      const freeBytes = this.#freeBytes();
      file.append(bytes.subarray(0, freeBytes));
      if (freeBytes < bytes.length) throw systemError('ENOSPC', kind, name);
    } finally {
      this.#appending.delete(underWay);
    }
  }

  async #sync(name: string, file: SimFile): Promise<void> {
    const sizeBytes = file.sizeBytes;
    await this.#begin('sync', name);
    file.sync(sizeBytes);
  }

  /** Waits out the delay of a call, then fails it if it must fail; never returns once the process has crashed. */
  async #begin(
    kind: DiskOperation['kind'],
    name: string,
    sizeBytes = 0,
    onFault: (fault: DiskFault) => void = () => {},
  ): Promise<void> {
    const { clock, onOperation } = this.#options;
    const fault = this.#hasCrashed ? undefined : onOperation?.({ kind, name, sizeBytes });
    if (clock !== undefined && fault?.delayMs !== undefined) await sleep(clock, fault.delayMs);
    else await Promise.resolve();
    if (this.#hasCrashed) await new Promise(() => {});
    if (fault?.error === undefined) return;
    onFault(fault);
    throw systemError(fault.error, kind, name);
  }

  #freeBytes(): number {
    let usedBytes = 0;
    for (const file of this.#files.values()) usedBytes += file.sizeBytes;
    return Math.max(0, (this.#options.capacityBytes ?? Number.POSITIVE_INFINITY) - usedBytes);
  }

  #file(name: string): SimFile {
    const file = this.#files.get(name);
    if (file === undefined) throw systemError('ENOENT', 'open', name);
    return file;
  }
}

/**
 * What is left of a file without power: the synced part, and of the rest nothing, a leading part, some sectors, or all.
 */
function survivorOf(file: SimFile, random: Random): Buffer {
  const synced = file.content.subarray(0, file.syncedBytes);
  if (file.cutTail.length > 0 && isHeads(random)) return Buffer.concat([synced, file.cutTail]);
  const rest = Buffer.from(file.content.subarray(file.syncedBytes));
  const kept = rest.subarray(0, isHeads(random) ? rest.length : randomInteger(random, 0, rest.length));
  if (isHeads(random)) {
    for (let start = 0; start < kept.length; start += SECTOR_BYTES) {
      if (isHeads(random)) kept.fill(0, start, Math.min(start + SECTOR_BYTES, kept.length));
    }
  }
  return Buffer.concat([synced, kept]);
}

function isHeads(random: Random): boolean {
  return randomFraction(random) < 0.5;
}

function systemError(code: string, call: string, name: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${name}'`), { code });
}
