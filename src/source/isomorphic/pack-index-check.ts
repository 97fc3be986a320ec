import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../source.ts';

/** A version 2 index: eight bytes of header, 256 counters of four bytes, of which the last is the number of objects. */
const HEAD_BYTES = 8 + 256 * 4;
/** Per object an id, a checksum and an offset; at the end two checksums. */
const ENTRY_BYTES = 20 + 4 + 4;
const TRAILER_BYTES = 40;

/**
 * Checks the indexes of packs before isomorphic-git reads them. It believes the number of objects that an index states,
 * and a damaged one (or one made for that) has it allocate until the process dies. Each index is looked at once, the
 * folder at every call.
 */
export class PackIndexCheck {
  readonly #folder: string;
  readonly #checked = new Set<string>();
  #stamp = '';

  constructor(gitDirectory: string) {
    this.#folder = join(gitDirectory, 'objects/pack');
  }

  /** Rejects with `ObjectCorrupt` when an index cannot be right. */
  async run(): Promise<void> {
    const stats = await stat(this.#folder, { bigint: true }).catch(() => undefined);
    const stamp = stats === undefined ? 'missing' : `${stats.ino}:${stats.mtimeNs}`;
    if (stamp === this.#stamp) return;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!name.endsWith('.idx') || this.#checked.has(name)) continue;
      await this.#check(name);
      this.#checked.add(name);
    }
    this.#stamp = stamp;
  }

  async #check(name: string): Promise<void> {
    const handle = await open(join(this.#folder, name)).catch(() => undefined);
    // Gone since the folder was listed: `git gc` has replaced it.
    if (handle === undefined) return;
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
      const isVersion2 = bytesRead === HEAD_BYTES && head.readUInt32BE(0) === 0xff744f63 && head.readUInt32BE(4) === 2;
      const neededBytes = HEAD_BYTES + head.readUInt32BE(HEAD_BYTES - 4) * ENTRY_BYTES + TRAILER_BYTES;
      if (isVersion2 && (await handle.stat()).size >= neededBytes) return;
      throw new SourceError('ObjectCorrupt', `the pack index ${name} is damaged; run \`git index-pack\` on its pack`);
    } finally {
      await handle.close();
    }
  }
}
