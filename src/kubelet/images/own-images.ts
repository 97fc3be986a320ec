import type { VolumeFiles, VolumePlace } from '../../host/volume-files.ts';
import { messageOf } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import { normalizeImageName } from '../../runtime/image-reference.ts';
import type { PulledImage } from '../../runtime/runtime.ts';

const PLACE: VolumePlace = { area: 'disk', path: 'pulled-images.json' };
const VERSION = 1;

export interface OwnImagesOptions {
  readonly volumeFiles: Pick<VolumeFiles, 'readTail' | 'writeFile'>;
  readonly logger: Logger;
}

/**
 * Which images on the box were brought there by Berth itself: their ids, with the names that they were pulled by. Kept
 * in a file beside the pods' folders, as an engine does not remember who pulled an image. What it does not know (the
 * file is lost, or a crash came between the pull and the note) counts as somebody else's.
 */
export class OwnImages {
  readonly #options: OwnImagesOptions;
  readonly #names = new Map<string, Set<string>>();
  #written: Promise<void> = Promise.resolve();
  #loaded: Promise<void> | undefined;

  constructor(options: OwnImagesOptions) {
    this.#options = options;
  }

  /** Names by image id. */
  async all(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    await this.#load();
    return this.#names;
  }

  /** Notes a pull. What was on the box before it stays whose it was: the image itself, or the name that led to it. */
  async add(name: string, { id, namesBefore }: Pick<PulledImage, 'id' | 'namesBefore'>): Promise<void> {
    await this.#load();
    const known = this.#names.get(id);
    if (namesBefore !== undefined && (known === undefined || namesBefore.map(normalizeImageName).includes(name)))
      return;
    // One that came anew has no other names, whatever led to it when it was here before.
    this.#names.set(id, new Set(namesBefore === undefined ? [name] : known).add(name));
    await this.#write();
  }

  /** Forgets what is not on the box any more. */
  async keep(ids: ReadonlySet<string>): Promise<void> {
    await this.#load();
    const gone = [...this.#names.keys()].filter((id) => !ids.has(id));
    if (gone.length === 0) return;
    for (const id of gone) this.#names.delete(id);
    await this.#write();
  }

  #load(): Promise<void> {
    this.#loaded ??= this.#read();
    return this.#loaded;
  }

  async #read(): Promise<void> {
    const bytes = await this.#options.volumeFiles.readTail(PLACE, LIMITS.pulledImagesBytes).catch(() => undefined);
    if (bytes === undefined) return;
    try {
      for (const [id, names] of parseImages(new TextDecoder().decode(bytes))) this.#names.set(id, new Set(names));
    } catch (error) {
      this.#options.logger.warn('what images Berth has pulled is not known any more; none of them is removed', {
        error: messageOf(error),
      });
    }
  }

  /** One write after the other; one that fails is made up for by the next. */
  #write(): Promise<void> {
    const { volumeFiles, logger } = this.#options;
    this.#written = this.#written.then(async () => {
      const images = Object.fromEntries([...this.#names].map(([id, names]) => [id, [...names].sort()]));
      try {
        await volumeFiles.writeFile(PLACE, JSON.stringify({ version: VERSION, images }), 0o600);
      } catch (error) {
        logger.warn('pulled images not noted', { error: messageOf(error) });
      }
    });
    return this.#written;
  }
}

function parseImages(text: string): readonly (readonly [string, readonly string[]])[] {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || value['version'] !== VERSION || !isRecord(value['images'])) throw new Error('unknown format');
  return Object.entries(value['images']).map(([id, names]) => {
    if (!Array.isArray(names)) throw new Error('unknown format');
    return [id, names.filter((name): name is string => typeof name === 'string')];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
