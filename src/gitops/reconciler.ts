import type { Client } from '../api/client.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { storageKeyOf } from '../objects/index.ts';
import { type CommitInfo, type Source, SourceError } from '../source/source.ts';
import type { Application, LoadedApplication } from './application.ts';
import { type ApplicationContext, ApplicationReconciler } from './application-reconciler.ts';
import type { Target } from './application-record.ts';
import type { GitopsListener } from './events.ts';
import type { GitopsState } from './gitops-state.ts';
import { loadFailed, pathMissing } from './reported-problem.ts';
import { normalisePath, selectApplications } from './select-applications.ts';
import { type TreeFile, TreeReader } from './tree-reader.ts';

/** Turns the files of one application's folder into declared objects and problems. */
export interface ApplicationLoader {
  load(folder: string, files: readonly TreeFile[]): Promise<LoadedApplication>;
}

export interface ReconcilerOptions {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: Source;
  readonly loader: ApplicationLoader;
  readonly paths: readonly string[];
  /** Name of the application at the repository's root. */
  readonly rootName: string;
  readonly rolloutTimeoutMs: number;
  readonly stuckAfterMs: number;
  readonly emit: GitopsListener;
}

/** What is wrong with the source, while something is. */
export interface SourceFailure {
  readonly reason: string;
  readonly message: string;
  readonly sinceMs: number;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * The GitOps loop: asks the source for the newest commit whenever it may have moved, finds the applications in it, and hands each to its
 * own reconciler. A source that fails is asked again with growing pauses, and what runs goes on running.
 *
 * One pass at a time; a change that arrives during a pass causes one more.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #reader: TreeReader;
  readonly #applications = new Map<string, ApplicationReconciler>();
  #commit: CommitInfo | undefined;
  #failure: SourceFailure | undefined;
  #failures = 0;
  #pass: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  #retryTimer: Timer | undefined;
  #closers: (() => void | Promise<void>)[] = [];

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#reader = new TreeReader(options.source);
  }

  get commit(): CommitInfo | undefined {
    return this.#commit;
  }

  get sourceFailure(): SourceFailure | undefined {
    return this.#failure;
  }

  /** Sorted by name. */
  get applications(): readonly ApplicationReconciler[] {
    return [...this.#applications.values()].sort((a, b) => (a.application.name < b.application.name ? -1 : 1));
  }

  /** Watches the source and the objects, and makes the first pass. Resolves once that is done, whatever came of it. */
  async start(): Promise<void> {
    const { client, source, state } = this.#options;
    this.#closers.push(
      client.watchAll(({ type, object, previous }) => {
        const key = storageKeyOf(object);
        const current = type === 'DELETED' ? undefined : object;
        for (const application of this.#applications.values()) application.onObjectEvent(key, current, previous);
      }),
    );
    for (const { name, path } of state.listApplications()) this.#ensure({ name, path });
    this.#closers.push(await source.watch(() => void this.sync()));
    await this.sync();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retryTimer?.cancel();
    for (const close of this.#closers.splice(0)) await close();
    for (const application of this.#applications.values()) application.stop();
    await this.#pass;
  }

  /** Asks the source now. Resolves when a pass that began after this call is done. */
  sync(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    if (this.#pass === undefined) {
      this.#pass = this.#runPass().finally(() => {
        this.#pass = undefined;
      });
      return this.#pass;
    }
    this.#isWanted = true;
    return this.#pass.then(() => {
      if (!this.#isWanted) return this.#pass;
      this.#isWanted = false;
      return this.sync();
    });
  }

  async #runPass(): Promise<void> {
    this.#retryTimer?.cancel();
    try {
      const commit = await this.#options.source.resolve();
      this.#noteRecovery();
      await this.#bringIn(commit);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#noteFailure(error);
    }
  }

  #noteRecovery(): void {
    this.#failures = 0;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.emit({ type: 'source-recovered' });
  }

  #noteFailure(error: SourceError): void {
    const { clock, emit, logger } = this.#options;
    const isNews = this.#failure?.reason !== error.reason || this.#failure.message !== error.message;
    const sinceMs = this.#failure?.sinceMs ?? clock.wallMs();
    this.#failure = { reason: error.reason, message: error.message, sinceMs };
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
    if (!this.#isStopped) this.#retryTimer = clock.setTimer(delayMs, () => void this.sync());
    if (!isNews) return;
    logger.warn('source failed', { reason: error.reason, message: error.message });
    emit({ type: 'source-failed', reason: error.reason, message: error.message });
  }

  async #bringIn(commit: CommitInfo): Promise<void> {
    const { paths, rootName, emit, logger } = this.#options;
    const isNew = this.#commit?.id !== commit.id;
    this.#commit = commit;
    // A pass without news reads hardly any folder, and must not make the reader forget the others.
    if (isNew) this.#reader.nextGeneration();
    const { applications, unmatched } = await selectApplications(this.#reader, commit.tree, paths, rootName);
    if (isNew) {
      emit({ type: 'commit', commit, applications });
      logger.info('new commit', { commit: commit.id, applications: applications.length });
    }
    const work = [];
    for (const application of applications) work.push(await this.#load(application, commit));
    await this.#removeVanished(applications, unmatched, commit);
    for (const sync of work) await sync();
  }

  /** Loads an application where its folder changed; the returned step applies it, after all others are loaded. */
  async #load(application: Application, commit: CommitInfo): Promise<() => Promise<void>> {
    const reconciler = this.#ensure(application);
    const tree = await this.#reader.findFolder(commit.tree, application.path);
    if (tree === undefined) return () => this.#failMissing(reconciler, commit);
    const ignores = await this.#reader.listIgnoresAbove(commit.tree, application.path);
    const target: Target = { commit: commit.id, tree: [tree, ...ignores.map(({ id }) => id)].join('+') };
    if (reconciler.isAt(target)) {
      return async () => reconciler.noteCommit(target);
    }
    try {
      const files = await this.#reader.listFiles(tree, application.path);
      const loaded = await this.#options.loader.load(application.path, [...ignores, ...files]);
      reconciler.declare(loaded);
      return () => reconciler.sync(target, loaded);
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      return () => reconciler.fail(target, 'BuildFailed', loadFailed(application.path, error));
    }
  }

  #failMissing(reconciler: ApplicationReconciler, commit: CommitInfo): Promise<void> {
    return reconciler.fail({ commit: commit.id, tree: '' }, 'ArtifactFailed', pathMissing(reconciler.application.path));
  }

  /**
   * An application whose folder is gone from a pattern that still matches others is deleted, as its folder was. One that was named by itself, or
   * whose whole pattern matches nothing any more, is more likely a mistake: it is kept and reported.
   */
  async #removeVanished(
    present: readonly Application[],
    unmatched: readonly string[],
    commit: CommitInfo,
  ): Promise<void> {
    const names = new Set(present.map(({ name }) => name));
    const patterns = this.#options.paths.filter((path) => path.includes('*') && !unmatched.includes(path));
    for (const [name, reconciler] of this.#applications) {
      if (names.has(name)) continue;
      const isFromPattern = patterns.some((pattern) =>
        matchesPattern(normalisePath(pattern), reconciler.application.path),
      );
      if (!isFromPattern) {
        await this.#failMissing(reconciler, commit);
        continue;
      }
      await reconciler.remove();
      this.#applications.delete(name);
      this.#options.emit({ type: 'removed', application: name });
    }
  }

  #ensure(application: Application): ApplicationReconciler {
    const known = this.#applications.get(application.name);
    if (known !== undefined) return known;
    const { client, state, clock, logger, emit, rolloutTimeoutMs, stuckAfterMs } = this.#options;
    const context: ApplicationContext = {
      client,
      state,
      clock,
      logger,
      emit,
      rolloutTimeoutMs,
      stuckAfterMs,
      isDeclaredBy: (name, key) => this.#applications.get(name)?.declares(key) === true,
      isDeclaredElsewhere: (name, key) =>
        this.applications.some((other) => other.application.name !== name && other.declares(key)),
    };
    const reconciler = new ApplicationReconciler(application, context);
    this.#applications.set(application.name, reconciler);
    return reconciler;
  }
}

function matchesPattern(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const actual = path.split('/');
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => segment.includes('*') || segment === actual[index])
  );
}
