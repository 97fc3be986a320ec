import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { type Application, type ApplicationRecord, type ApplicationVerdict, shownPhase } from './application.ts';
import { type Attempt, computeFirstRecord, computeRecord, type Target } from './application-record.ts';
import type { RolloutOutcome } from './compute-rollout.ts';
import type { GitopsListener } from './events.ts';
import type { GitopsState } from './gitops-state.ts';

export interface VerdictBookContext {
  readonly state: GitopsState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: GitopsListener;
}

type Outcome = Pick<ApplicationVerdict, 'phase' | 'reason' | 'message'> & Pick<RolloutOutcome, 'about'>;

/**
 * The verdict on one application: what is thought of it now, what is remembered of it across restarts, and who is told.
 *
 * A verdict is told when anything of it is new, written down when its phase, its reason or its commit is, and told in
 * any case once after a start: somebody may be waiting for it.
 */
export class VerdictBook {
  readonly #context: VerdictBookContext;
  #application: Application;
  #record: ApplicationRecord | undefined;
  #verdict: ApplicationVerdict;
  #told = '';

  constructor(application: Application, context: VerdictBookContext) {
    this.#application = application;
    this.#context = context;
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

  get application(): Application {
    return this.#application;
  }

  get verdict(): ApplicationVerdict {
    return this.#verdict;
  }

  get record(): ApplicationRecord | undefined {
    return this.#record;
  }

  moveTo(path: string): void {
    this.#application = { ...this.#application, path };
    if (this.#record !== undefined) this.#save({ ...this.#record, path });
  }

  /** Writes the application down before it owns anything, so that no crash leaves an inventory that nobody knows of. */
  ensureRecord(): void {
    if (this.#record !== undefined) return;
    this.#save(computeFirstRecord(this.#application, this.#verdict));
  }

  /** Writes down a commit that changes nothing of what the verdict is about. */
  noteCommit(target: Target): void {
    if (this.#record === undefined || this.#record.attemptedCommit === target.commit) return;
    const isApplied = this.#record.appliedTree === target.tree;
    this.#save({
      ...this.#record,
      attemptedCommit: target.commit,
      ...(isApplied ? { appliedCommit: target.commit } : {}),
    });
  }

  set(attempt: Attempt, outcome: Outcome): void {
    const { clock, emit, logger, state } = this.#context;
    const { phase, reason, message } = outcome;
    const { target, omittedProblems } = attempt;
    // What was missing when the commit was read may have come since, with another application for one.
    const problems = attempt.problems.filter(({ missing }) => missing === undefined || !state.hasObject(missing));
    const before = this.#verdict;
    const isTransition = phase !== before.phase || this.#record?.attemptedCommit !== target.commit;
    const told = JSON.stringify([target.commit, phase, reason, message, problems.length, omittedProblems]);
    if (!isTransition && told === this.#told) return;
    this.#told = told;
    const isShownSame = shownPhase(outcome) === shownPhase(before);
    const sinceMs = isShownSame ? before.sinceMs : clock.wallMs();
    this.#verdict = { phase, reason, message, sinceMs, problems, omittedProblems };
    if (isTransition || reason !== before.reason) {
      const snapshot = { attempt, verdict: this.#verdict, previous: this.#record, nowMs: clock.wallMs() };
      this.#save(computeRecord({ application: this.#application, ...snapshot }));
    }
    const { name } = this.#application;
    logger.info('application verdict', { application: name, commit: target.commit, phase, reason });
    const about = outcome.about === undefined ? {} : { about: outcome.about };
    emit({ type: 'verdict', application: name, commit: target.commit, verdict: this.#verdict, isTransition, ...about });
  }

  #save(record: ApplicationRecord): void {
    this.#record = record;
    this.#context.state.putApplication(record);
  }
}
