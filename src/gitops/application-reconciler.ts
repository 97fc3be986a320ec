import { Alarm } from '../lib/alarm.ts';
import { yieldTurn } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { formatObject } from '../objects/index.ts';
import type { Pod, StoredObject } from '../objects/types.ts';
import {
  type Change,
  type ChangeCounts,
  type ChangeProblem,
  countChanges,
  type FinishedJob,
  formatCounts,
  hasChanges,
  isWritten,
} from '../plan/index.ts';
import {
  type Application,
  type ApplicationPhase,
  type ApplicationRecord,
  type ApplicationVerdict,
  type DeclaredObject,
  declaresNothing,
  type LoadedApplication,
  type ReadyReason,
  type ReportedProblem,
} from './application.ts';
import { ApplicationApplier } from './application-applier.ts';
import type { ApplicationContext, SyncOutcome } from './application-context.ts';
import { ApplicationPruner, type Pruned } from './application-pruner.ts';
import { type Attempt, REFUSED_REASONS, type Target } from './application-record.ts';
import type { ApplyObjectsResult } from './apply-objects.ts';
import { type RolloutOutcome, WAS_HEALTHY } from './compute-rollout.ts';
import { DeletedAgain } from './deleted-again.ts';
import { DriftQueue } from './drift-queue.ts';
import { findFinished } from './finished-jobs.ts';
import { type FinishedObject, type HealthSummary, HealthTracker } from './health-tracker.ts';
import { isDrift } from './is-drift.ts';
import type { PodCount } from './outcomes/deployment-outcome.ts';
import { reportOutage } from './report-outage.ts';
import { changeRefused, summariseProblems } from './reported-problem.ts';
import { RolloutWatch } from './rollout-watch.ts';
import { releasedScaleTarget } from './scaled-replicas.ts';
import { selectCandidates } from './select-candidates.ts';
import { VerdictBook } from './verdict-book.ts';

const NO_COUNTS: ChangeCounts = countChanges([]);
/** Pods say why a workload is not ready, each of them many times: they are looked at together. */
const POD_PAUSE_MS = 1_000;

/** Reasons that the world may mend without a new commit. */
const RETRIED_REASONS: ReadonlySet<ReadyReason> = new Set(['ReconciliationFailed', 'PruneFailed']);

/**
 * Brings one application to the commit that it is told, and watches over it afterwards: apply → wait for health → prune
 * last, drift put right, a verdict that follows the world.
 *
 * One thing is done at a time; a newer commit takes over from the wait of an older one.
 * Invariant: a commit with an error changes nothing that runs; what runs is watched over all the same.
 */
export class ApplicationReconciler {
  readonly #context: ApplicationContext;
  readonly #book: VerdictBook;
  readonly #tracker: HealthTracker;
  readonly #drift: DriftQueue;
  readonly #deletedAgain: DeletedAgain;
  readonly #applier: ApplicationApplier;
  readonly #pruner: ApplicationPruner;
  readonly #rollout: RolloutWatch;
  readonly #evaluation: Alarm;
  /**
   * What the newest commit that loaded declares; `undefined` before the first since the start. Says to whom an object
   * belongs.
   */
  #declared: ReadonlyMap<string, DeclaredObject> | undefined;
  /** Where `#declared` is from. */
  #loaded: LoadedApplication | undefined;
  /**
   * What the last commit that was carried out declares; `undefined` before the first since the start. Drift is measured
   * against it.
   */
  #applied: ReadonlyMap<string, DeclaredObject> | undefined;
  /** What was created or changed since the last pruning, which waits until all of it is healthy. */
  readonly #unproven = new Set<string>();
  /** The version whose objects were all applied, without any problem; `undefined` when that is not known. */
  #appliedVersion: number | undefined;
  /** Declared objects that the last commit did not apply because they say so; they have no entry in the inventory. */
  #skipped: readonly string[] = [];
  #attempt: Attempt | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #isStopped = false;
  /**
   * Gone from the commit: what is left goes when whoever has to be healthy before is, and not because something happens
   * to it.
   */
  #isWithdrawn = false;

