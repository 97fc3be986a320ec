import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Clock, Timer } from '../../lib/clock.ts';
import { branchRef } from '../ref-name.ts';
import { openGitDirectory } from './git-directory.ts';

export interface RefWatchOptions {
  /** As it was configured: it need not exist. */
  readonly repository: string;
  readonly branch: string;
  readonly clock: Clock;
  /** How often to look although nothing was heard. */
  readonly pollMs: number;
  readonly onChange: () => void;
}

/** How often to look when the system gives no more watches (`fs.inotify.max_user_watches`). */
const DEAF_POLL_MS = 2_000;

/**
 * Tells when a branch of a repository on this machine may have moved: its loose ref, `packed-refs` and `HEAD`. Objects
 * are never watched, so a handful of watches is enough. While the repository is missing, the nearest folder above it is
 * watched instead.
 *
 * File notifications can get lost (a renamed folder, a network disk), so every `pollMs` it asks for a look anyway.
 */
export class RefWatch {
  readonly #options: RefWatchOptions;
  #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #isClosed = false;
  #isDeaf = false;
  /**
   * Identity of the folders that are watched. `git pack-refs` removes and a push recreates those of a branch with
   * slashes.
   */
  #watched = '';
  #rearming: Promise<void> | undefined;
  /** Something was heard that no comparison has looked at yet: the one that runs may have looked too early. */
  #isHeardAgain = false;

  private constructor(options: RefWatchOptions) {
    this.#options = options;
  }

  /** Resolves when every later change will be seen. */
  static async start(options: RefWatchOptions): Promise<RefWatch> {
    const refWatch = new RefWatch(options);
    await refWatch.#arm();
    refWatch.#schedulePoll();
    return refWatch;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#rearming;
    await this.#watcher?.close();
  }

  async #arm(): Promise<void> {
    await this.#watcher?.close();
    if (this.#isClosed) return;
    const place = await findPlace(this.#options);
    this.#watched = place.identity;
    const allowed = new Set(place.paths);
    const watcher = watch(place.root, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignored: (path: string) => !allowed.has(path),
    });
    this.#watcher = watcher;
    watcher.on('all', () => this.#heard());
    // Git replaces a ref by renaming a lock file onto it. chokidar watches the old file then, and of two pushes in
    // quick succession it missed the second every fourth time; the notification of the folder itself always comes.
    const names = new Set(place.paths.map((path) => basename(path)));
    watcher.on('raw', (_event, path) => {
      if (names.has(basename(path))) this.#heard();
    });
    await new Promise<void>((ready) => {
      watcher.on('error', () => {
        this.#isDeaf = true;
        ready();
      });
      watcher.on('ready', () => ready());
    });
  }

  #heard(): void {
    if (this.#isClosed) return;
    this.#options.onChange();
    this.#rearmIfMoved();
  }

  /** A repository or a folder of refs that appeared, went or was replaced by another needs watches of its own. */
  #rearmIfMoved(): void {
    this.#isHeardAgain = true;
    this.#rearming ??= this.#compareAndArm()
      .catch(() => {})
      .finally(() => {
        this.#rearming = undefined;
      });
  }

  async #compareAndArm(): Promise<void> {
    while (this.#isHeardAgain && !this.#isClosed) {
      this.#isHeardAgain = false;
      if ((await findPlace(this.#options)).identity === this.#watched) continue;
      await this.#arm();
      // What happened between the two watches was heard by neither, and may have moved what is watched once more.
      this.#isHeardAgain = true;
      if (!this.#isClosed) this.#options.onChange();
    }
  }

  #schedulePoll(): void {
    const delayMs = this.#isDeaf ? Math.min(DEAF_POLL_MS, this.#options.pollMs) : this.#options.pollMs;
    this.#timer = this.#options.clock.setTimer(delayMs, () => {
      if (this.#isClosed) return;
      this.#heard();
      this.#schedulePoll();
    });
  }
}

interface WatchPlace {
  readonly root: string;
  /** Everything that is looked at; the rest of each folder is ignored. */
  readonly paths: readonly string[];
  readonly identity: string;
}

async function findPlace(options: RefWatchOptions): Promise<WatchPlace> {
  const directory = await openGitDirectory(options.repository).catch(() => undefined);
  if (directory !== undefined) {
    const prefixes = prefixesOf(branchRef(options.branch));
    const paths = ['', 'HEAD', 'packed-refs', ...prefixes].map((name) => join(directory.path, name));
    const folders = await Promise.all(['', ...prefixes].map((name) => identifyFolder(join(directory.path, name))));
    if (folders[0] !== undefined) return { root: directory.path, paths, identity: folders.join(' ') };
  }
  const wanted = resolve(options.repository);
  const root = await nearestFolder(wanted);
  const between: string[] = [];
  for (let path = wanted; path !== root; path = dirname(path)) between.push(path);
  const gitFolders = [wanted, join(wanted, '.git')];
  const inside = gitFolders.flatMap((folder) => [
    folder,
    ...['HEAD', 'objects', 'refs', 'config'].map((name) => join(folder, name)),
  ]);
  return { root, paths: [root, ...between, ...inside], identity: `missing below ${root}` };
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((await identifyFolder(folder)) !== undefined || folder === dirname(folder)) return folder;
  }
}

/**
 * A folder that is made anew often gets the inode of the one that was removed just before: only its time of birth tells
 * them apart.
 */
async function identifyFolder(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` : undefined;
}

/** `refs/heads/a/b` → `refs`, `refs/heads`, `refs/heads/a`, `refs/heads/a/b`. */
function prefixesOf(ref: string): string[] {
  const parts = ref.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
