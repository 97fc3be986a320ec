import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import type {
  DirectoryOptions,
  FolderUsage,
  HostPathInfo,
  PayloadFile,
  VolumeAreas,
  VolumeFiles,
  VolumePlace,
} from '../volume-files.ts';

/** Where the simulated machine keeps persistent volumes. */
export const SIM_STORAGE_DIRECTORY = '/storage';

export interface SimVolumeFilesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Absolute path → bytes of a file, or `undefined` for a directory: handed on where the files outlive a simulated
   * process.
   */
  readonly entries?: Map<string, Uint8Array | undefined>;
  /** Absolute path → mode of each file of a payload, for whoever wants to look at them. */
  readonly modes?: Map<string, number>;
}

/** The link of a payload that leads to the folder with its files; its content is the folder's name. */
const DATA_LINK = '..data';

/**
 * Volumes of the simulated world: a map from absolute path to content. Survives a simulated crash of Berth when it is
 * kept.
 */
export class SimVolumeFiles implements VolumeFiles {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #entries: Map<string, Uint8Array | undefined>;
  readonly #modes: Map<string, number>;
  /**
   * The paths of `#entries` by their first three steps, as all of a pod lies below `/disk/pods/<uid>`: those of
   * thousands of pods are not searched for those of one.
   */
  readonly #folders = new Map<string, Set<string>>();
  /**
   * Files that a mount may hold, as they were mounted by themselves: they stay when their folder goes, as an inode
   * does.
   */
  readonly #held = new Set<string>();
  /** Without files of an earlier process handed on, folders that it made may be there. */
  readonly #knowsStorage: boolean;
  #isFull = false;