  constructor(application: Application, context: ApplicationContext) {
    const { client, clock } = context;
    this.#context = context;
    this.#book = new VerdictBook(application, context);
    const findFinished = (key: string) => this.#findFinished(key);
    this.#deletedAgain = new DeletedAgain(client, clock);
    const judgeDeleted = this.#deletedAgain.judge.bind(this.#deletedAgain);
    this.#tracker = new HealthTracker({
      client,
      clock,
      recentEvents: context.recentEvents,
      findFinished,
      judgeDeleted,
    });
    const inBackground = (task: () => Promise<void>) => {
      this.#enqueue(task).catch(reportOutage(context.logger));
    };
    this.#drift = new DriftQueue(clock, () => inBackground(() => this.#repairDrift()));
    this.#applier = new ApplicationApplier(application.name, context, this.#drift);
    this.#pruner = new ApplicationPruner(application.name, context, (body) => this.#applier.write(body));
    this.#rollout = new RolloutWatch(context);
    this.#evaluation = new Alarm(clock, () => inBackground(() => this.#evaluate()));
  }

  get application(): Application {
    return this.#book.application;
  }

  get verdict(): ApplicationVerdict {
    return this.#book.verdict;
  }

  get record(): ApplicationRecord | undefined {
    return this.#book.record;
  }

  get health(): HealthSummary {
    return this.#tracker.summarise();
  }

  /** Jobs that ended and are gone, because their time to live was up. */
  get finishedJobs(): readonly FinishedObject[] {
    return this.#tracker.finishedJobs;
  }

  get pods(): PodCount {
    return this.#tracker.countPods();
  }

  /** Whether trying the same commit again may end otherwise. */
  get wantsRetry(): boolean {
    return RETRIED_REASONS.has(this.verdict.reason);
  }

  /** Until a commit has loaded since the start, what was applied before it counts as declared. */
  declares(key: string): boolean {
    if (this.#declared !== undefined) return this.#declared.has(key);
    return this.#context.state.getInventoryEntry(this.application.name, key) !== undefined;
  }

  /** Where the object of a key is written, as far as it runs or is declared. */
  originOf(key: string): DeclaredObject['origin'] | undefined {
    return (this.#applied?.get(key) ?? this.#declared?.get(key))?.origin;
  }

  /** Whether `target` was brought in already and its outcome needs no new attempt. */
  isAt(target: Target): boolean {
    return this.#attempt?.target.tree === target.tree && !this.wantsRetry;
  }

  /** Remembers a commit that touched nothing of this application: no work but the note. */
  noteCommit(target: Target): void {
    this.#book.noteCommit(target);
    if (this.#attempt !== undefined) this.#attempt = { ...this.#attempt, target };
  }

  /** The folder of the application is another one from now on. */
  moveTo(path: string): void {
    this.#book.moveTo(path);
  }

  /** Takes what a commit declares, before any application applies: moved objects find their new owner this way. */
  declare(loaded: LoadedApplication): void {
    if (loaded === this.#loaded || loaded.problems.some(({ severity }) => severity === 'error')) return;
    this.#isWithdrawn = false;
    const { changes } = loaded;
    const known = changes !== undefined && changes.since === this.#loaded?.version ? this.#declared : undefined;
    this.#loaded = loaded;
    // Few changes leave most of the map as it is, and a copy is much cheaper than a new one.
    const declared = new Map(known);
    for (const object of known === undefined ? loaded.objects : (changes?.objects ?? []))
      declared.set(object.key, object);
    this.#declared = declared;
    if (known === undefined) this.#pruner.noteDeclared();
  }

  /** Declares nothing from now on, so that other applications may take over what this one has. */
  withdraw(): void {
    this.#isWithdrawn = true;
    this.#loaded = undefined;
    this.#declared = new Map();
    this.#pruner.noteDeclared();
    this.#appliedVersion = undefined;
  }

  /**
   * Resolves once the commit is applied or refused; the rollout goes on afterwards. What the world refuses is reported
   * only when the attempt `isFinal`.
   */
  async sync(target: Target, loaded: LoadedApplication, isFinal = true): Promise<SyncOutcome> {
    return (await this.#enqueue(() => this.#sync(target, loaded, isFinal))) ?? 'done';
  }

  /** Reports that the commit's folder could not be loaded at all. */
  async fail(target: Target, reason: ReadyReason, problem: ReportedProblem): Promise<void> {
    await this.#enqueue(async () => this.#refuse(target, reason, problem.message, [problem]));
  }

  /** Deletes everything of an application that is no more. Returns false when something is left, which is reported. */
  async remove(target: Target): Promise<boolean> {
    const isRemoved = await this.#enqueue(async () => {
      const { state } = this.#context;
      const { name } = this.application;
      this.withdraw();
      this.#applied = new Map();
      this.#tracker.track(this.#applied, this.#context.clock.wallMs());
      this.#beginAttempt(target, []);
      if (!(await this.#prune())) return false;
      if (state.hasInventory(name)) {
        this.#setVerdict('Failed', 'PruneFailed', 'waits for other applications to take over what they declare now');
        return false;
      }
      state.deleteApplication(name);
      this.#halt();
      return true;
    });
    return isRemoved ?? true;
  }

  /** Takes in a change of any object; called in the tick of its commit. */
  onObjectEvent(key: string, object: StoredObject | undefined, previous: StoredObject | undefined): void {
    if (this.#isStopped) return;
    const isGone = object === undefined && previous !== undefined;
    // A write that takes the last finalizer off what is being deleted ends it, and what is declared has to come back.
    const isOwn = this.#applier.isWriting && !(isGone && previous.metadata.deletionTimestamp !== undefined);
    if (!isOwn && this.#applied?.has(key) && isDrift(object, previous)) {
      this.#drift.note(key, isGone ? this.#deletedAgain.note(key, previous) : undefined);
    }
    const released = releasedScaleTarget(object, previous);
    if (released !== undefined && this.#applied?.has(released)) this.#drift.note(released);
    const changed = object ?? previous;
    if (changed?.kind === 'Namespace' && object === undefined) this.#onNamespaceGone(changed.metadata.name);
    if (changed?.kind === 'Pod') this.#onPodEvent(key, object as Pod | undefined, changed.metadata.namespace);
    if (object?.kind === 'Event') this.#lookAgain(object.metadata.namespace);
    if (!this.#tracker.isTracked(key)) return;
    const health = this.#tracker.observe(key, object, this.#context.clock.wallMs());
    const id = this.#tracker.idOf(key);
    if (health === undefined || id === undefined) return;
    this.#context.emit({ type: 'health', application: this.application.name, object: id, health });
    this.#evaluation.set(0);
  }

  /** What a Job has done went with its namespace: where that comes back, the Job runs once more. */
  #onNamespaceGone(name: string): void {
    for (const { key, id } of this.#tracker.finishedJobs) {
      if (id.namespace !== name) continue;
      this.#drift.note(key);
      this.#tracker.observe(key, undefined, this.#context.clock.wallMs());
    }
  }

  #findFinished(key: string): FinishedJob | undefined {
    const declared = this.#applied?.get(key);
    return declared === undefined ? undefined : findFinished(this.#context, this.application.name, declared);
  }

  #onPodEvent(key: string, pod: Pod | undefined, namespace: string | undefined): void {
    const isRecovering = this.#tracker.observePod(key, pod);
    this.#lookAgain(namespace, isRecovering);
  }

  /**
   * Something has happened in a namespace. Looks after a moment, in which more of the kind may come, where that may say
   * why an object is not healthy.
   */
  #lookAgain(namespace: string | undefined, isWanted = false): void {
    if ((this.#evaluation.leftMs ?? Number.POSITIVE_INFINITY) <= POD_PAUSE_MS) return;
    if (isWanted || this.#tracker.hasUnhealthyIn(namespace)) this.#evaluation.set(POD_PAUSE_MS);
  }

  /** Resolves once nothing is being done any more. */
  async stop(): Promise<void> {
    this.#halt();
    await this.#queue;
  }

  #halt(): void {
    this.#isStopped = true;
    this.#evaluation.close();
    this.#drift.close();
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T | undefined> {
    const run = this.#queue.then(() => (this.#isStopped ? undefined : task()));
    this.#queue = run.catch(() => {});
    return run;
  }

  async #sync(target: Target, loaded: LoadedApplication, isFinal: boolean): Promise<SyncOutcome> {
    const { problems, omittedProblems } = loaded;
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      const { objects, isForced } = loaded;
      const refused = this.#report(await this.#applier.findRefusals({ objects, watched: this.#applied, isForced }));
      const message = summariseProblems([...errors, ...refused], omittedProblems);
      this.#refuse(target, 'BuildFailed', message, [...problems, ...refused], omittedProblems);
      return 'done';
    }
    if (declaresNothing(loaded) && this.#context.state.hasInventory(this.application.name)) {
      const message =
        'this commit declares nothing; what runs is kept (remove the path from the configuration to delete it)';
      this.#refuse(target, 'BuildFailed', message, problems);
      return 'done';
    }
    this.declare(loaded);
    const objects = this.#candidates(loaded, this.#appliedVersion);
    const plan = await this.#applier.plan({ objects, watched: this.#applied, isForced: loaded.isForced });
    if (plan.problems.length === 0) await this.#carryOut(target, loaded, plan);
    else if (!isFinal) return 'refused';
    else {
      const planned = this.#report(plan.problems);
      const message = summariseProblems(planned, 0);
      this.#refuse(target, 'ReconciliationFailed', message, [...planned, ...problems], omittedProblems);
    }
    return 'done';
  }

  #candidates(loaded: LoadedApplication, appliedVersion: number | undefined): readonly DeclaredObject[] {
    const touched = [...this.#drift.keys(), ...this.#skipped];
    return selectCandidates({ loaded, appliedVersion, touched, declared: this.#declared ?? new Map() });
  }

  #refuse(
    target: Target,
    reason: ReadyReason,
    message: string,
    problems: readonly ReportedProblem[],
    omittedProblems = 0,
  ): void {
    this.#beginAttempt(target, problems, omittedProblems);
    this.#setVerdict('Invalid', reason, message);
  }

  async #carryOut(target: Target, loaded: LoadedApplication, plan: ApplyObjectsResult): Promise<void> {
    const { record } = this.#book;
    const wasCarriedOut = record?.appliedTree === target.tree;
    // What an earlier life of this process had created or changed, and whether it had become healthy, is known only of
    // a healthy application.
    const isUnproven = this.#applied === undefined && !(wasCarriedOut && WAS_HEALTHY.has(record.verdict.phase));
    this.#book.ensureRecord();
    const before = this.#applied;
    const appliedVersion = this.#appliedVersion;
    this.#appliedVersion = undefined;
    this.#applied = this.#declared ?? new Map();
    // Objects that stay as they are may still have to be written into the inventory.
    const result =
      plan.changes.length > 0 ? await this.#applyPlanned(this.#candidates(loaded, appliedVersion), plan, before) : plan;
    const endMs = this.#context.clock.monotonicMs() + LIMITS.turnMs;
    const { problems, changes, considered } = result;
    const planned = countChanges(changes);
    const counts = { ...planned, unchanged: planned.unchanged + loaded.objects.length - considered.length };
    const written = changes.filter(({ action }) => isWritten(action));
    const keys = new Map(considered.map(({ key, id }) => [formatObject(id), key]));
    const keyOf = ({ id }: Change) => keys.get(formatObject(id)) ?? '';
    for (const key of written.map(keyOf)) {
      this.#unproven.add(key);
      this.#deletedAgain.forget(key);
    }
    // What comes back as it was may never have been known to work.
    for (const { key } of considered) if (before?.has(key) === false) this.#unproven.add(key);
    this.#skipped = changes.filter(({ action }) => action === 'skipped').map(keyOf);
    if (isUnproven) for (const key of this.#applied.keys()) this.#unproven.add(key);
    const reported = this.#report(problems);
    this.#beginAttempt(target, [...reported, ...loaded.problems], loaded.omittedProblems, counts);
    if (problems.length === 0) this.#appliedVersion = loaded.version;
    const hasSameKeys = loaded.changes !== undefined && loaded.changes.since === appliedVersion;
    this.#tracker.track(this.#applied, this.#context.clock.wallMs(), hasSameKeys);
    this.#rollout.restart();
    this.#context.emit({ type: 'applied', application: this.application.name, commit: target.commit, counts, changes });
    if (problems.length > 0) {
      return this.#setVerdict('Failed', 'ReconciliationFailed', summariseProblems(reported, 0));
    }
    if (wasCarriedOut && written.length === 0 && !this.#isBlocked()) this.#book.noteCommit(target);
    else this.#setVerdict('Progressing', 'Progressing', `applied ${formatCounts(counts)}; waits for health`);
    // Thousands of changes have taken their time, and drawing conclusions takes its own.
    if (this.#context.clock.monotonicMs() > endMs) await yieldTurn(this.#context.clock);
    await this.#evaluate();
  }

  /** Applies what the plan looked at, and what somebody has touched since. */
  #applyPlanned(
    candidates: readonly DeclaredObject[],
    plan: ApplyObjectsResult,
    before: ReadonlyMap<string, DeclaredObject> | undefined,
  ): Promise<ApplyObjectsResult> {
    const considered = new Set(plan.considered);
    const objects = candidates.filter((one) => considered.has(one) || this.#drift.has(one.key));
    return this.#apply(objects, before);
  }

  #apply(
    objects: readonly DeclaredObject[],
    watched: ReadonlyMap<string, DeclaredObject> | undefined,
  ): Promise<ApplyObjectsResult> {
    return this.#applier.apply({ objects, watched, isForced: this.#loaded?.isForced });
  }

  #beginAttempt(
    target: Target,
    problems: readonly ReportedProblem[],
    omittedProblems = 0,
    counts: ChangeCounts = NO_COUNTS,
  ): void {
    const { clock } = this.#context;
    const startedAtMs = clock.wallMs();
    const startedMs = clock.monotonicMs();
    this.#pruner.beginAttempt();
    this.#attempt = { target, startedAtMs, startedMs, counts, isPruned: false, problems, omittedProblems };
  }

  #report(problems: readonly ChangeProblem[]): readonly ReportedProblem[] {
    return problems.map((problem) => changeRefused(this.application.path, problem));
  }

  /** Looks at the health of everything and draws the conclusion: prune, a verdict, or a later look. */
  async #evaluate(): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#isWithdrawn || this.#isBlocked()) return;
    const isProven = this.#tracker.areHealthy(this.#unproven);
    if (!attempt.isPruned && !(await (isProven ? this.#prune() : this.#pruneRestraints()))) return;
    const summary = this.health;
    const { phase } = this.verdict;
    const outcome = this.#rollout.conclude({ summary, phase, startedMs: attempt.startedMs });
    if (outcome.reviewAfterMs !== undefined) this.#evaluation.set(outcome.reviewAfterMs);
    this.#note(outcome);
  }

  /**
   * Whether the newest commit itself has an error, so that only another commit (or a repaired one) changes the verdict.
   */
  #isBlocked(): boolean {
    return REFUSED_REASONS.has(this.verdict.reason);
  }

  /** Returns false when something could not be deleted; the verdict says so then. */
  async #prune(): Promise<boolean> {
    const pruned = await this.#pruner.prune(this.#declared ?? new Map());
    this.#countPruned(pruned);
    const isPruned = pruned.problems.length === 0;
    if (isPruned) this.#unproven.clear();
    if (this.#attempt !== undefined) this.#attempt = { ...this.#attempt, isPruned };
    if (!isPruned) this.#setVerdict('Failed', 'PruneFailed', summariseProblems(this.#report(pruned.problems), 0));
    return isPruned;
  }

  async #pruneRestraints(): Promise<true> {
    this.#countPruned(await this.#pruner.pruneRestraints(this.#declared ?? new Map()));
    return true;
  }

  #countPruned({ deleted }: Pruned): void {
    if (this.#attempt === undefined) return;
    const { counts } = this.#attempt;
    this.#attempt = { ...this.#attempt, counts: { ...counts, deleted: counts.deleted + deleted } };
  }

  async #repairDrift(): Promise<void> {
    const { name } = this.application;
    // What another application has taken over meanwhile is no longer ours to put right.
    const isOurs = (key: string) => this.#context.state.getInventoryEntry(name, key) !== undefined;
    const keys = this.#drift.dueKeys();
    const objects = keys.filter(isOurs).flatMap((key) => this.#applied?.get(key) ?? []);
    this.#drift.take(keys.filter((key) => !isOurs(key) || !this.#applied?.has(key)));
    if (objects.length === 0) return;
    const { changes, problems } = await this.#apply(objects, this.#applied);
    if (hasChanges(changes)) this.#context.emit({ type: 'drift', application: name, changes });
    if (problems.length > 0)
      this.#context.logger.warn('drift not put right', { application: name, problem: problems[0]?.message });
    for (const { key, id } of objects) {
      this.#tracker.observe(key, this.#context.client.getObject(id), this.#context.clock.wallMs());
    }
    await this.#evaluate();
  }

  #setVerdict(phase: ApplicationPhase, reason: ReadyReason, message: string): void {
    this.#note({ phase, reason, message });
  }

  #note(outcome: RolloutOutcome): void {
    if (this.#attempt !== undefined) this.#book.set(this.#attempt, outcome);
  }
}
