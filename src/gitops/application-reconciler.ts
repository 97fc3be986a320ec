import type { Client } from '../api/client.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { formatObject } from '../objects/index.ts';
import type { StoredObject } from '../objects/types.ts';
import { type ChangeCounts, type ChangeProblem, countChanges, formatCounts, hasChanges } from '../plan/index.ts';
import type {
  Application,
  ApplicationPhase,
  ApplicationRecord,
  ApplicationVerdict,
  DeclaredObject,
  LoadedApplication,
  ReadyReason,
  ReportedProblem,
} from './application.ts';
import { type Attempt, computeRecord, type Target } from './application-record.ts';
import { type ApplyObjectsResult, applyObjects } from './apply-objects.ts';
import { computeRollout, type RolloutOutcome } from './compute-rollout.ts';
import type { GitopsListener } from './events.ts';
import type { GitopsState } from './gitops-state.ts';
import { type HealthSummary, HealthTracker } from './health-tracker.ts';
import { isDrift } from './is-drift.ts';
import { pruneObjects } from './prune-objects.ts';
import { changeRefused, summariseProblems } from './reported-problem.ts';

/** What every application of one box shares. */
export interface ApplicationContext {
  readonly client: Client;
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: GitopsListener;
  /** How long a rollout may take before it counts as timed out. */
  readonly rolloutTimeoutMs: number;
  /** How long a cause that waiting does not mend (an image that cannot be pulled) may last before the rollout counts as failed. */
  readonly stuckAfterMs: number;
  /** Whether an application declares an object in its newest loaded commit. */
  readonly isDeclaredBy: (application: string, key: string) => boolean;
  readonly isDeclaredElsewhere: (application: string, key: string) => boolean;
}

const NO_COUNTS: ChangeCounts = { created: 0, configured: 0, unchanged: 0, deleted: 0, skipped: 0 };
/** Drift is collected for a moment, so that a person's ten edits are one repair. */
const DRIFT_DEBOUNCE_MS = 500;

const BLOCKING_REASONS: ReadonlySet<ReadyReason> = new Set(['ArtifactFailed', 'BuildFailed', 'ReconciliationFailed']);

/**
 * Brings one application to the commit that it is told, and watches over it afterwards: apply → wait for health → prune last, drift put right,
 * a verdict that follows the world.
 *
 * One thing is done at a time; a newer commit takes over from the wait of an older one.
 * Invariant: a commit with an error changes nothing that runs, and what was declared before stays in the inventory.
 */
export class ApplicationReconciler {
  readonly application: Application;
  readonly #context: ApplicationContext;
  readonly #tracker: HealthTracker;
  readonly #dirty = new Set<string>();
  #declared: ReadonlyMap<string, DeclaredObject> = new Map();
  /** Where `#declared` is from. */
  #loaded: LoadedApplication | undefined;
  #attempt: Attempt | undefined;
  #record: ApplicationRecord | undefined;
  #verdict: ApplicationVerdict;
  #queue: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isStopped = false;
  #evaluateTimer: Timer | undefined;
  #driftTimer: Timer | undefined;
  #stuckSinceMs: number | undefined;

