import { type Clock, sleep } from '../../lib/clock.ts';
import {
  type CommitInfo,
  type PublishRequest,
  type Source,
  SourceError,
  type SourceErrorReason,
  type TreeEntry,
} from '../source.ts';
import type { MemoryRepository } from './memory-repository.ts';

export interface MemorySourceOptions {
  readonly repository: MemoryRepository;
  readonly branch: string;
  readonly clock: Clock;
  /** How long each call takes; default: no time, but a turn of its own. */
  readonly latencyMs?: () => number;
  /** Asked before each call; a reason makes it fail. */
  readonly fault?: (call: string) => SourceErrorReason | undefined;
}

/**
 * A `Source` over a repository in memory. After `close` its calls never return and have no effect, as those of a
 * process that died.
 */
export class MemorySource implements Source {
  readonly description = 'memory';
  readonly #options: MemorySourceOptions;
  #isClosed = false;

  constructor(options: MemorySourceOptions) {
    this.#options = options;
  }

  async resolve(): Promise<CommitInfo> {
    await this.#enter('resolve');
    const { repository, branch } = this.#options;
    const tip = repository.tip(branch);
    if (tip !== undefined) return tip;
    const branches = [...repository.branches.keys()];
    throw new SourceError(
      'BranchMissing',
      `there is no branch ${branch}; there ${branches.length === 0 ? 'is none' : `are ${branches.join(', ')}`}`,
    );
  }

  async resolveRevision(revision: string): Promise<CommitInfo> {
    await this.#enter('resolveRevision');
    const { repository } = this.#options;
    const found = repository.tip(revision) ?? repository.getCommit(revision);
    const [only, second] = found === undefined && revision.length >= 4 ? repository.findCommits(revision) : [];
    const commit = found ?? (second === undefined ? only : undefined);
    if (commit === undefined) throw new SourceError('RevisionMissing', `no commit is called ${revision}`);
    return commit;
  }

  async watch(onChange: () => void): Promise<() => Promise<void>> {
    const { repository, branch, clock } = this.#options;
    const stop = repository.onMove((moved) => {
      if (moved === branch && !this.#isClosed) clock.defer(() => !this.#isClosed && onChange());
    });
    return async () => stop();
  }

  async readTree(tree: string): Promise<readonly TreeEntry[]> {
    await this.#enter('readTree');
    return this.#options.repository.getTree(tree) ?? missing('tree', tree);
  }

  async readBlob(blob: string, maxBytes: number): Promise<Uint8Array> {
    await this.#enter('readBlob');
    const bytes = this.#options.repository.getBlob(blob) ?? missing('blob', blob);
    if (bytes.length > maxBytes)
      throw new SourceError('BlobTooLarge', `${bytes.length} bytes, at most ${maxBytes} are read`);
    return bytes;
  }

  async readBranch(branch: string): Promise<CommitInfo | undefined> {
    await this.#enter('readBranch');
    return this.#options.repository.tip(branch);
  }

  async publish(request: PublishRequest): Promise<CommitInfo | undefined> {
    await this.#enter('publish');
    const { repository } = this.#options;
    const tip = repository.tip(request.branch);
    const files = tip === undefined ? new Map<string, string>() : repository.readFiles(tip.id);
    const prefix = `${request.folder}/`;
    const present = [...files].filter(([path]) => path.startsWith(prefix));
    const encoder = new TextEncoder();
    const refusal = request.guard(
      new Map(present.map(([path, text]) => [path.slice(prefix.length), encoder.encode(text)])),
    );
    if (refusal !== undefined) throw new SourceError('FolderTaken', refusal);
    const isSame =
      present.length === request.files.size &&
      present.every(([path, text]) => request.files.get(path.slice(prefix.length)) === text);
    if (isSame) return undefined;
    for (const [path] of present) files.delete(path);
    for (const [path, text] of request.files) files.set(`${prefix}${path}`, text);
    const { author, message, nowMs } = request;
    return repository.commit(request.branch, files, {
      message,
      authorName: author.name,
      authorEmail: author.email,
      atMs: nowMs,
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #enter(call: string): Promise<void> {
    const { clock, latencyMs, fault } = this.#options;
    await sleep(clock, latencyMs?.() ?? 0);
    if (this.#isClosed) await new Promise(() => {});
    const reason = fault?.(call);
    if (reason !== undefined) throw new SourceError(reason, `${call} failed: ${reason}`);
  }
}

function missing(type: string, id: string): never {
  throw new SourceError('ObjectMissing', `there is no ${type} ${id}`);
}
