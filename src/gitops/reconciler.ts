import type { Client } from '../api/client.ts';
import { Alarm } from '../lib/alarm.ts';
import type { Clock } from '../lib/clock.ts';
import { BerthError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { findKind, storageKeyOf } from '../objects/index.ts';
import { type CommitInfo, type Source, SourceError } from '../source/source.ts';
import {
  type Application,
  type ApplicationLoader,
  type Declares,
  type ReadyReason,
  type ReportedProblem,
  whatIsDeclared,
} from './application.ts';
import type { ApplicationContext, SyncOutcome } from './application-context.ts';
import { ApplicationReconciler } from './application-reconciler.ts';
import type { Target } from './application-record.ts';
import { WAS_HEALTHY } from './compute-rollout.ts';
import { computeVanished } from './compute-vanished.ts';
import type { GitopsEvent, GitopsListener } from './events.ts';
import type { GitopsState } from './gitops-state.ts';
import { RecentEvents } from './recent-events.ts';
import { reportOutage } from './report-outage.ts';
import { loadFailed, pathMissing, successorUnloaded, successorUnproven } from './reported-problem.ts';
import { selectApplications } from './select-applications.ts';
import { TreeReader } from './tree-reader.ts';

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

/** Brings one application to the commit at hand. */
type Step = (isFinal: boolean) => Promise<SyncOutcome>;

/**
 * The GitOps loop: asks the source for the newest commit whenever it may have moved, finds the applications in it, and
 * hands each to its own reconciler. A source that fails, and an application that the world refuses, are tried again
 * with growing pauses; what runs goes on running.
 *
 * One pass at a time; a change that arrives during a pass causes one more.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #reader: TreeReader;
  readonly #recentEvents: RecentEvents;
  readonly #applications = new Map<string, ApplicationReconciler>();
  /** Of each application: the objects that its variables come from. */
  readonly #sources = new Map<string, ReadonlySet<string>>();
  /** What the newest commits that loaded declare, by application. */
  readonly #declares = new Map<string, Declares>();
  /**
   * By what is gone and still has something: the application that goes by its folder now and has to be healthy first.
   */
  readonly #successors = new Map<string, string>();
  #commit: CommitInfo | undefined;
  #failure: SourceFailure | undefined;
  /** Passes since the last that brought in everything. */
  #retries = 0;
  #pass: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  readonly #retry: Alarm;
  #closers: (() => void | Promise<void>)[] = [];

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#reader = new TreeReader(options.source);
    this.#recentEvents = new RecentEvents(options.client);
    this.#retry = new Alarm(options.clock, () => this.#syncInBackground());
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
    this.#recentEvents.start();
    this.#closers.push(
      () => this.#recentEvents.stop(),
      client.watchAll(({ type, object, previous }) => {
        // One that a Berth of another version has left, in a version that this one does not serve, is in nobody's
        // inventory.
        if (findKind(object.apiVersion, object.kind) === undefined) return;
        const key = storageKeyOf(object);
        const current = type === 'DELETED' ? undefined : object;
        for (const application of this.#applications.values()) application.onObjectEvent(key, current, previous);
        if ([...this.#sources.values()].some((sources) => sources.has(key))) this.#syncInBackground();
      }),
    );
    for (const { name, path } of state.listApplications()) this.#ensure({ name, path });
    const unwatch = await source.watch(() => this.#syncInBackground());
    if (this.#isStopped) return unwatch();
    this.#closers.push(unwatch);
    const unwatchLoader = await this.#options.loader.watch?.(() => this.#syncInBackground());
    if (unwatchLoader !== undefined) this.#closers.push(unwatchLoader);
    await this.sync();
  }

  /** Resolves once nothing is being done any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#retry.close();
    for (const close of this.#closers.splice(0)) await close();
    await Promise.all(this.applications.map((application) => application.stop()));
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

  #syncInBackground(): void {
    this.sync().catch(reportOutage(this.#options.logger));
  }

  async #runPass(): Promise<void> {
    this.#retry.cancel();
    try {
      await this.#bringIn(await this.#options.source.resolve());
      if (this.applications.some(({ wantsRetry }) => wantsRetry)) this.#retryLater();
      else this.#retries = 0;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#noteFailure(error);
      this.#retryLater();
    }
  }

  #retryLater(): void {
    this.#retry.set(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries++));
  }

  #noteRecovery(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#retries = 0;
    this.#options.emit({ type: 'source-recovered' });
  }

  #noteFailure(error: SourceError): void {
    const { clock, emit, logger } = this.#options;
    const isNews = this.#failure?.reason !== error.reason;
    const sinceMs = this.#failure?.sinceMs ?? clock.wallMs();
    this.#failure = { reason: error.reason, message: error.message, sinceMs };
    if (!isNews) return;
    logger.warn('source failed', { reason: error.reason, message: error.message });
    emit({ type: 'source-failed', reason: error.reason, message: error.message });
  }

  async #bringIn(commit: CommitInfo): Promise<void> {
    const { paths, rootName, emit, logger } = this.#options;
    const isNew = this.#commit?.id !== commit.id;
    // A pass without news reads hardly any folder, and must not make the reader forget the others.
    if (isNew) this.#reader.nextGeneration();
    const selected = await selectApplications(this.#reader, commit.tree, paths, rootName);
    const { applications } = selected;
    this.#commit = commit;
    if (isNew) {
      emit({ type: 'commit', commit, applications });
      logger.info('new commit', { commit: commit.id, applications: applications.length });
    }
    const known = this.applications.map(({ application }) => application);
    const steps: Step[] = [];
    for (const application of applications) steps.push(await this.#load(application, commit));
    this.#noteRecovery();
    const declares = ({ name }: Application) => this.#declares.get(name) ?? 'unknown';
    const { removed, missing, waiting } = computeVanished({ known, selected, paths, declares });
    for (const { name } of removed) this.#applications.get(name)?.withdraw();
    await runSteps(steps);
    for (const application of missing) await this.#failMissing(this.#ensure(application), commit);
    for (const { application, successor } of waiting)
      await this.#fail(this.#ensure(application), commit, 'BuildFailed', successorUnloaded(application, successor));
    for (const application of removed) await this.#remove(application, commit, applications);
    this.#options.loader.retain?.(new Set(this.applications.map(({ application }) => application.path)));
  }

  /**
   * Loads an application where what it depends on changed; the returned step applies it, after all others are loaded.
   */
  async #load(application: Application, commit: CommitInfo): Promise<Step> {
    const reconciler = this.#ensure(application);
    const folder = { path: application.path, rootTree: commit.tree, reader: this.#reader };
    let target: Target = { commit: commit.id, tree: `unread ${commit.tree}` };
    try {
      const opened = await this.#options.loader.open(folder);
      if (opened === undefined) {
        this.#declares.set(application.name, 'unknown');
        return () => this.#failMissing(reconciler, commit);
      }
      this.#sources.set(application.name, new Set(opened.sources));
      target = { commit: commit.id, tree: opened.identity };
      if (reconciler.isAt(target)) return noteStep(reconciler, target);
      const loaded = await opened.load();
      reconciler.declare(loaded);
      this.#declares.set(application.name, whatIsDeclared(loaded));
      return (isFinal) => reconciler.sync(target, loaded, isFinal);
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
      this.#declares.set(application.name, 'unknown');
      if (reconciler.isAt(target)) return noteStep(reconciler, target);
      return async () => {
        await reconciler.fail(target, 'BuildFailed', loadFailed(application.path, error));
        return 'done';
      };
    }
  }

  #failMissing(reconciler: ApplicationReconciler, commit: CommitInfo): Promise<SyncOutcome> {
    return this.#fail(reconciler, commit, 'ArtifactFailed', pathMissing(reconciler.application.path));
  }

  async #fail(
    reconciler: ApplicationReconciler,
    commit: CommitInfo,
    reason: ReadyReason,
    problem: ReportedProblem,
  ): Promise<SyncOutcome> {
    const target: Target = { commit: commit.id, tree: '' };
    if (reconciler.isAt(target)) reconciler.noteCommit(target);
    else await reconciler.fail(target, reason, problem);
    return 'done';
  }

  async #remove(application: Application, commit: CommitInfo, present: readonly Application[]): Promise<void> {
    const { name } = application;
    // What is not declared any more is deleted "once its successor is known to work", by whatever name that goes.
    const successor = present.find(({ path }) => path === application.path);
    const phase = this.#applications.get(successor?.name ?? '')?.verdict.phase;
    if (successor !== undefined && (phase === undefined || !WAS_HEALTHY.has(phase))) {
      const problem = successorUnproven(application, successor);
      this.#successors.set(name, successor.name);
      // Whatever it waited for before. Nothing of it is pruned meanwhile, and the verdict on the successor says when to
      // try again.
      await this.#ensure(application).fail({ commit: commit.id, tree: '' }, 'BuildFailed', problem);
      return;
    }
    this.#successors.delete(name);
    if (!(await this.#applications.get(name)?.remove({ commit: commit.id, tree: '' }))) return;
    this.#applications.delete(name);
    this.#sources.delete(name);
    this.#declares.delete(name);
    this.#options.emit({ type: 'removed', application: name });
  }

  #ensure(application: Application): ApplicationReconciler {
    const known = this.#applications.get(application.name);
    if (known !== undefined) {
      if (known.application.path !== application.path) known.moveTo(application.path);
      return known;
    }
    const { client, state, clock, logger, rolloutTimeoutMs, stuckAfterMs } = this.#options;
    const context: ApplicationContext = {
      client,
      state,
      clock,
      logger,
      emit: (event) => this.#emit(event),
      recentEvents: this.#recentEvents,
      rolloutTimeoutMs,
      stuckAfterMs,
      isDeclaredBy: (name, key) => this.#applications.get(name)?.declares(key) === true,
      findDeclarer: (key, except) =>
        [...this.#applications].find(([name, other]) => name !== except && other.declares(key))?.[0],
    };
    const reconciler = new ApplicationReconciler(application, context);
    this.#applications.set(application.name, reconciler);
    return reconciler;
  }

  /** What waits for a successor is tried again once that one is healthy, and not before. */
  #emit(event: GitopsEvent): void {
    this.#options.emit(event);
    if (event.type !== 'verdict' || !WAS_HEALTHY.has(event.verdict.phase)) return;
    if ([...this.#successors.values()].includes(event.application)) this.#syncInBackground();
  }
}

/** Nothing that the application depends on is another: no work but the note. */
function noteStep(reconciler: ApplicationReconciler, target: Target): Step {
  return async () => {
    reconciler.noteCommit(target);
    return 'done';
  };
}

/**
 * What one application lacks another may be about to make, such as a namespace: those that the world refused are tried
 * again for as long as that helps any of them, and only then reported.
 */
async function runSteps(steps: readonly Step[]): Promise<void> {
  let pending = steps;
  for (let helped = true; pending.length > 0; ) {
    const isFinal = !helped || pending.length === 1;
    const refused: Step[] = [];
    for (const step of pending) if ((await step(isFinal)) === 'refused') refused.push(step);
    helped = refused.length < pending.length;
    pending = refused;
  }
}
