import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Clock } from '../../lib/clock.ts';
import { newNameSuffix } from '../../lib/ids.ts';
import type { Random } from '../../lib/random.ts';
import { frameObject, type GitObject, hashObject } from '../git-object.ts';
import { type GitDirectory, systemCode } from './git-directory.ts';
import { OwnedDirectory } from './owned-directory.ts';

const deflateAsync = promisify(deflate);
/** How often a folder of objects that others removed in between is made again. */
const FOLDER_ATTEMPTS = 10;

export interface ObjectWriterOptions {
  readonly directory: GitDirectory;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether objects are on disk when the call resolves; a ref that names them must not be the first to get there. */
  readonly isDurable?: boolean;
}

/**
 * Writes loose objects as git does: complete and on disk under another name first, then renamed, never changed
 * afterwards.
 */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  /**
   * Writes those objects that are not there as loose ones and marks the others as used, which protects both from `git
   * gc`.
   */
  async writeAll(objects: readonly GitObject[]): Promise<void> {
    const { directory } = this.#options;
    const root = await OwnedDirectory.openRepository(directory.path, directory.sharing);
    try {
      const folder = await root.makeChild('objects');
      try {
        for (const object of objects) await this.#writeAgain(folder, object);
      } finally {
        await folder.close();
      }
    } finally {
      await root.close();
    }
  }

  /** `git gc` removes a folder that it has emptied, perhaps between our opening it and our creating in it. */
  async #writeAgain(objects: OwnedDirectory, object: GitObject): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(objects, object);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === FOLDER_ATTEMPTS) throw error;
      }
    }
  }

  async #write(objects: OwnedDirectory, object: GitObject): Promise<void> {
    const { directory, clock, random, isDurable = true } = this.#options;
    const id = hashObject(object, directory.format);
    const fanOut = await objects.makeChild(id.slice(0, 2));
    try {
      const name = id.slice(2);
      if (await fanOut.touch(name, new Date(clock.wallMs()))) return;
      // The prefix is git's own: `git gc` removes what a crash leaves under it.
      const temporary = `tmp_obj_${newNameSuffix(random, 10)}`;
      await fanOut.create(temporary, await deflateAsync(frameObject(object)), 'object', isDurable);
      await fanOut.rename(temporary, name);
      if (isDurable) await fanOut.sync();
    } finally {
      await fanOut.close();
    }
  }
}