  constructor(application: Application, context: ApplicationContext) {
    this.application = application;
    this.#context = context;
    this.#tracker = new HealthTracker(context.client);
    this.#record = context.state.getApplication(application.name);
    this.#verdict = this.#record?.verdict ?? {
      phase: 'Pending',
      reason: 'Progressing',
      message: 'waits for its first commit',
      problems: [],
      omittedProblems: 0,
      sinceMs: context.clock.wallMs(),
    };
  }

  get verdict(): ApplicationVerdict {
    return this.#verdict;
  }

  get record(): ApplicationRecord | undefined {
    return this.#record;
  }

  get health(): HealthSummary {
    return this.#tracker.summarise();
  }

  declares(key: string): boolean {
    return this.#declared.has(key);
  }

  /** Objects of the newest commit that loaded, by key. */
  get declared(): ReadonlyMap<string, DeclaredObject> {
    return this.#declared;
  }

  /** Whether `target` was brought in already and its outcome needs no new attempt. */
  isAt(target: Target): boolean {
    return this.#attempt?.target.tree === target.tree && this.#verdict.phase !== 'TimedOut';
  }

  /** Remembers a commit that touched nothing of this application: no work but the note. */
  noteCommit(target: Target): void {
    if (this.#record === undefined || this.#record.attemptedCommit === target.commit) return;
    const isApplied = this.#record.appliedTree === target.tree;
    this.#saveRecord({
      ...this.#record,
      attemptedCommit: target.commit,
      ...(isApplied ? { appliedCommit: target.commit } : {}),
    });
    if (this.#attempt !== undefined) this.#attempt = { ...this.#attempt, target };
  }

  /** Takes what a commit declares, before any application applies: moved objects find their new owner this way. */
  declare(loaded: LoadedApplication): void {
    if (loaded === this.#loaded || loaded.problems.some(({ severity }) => severity === 'error')) return;
    this.#loaded = loaded;
    this.#declared = new Map(loaded.objects.map((object) => [object.key, object]));
  }

  /** Resolves once the commit is applied or refused; the rollout goes on afterwards. */
  sync(target: Target, loaded: LoadedApplication): Promise<void> {
    return this.#enqueue(() => this.#sync(target, loaded));
  }

  /** Reports that the commit's folder could not be loaded at all. */
  fail(target: Target, reason: ReadyReason, problem: ReportedProblem): Promise<void> {
    return this.#enqueue(async () => {
      this.#beginAttempt(target, [], [problem], 0);
      this.#setVerdict('Invalid', reason, problem.message);
    });
  }

  /** Deletes everything of an application whose folder is gone. */
  remove(): Promise<void> {
    return this.#enqueue(async () => {
      this.#declared = new Map();
      await this.#prune();
      this.#context.state.deleteApplication(this.application.name);
      this.stop();
    });
  }

  /** Takes in a change of any object; called in the tick of its commit. */
  onObjectEvent(key: string, object: StoredObject | undefined, previous: StoredObject | undefined): void {
    if (this.#isStopped) return;
    if (!this.#isWriting && this.#declared.has(key) && isDrift(object, previous)) this.#noteDrift(key);
    if (!this.#tracker.isTracked(key)) return;
    const health = this.#tracker.observe(key, object, this.#context.clock.wallMs());
    const id = this.#tracker.idOf(key);
    if (health === undefined || id === undefined) return;
    this.#context.emit({ type: 'health', application: this.application.name, object: id, health });
    this.#evaluateSoon(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#evaluateTimer?.cancel();
    this.#driftTimer?.cancel();
  }

  /** Resolves once nothing is being done. */
  settled(): Promise<void> {
    return this.#queue;
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(async () => {
      if (!this.#isStopped) await task();
    });
    this.#queue = run.catch(() => {});
    return run;
  }

  async #sync(target: Target, loaded: LoadedApplication): Promise<void> {
    const errors = loaded.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      this.#beginAttempt(target, [], loaded.problems, loaded.omittedProblems);
      return this.#setVerdict('Invalid', 'BuildFailed', summariseProblems(errors, loaded.omittedProblems));
    }
    if (loaded.objects.length === 0 && this.#context.state.hasInventory(this.application.name)) {
      this.#beginAttempt(target, [], loaded.problems, 0);
      const message =
        'this commit declares nothing; what runs is kept (remove the path from the configuration to delete it)';
      return this.#setVerdict('Invalid', 'BuildFailed', message);
    }
    this.declare(loaded);
    const plan = await this.#apply(loaded.objects, 'plan', target);
    const planned = this.#report(plan.problems);
    if (planned.length > 0) {
      this.#beginAttempt(target, [], [...planned, ...loaded.problems], loaded.omittedProblems);
      return this.#setVerdict('Invalid', 'ReconciliationFailed', summariseProblems(planned, 0));
    }
    await this.#carryOut(target, loaded, plan);
  }

  async #carryOut(target: Target, loaded: LoadedApplication, plan: ApplyObjectsResult): Promise<void> {
    const result = plan.changes.length > 0 ? await this.#applyPlanned(loaded, plan, target) : plan;
    const { problems, changes, considered } = result;
    for (const key of [...this.#dirty]) if (this.#declared.has(key)) this.#dirty.delete(key);
    const planned = countChanges(changes);
    const counts = { ...planned, unchanged: planned.unchanged + loaded.objects.length - considered.length };
    const written = changes.filter(({ action }) => action === 'created' || action === 'configured');
    const keys = new Map(considered.map(({ key, id }) => [formatObject(id), key]));
    const successors = written.flatMap(({ id }) => keys.get(formatObject(id)) ?? []);
    this.#beginAttempt(
      target,
      successors,
      [...this.#report(problems), ...loaded.problems],
      loaded.omittedProblems,
      counts,
    );
    this.#tracker.track(this.#declared, this.#context.clock.wallMs());
    this.#stuckSinceMs = undefined;
    this.#context.emit({ type: 'applied', application: this.application.name, commit: target.commit, counts, changes });
    if (problems.length > 0) {
      return this.#setVerdict('Failed', 'ReconciliationFailed', summariseProblems(this.#report(problems), 0));
    }
    const isKnown =
      this.#record?.appliedTree === target.tree &&
      successors.length === 0 &&
      !BLOCKING_REASONS.has(this.#verdict.reason);
    if (!isKnown) this.#setVerdict('Progressing', 'Progressing', `applied ${formatCounts(counts)}; waits for health`);
    else this.noteCommit(target);
    await this.#evaluate();
  }

  /** Applies what the plan looked at, and what somebody has touched since. */
  #applyPlanned(loaded: LoadedApplication, plan: ApplyObjectsResult, target: Target): Promise<ApplyObjectsResult> {
    const considered = new Set(plan.considered);
    const objects = loaded.objects.filter((declared) => considered.has(declared) || this.#dirty.has(declared.key));
    return this.#apply(objects, 'apply', target);
  }

  async #apply(
    objects: readonly DeclaredObject[],
    mode: 'plan' | 'apply',
    target: Target,
  ): Promise<ApplyObjectsResult> {
    const { client, state, clock, isDeclaredBy } = this.#context;
    const isFirstSinceStart = this.#attempt === undefined;
    this.#isWriting = true;
    try {
      return await applyObjects({
        client,
        state,
        clock,
        application: this.application.name,
        objects,
        mode,
        isDeclaredBy: (application, key) => application !== this.application.name && isDeclaredBy(application, key),
        isDirty: (key) => isFirstSinceStart || this.#dirty.has(key),
      });
    } finally {
      this.#isWriting = false;
      this.#context.logger.debug('application objects computed', {
        application: this.application.name,
        mode,
        commit: target.commit,
      });
    }
  }

  #beginAttempt(
    target: Target,
    successors: readonly string[],
    problems: readonly ReportedProblem[],
    omittedProblems: number,
    counts: ChangeCounts = NO_COUNTS,
  ): void {
    const { clock } = this.#context;
    this.#attempt = {
      target,
      startedAtMs: clock.wallMs(),
      startedMs: clock.monotonicMs(),
      counts,
      successors: new Set(successors),
      isPruned: false,
      problems,
      omittedProblems,
    };
  }

  #report(problems: readonly ChangeProblem[]): readonly ReportedProblem[] {
    return problems.map((problem) => changeRefused(this.application.path, problem));
  }

  /** Looks at the health of everything and draws the conclusion: prune, a verdict, or a later look. */
  async #evaluate(): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#isBlocked()) return;
    const { clock } = this.#context;
    const summary = this.#tracker.summarise();
    this.#stuckSinceMs = summary.unhealthy.some(({ cause }) => cause?.isStuck)
      ? (this.#stuckSinceMs ?? clock.monotonicMs())
      : undefined;
    const outcome = computeRollout({
      summary,
      phase: this.#verdict.phase,
      nowMs: clock.monotonicMs(),
      startedMs: attempt.startedMs,
      stuckSinceMs: this.#stuckSinceMs,
      rolloutTimeoutMs: this.#context.rolloutTimeoutMs,
      stuckAfterMs: this.#context.stuckAfterMs,
    });
    const successorsAreHealthy = [...attempt.successors].every((key) => this.#tracker.isHealthy(key));
    if (successorsAreHealthy && !attempt.isPruned && !(await this.#prune())) return;
    this.#conclude(outcome);
  }

  /** Whether the newest commit itself has an error, so that only another commit (or a repaired one) changes the verdict. */
  #isBlocked(): boolean {
    return BLOCKING_REASONS.has(this.#verdict.reason);
  }

  #conclude(outcome: RolloutOutcome): void {
    if (outcome.reviewAfterMs !== undefined) this.#evaluateSoon(outcome.reviewAfterMs);
    if (outcome.phase === this.#verdict.phase && outcome.message === this.#verdict.message) return;
    this.#setVerdict(outcome.phase, outcome.reason, outcome.message);
  }

  /** Returns false when something could not be deleted; the verdict says so then. */
  async #prune(): Promise<boolean> {
    const { client, state, clock, isDeclaredElsewhere, emit } = this.#context;
    const name = this.application.name;
    this.#isWriting = true;
    const { changes, problems } = await pruneObjects({
      client,
      state,
      clock,
      application: name,
      declared: this.#declared,
      isDeclaredElsewhere: (key) => isDeclaredElsewhere(name, key),
      mode: 'apply',
    }).finally(() => {
      this.#isWriting = false;
    });
    if (changes.length > 0) emit({ type: 'pruned', application: name, changes });
    if (this.#attempt !== undefined) {
      const deleted = countChanges(changes).deleted;
      this.#attempt = {
        ...this.#attempt,
        isPruned: problems.length === 0,
        counts: { ...this.#attempt.counts, deleted },
      };
    }
    if (problems.length === 0) return true;
    this.#setVerdict('Failed', 'PruneFailed', summariseProblems(this.#report(problems), 0));
    return false;
  }

  #noteDrift(key: string): void {
    this.#dirty.add(key);
    this.#driftTimer ??= this.#context.clock.setTimer(DRIFT_DEBOUNCE_MS, () => {
      this.#driftTimer = undefined;
      void this.#enqueue(() => this.#repairDrift());
    });
  }

  async #repairDrift(): Promise<void> {
    const attempt = this.#attempt;
    if (attempt === undefined || this.#isBlocked()) return;
    const objects = [...this.#dirty].flatMap((key) => this.#declared.get(key) ?? []);
    const result = await this.#apply(objects, 'apply', attempt.target);
    for (const { key } of objects) this.#dirty.delete(key);
    if (hasChanges(result.changes)) {
      this.#context.emit({ type: 'drift', application: this.application.name, changes: result.changes });
    }
    for (const { key, id } of objects) {
      this.#tracker.observe(key, this.#context.client.getObject(id), this.#context.clock.wallMs());
    }
    await this.#evaluate();
  }

  #evaluateSoon(delayMs: number): void {
    this.#evaluateTimer?.cancel();
    this.#evaluateTimer = this.#context.clock.setTimer(delayMs, () => {
      void this.#enqueue(() => this.#evaluate());
    });
  }

  #setVerdict(phase: ApplicationPhase, reason: ReadyReason, message: string): void {
    const { clock, emit, logger } = this.#context;
    const attempt = this.#attempt;
    const sinceMs = phase === this.#verdict.phase ? this.#verdict.sinceMs : clock.wallMs();
    const isNewPhase = phase !== this.#verdict.phase || this.#record?.attemptedCommit !== attempt?.target.commit;
    this.#verdict = {
      phase,
      reason,
      message,
      sinceMs,
      problems: attempt?.problems ?? [],
      omittedProblems: attempt?.omittedProblems ?? 0,
    };
    if (attempt === undefined) return;
    if (isNewPhase) {
      const { application } = this;
      this.#saveRecord(
        computeRecord({ application, attempt, verdict: this.#verdict, previous: this.#record, nowMs: clock.wallMs() }),
      );
    }
    logger.info('application verdict', {
      application: this.application.name,
      commit: attempt.target.commit,
      phase,
      reason,
    });
    emit({
      type: 'verdict',
      application: this.application.name,
      commit: attempt.target.commit,
      verdict: this.#verdict,
    });
  }

  #saveRecord(record: ApplicationRecord): void {
    this.#record = record;
    this.#context.state.putApplication(record);
  }
}
