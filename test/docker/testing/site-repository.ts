import { execFile } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Content by path; `{ link }` is a symbolic link. */
export type SiteFiles = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** A bare repository with a clone beside it, through which commits are pushed as a person pushes them. */
export class SiteRepository {
  /** Of the bare repository. */
  readonly path: string;
  readonly #work: string;

  constructor(folder: string) {
    this.path = join(folder, 'site.git');
    this.#work = join(folder, 'work');
  }

  async create(): Promise<void> {
    await run('git', ['init', '-q', '--bare', '-b', 'main', this.path]);
    await run('git', ['init', '-q', '-b', 'main', this.#work]);
    await this.#inWork('remote', 'add', 'origin', this.path);
  }

  /** Pushes a commit that holds exactly these files, and returns its id. */
  async push(files: SiteFiles, options: { readonly force?: boolean; readonly message?: string } = {}): Promise<string> {
    const id = await this.commit(files, options.message);
    await this.#inWork('push', '-q', ...(options.force === true ? ['--force'] : []), 'origin', 'main');
    return id;
  }

  /** Commits without a push. */
  async commit(files: SiteFiles, message = 'Change the site'): Promise<string> {
    await this.#inWork('rm', '-rqf', '--ignore-unmatch', '.');
    for (const [path, content] of Object.entries(files)) {
      const full = join(this.#work, path);
      await mkdir(dirname(full), { recursive: true });
      if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(full, content);
      else await symlink(content.link, full);
    }
    await this.#inWork('add', '-A', '-f');
    await this.#inWork('commit', '-q', '--allow-empty', '-m', message);
    return (await this.#inWork('rev-parse', 'HEAD')).trim();
  }

  /** Pushes what was committed last to a branch. */
  async pushTo(branch: string): Promise<void> {
    await this.#inWork('push', '-q', '--force', 'origin', `HEAD:refs/heads/${branch}`);
  }

  /** Forgets the branch, so that the next commit has no parent. */
  async startOver(): Promise<void> {
    await this.#inWork('checkout', '-q', '--orphan', 'fresh');
    await this.#inWork('branch', '-q', '-D', 'main');
    await this.#inWork('branch', '-q', '-m', 'main');
  }

  /** Runs git in the bare repository. */
  async git(...args: readonly string[]): Promise<string> {
    return (await run('git', ['-C', this.path, ...args], { env: environment(), maxBuffer: 1 << 28 })).stdout;
  }

  /** A file of the status branch; `undefined` while it is not there. */
  async statusFile(path: string, branch = 'berth-status'): Promise<string | undefined> {
    return this.git('show', `${branch}:${path}`).catch(() => undefined);
  }

  /** Everything that anybody who fetches the status branch can read of it, its whole history included. */
  async readStatusHistory(branch = 'berth-status'): Promise<string> {
    const blobs = (await this.git('rev-list', '--objects', branch)).trim().split('\n');
    const contents = await Promise.all(
      blobs.map((line) => this.git('cat-file', '-p', line.split(' ', 1)[0] ?? '').catch(() => '')),
    );
    return contents.join('\n');
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  async #inWork(...args: readonly string[]): Promise<string> {
    return (await run('git', ['-C', this.#work, ...args], { env: environment() })).stdout;
  }
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...IDENTITY, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
}