  constructor(options: SimVolumeFilesOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#entries = options.entries ?? new Map();
    this.#modes = options.modes ?? new Map();
    this.#knowsStorage = options.entries !== undefined;
    for (const path of this.#entries.keys()) this.#index(path);
  }

  /** Lets every write fail as on a full disk, until told otherwise. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull;
  }

  /** Puts a file there, as whoever runs in a pod does. */
  fill(hostPath: string, bytes: Uint8Array): void {
    this.#put(hostPath, bytes);
  }

  /** Content of one file as text, with `/` at the start of its host path; `undefined` when it is not there. */
  readText(hostPath: string): string | undefined {
    const bytes = this.#entries.get(this.#throughLink(hostPath));
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  async prepare(): Promise<VolumeAreas> {
    await this.#delay();
    return { memoryIsTmpfs: true };
  }

  hostPath(place: VolumePlace): string {
    return `/${place.area}/${place.path}`;
  }

  async writePayload(place: VolumePlace, files: readonly PayloadFile[]): Promise<boolean> {
    await this.#delayWrite();
    const root = this.hostPath(place);
    const data = `${root}/${DATA_LINK}`;
    const version = this.#linkOf(root);
    const folder = `${root}/${version}/`;
    const present = this.#pathsBelow(root).filter((path) => path.startsWith(folder));
    const same =
      version !== undefined &&
      present.length === files.length &&
      files.every(({ path, bytes, mode }) => this.#holds(folder + path, bytes, mode));
    if (same) return false;
    const next = `..${Number(version?.slice(2) ?? 0) + 1}`;
    this.#put(root, undefined);
    for (const { path, bytes, mode } of files) {
      this.#put(`${root}/${next}/${path}`, bytes);
      this.#modes.set(`${root}/${next}/${path}`, mode);
    }
    this.#put(data, new TextEncoder().encode(next));
    for (const key of present) if (!this.#held.has(key)) this.#forget(key);
    return true;
  }

  async makeDirectory(place: VolumePlace, _options: DirectoryOptions): Promise<void> {
    await this.#delayWrite();
    this.#put(this.hostPath(place), undefined);
  }

  async setGroup(): Promise<void> {
    await this.#delay();
  }

  async mountMemory(place: VolumePlace, options: DirectoryOptions): Promise<void> {
    await this.makeDirectory(place, options);
  }

  async writeFile(place: VolumePlace, text: string): Promise<void> {
    await this.#delayWrite();
    this.#put(this.hostPath(place), new TextEncoder().encode(text));
  }

  async readTail(place: VolumePlace, maxBytes: number): Promise<Uint8Array | undefined> {
    await this.#delay();
    return this.#entries.get(this.hostPath(place))?.slice(-maxBytes);
  }

  async remove(place: VolumePlace): Promise<void> {
    await this.#delay();
    const root = this.hostPath(place);
    for (const path of this.#pathsBelow(root)) this.#forget(path);
  }

  async releaseMemory(): Promise<void> {
    await this.#delay();
    for (const key of [...this.#entries.keys()]) if (key.startsWith('/memory/')) this.#forget(key);
  }

  async list(place: VolumePlace): Promise<readonly string[]> {
    await this.#delay();
    const root = this.hostPath(place);
    const names = this.#pathsBelow(root).flatMap((path) => (path === root ? [] : [path.slice(root.length + 1)]));
    return [...new Set(names.map((name) => name.split('/')[0] ?? ''))].sort();
  }

  async usage(place: VolumePlace): Promise<FolderUsage | undefined> {
    await this.#delay();
    const paths = this.#pathsBelow(this.hostPath(place));
    if (paths.length === 0) return undefined;
    return {
      bytes: paths.reduce((sum, path) => sum + (this.#entries.get(path)?.length ?? 0), 0),
      inodes: paths.length,
    };
  }

  async resolveSubPath(volumeHostPath: string, subPath: string): Promise<string> {
    await this.#delay();
    const real = this.#throughLink(`${volumeHostPath}/${subPath}`);
    if (real.includes('/..')) this.#held.add(real);
    return real;
  }

  async inspectHostPath(path: string): Promise<HostPathInfo> {
    await this.#delay();
    const isMissing = path.startsWith(`${SIM_STORAGE_DIRECTORY}/`) && this.#knowsStorage && !this.#entries.has(path);
    return { type: isMissing ? 'missing' : 'directory', realPath: path };
  }

  async createHostPath(): Promise<void> {
    await this.#delay();
  }

  /** The name of the folder that a payload's link leads to. */
  #linkOf(root: string): string | undefined {
    const link = this.#entries.get(`${root}/${DATA_LINK}`);
    return link === undefined ? undefined : new TextDecoder().decode(link);
  }

  /** Where a path leads; the files of a payload lie behind its link. */
  #throughLink(path: string): string {
    if (this.#entries.has(path)) return path;
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const version = this.#linkOf(path.slice(0, end));
      if (version !== undefined) return `${path.slice(0, end)}/${version}${path.slice(end)}`;
    }
    return path;
  }

  #holds(path: string, bytes: Uint8Array, mode: number): boolean {
    // Modes are not handed on with the files of an earlier process.
    return equalBytes(this.#entries.get(path), bytes) && (this.#modes.get(path) ?? mode) === mode;
  }

  #put(path: string, bytes: Uint8Array | undefined): void {
    this.#entries.set(path, bytes);
    this.#index(path);
  }

  #index(path: string): void {
    const folder = folderOf(path);
    const paths = this.#folders.get(folder);
    if (paths === undefined) this.#folders.set(folder, new Set([path]));
    else paths.add(path);
  }

  /** The path itself, where it is there, and all below it. */
  #pathsBelow(root: string): readonly string[] {
    const isAbove = root.split('/').length <= FOLDER_STEPS;
    const candidates = isAbove ? this.#entries.keys() : (this.#folders.get(folderOf(root)) ?? []);
    return [...candidates].filter((path) => path === root || path.startsWith(`${root}/`));
  }

  #forget(path: string): void {
    const folder = folderOf(path);
    const paths = this.#folders.get(folder);
    paths?.delete(path);
    if (paths?.size === 0) this.#folders.delete(folder);
    this.#entries.delete(path);
    this.#modes.delete(path);
    this.#held.delete(path);
  }

  async #delayWrite(): Promise<void> {
    await this.#delay();
    if (this.#isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  }

  async #delay(): Promise<void> {
    await sleep(this.#clock, randomInteger(this.#random, 0, 2));
  }
}

const FOLDER_STEPS = 3;

/** `/disk/pods/uid` of `/disk/pods/uid/volumes/data`. */
function folderOf(path: string): string {
  let end = 0;
  for (let step = 0; step < FOLDER_STEPS; step++) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return path;
  }
  return path.slice(0, end);
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, index) => byte === b[index]);
}
