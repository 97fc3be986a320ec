import { type Clock, sleep } from '../../lib/clock.ts';
import { BerthError } from '../../lib/errors.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Logger } from '../../lib/logger.ts';
import { WorkQueue } from '../../lib/work-queue.ts';
import type { BoxProblem } from '../status/status-document.ts';
import { type DeploymentOutcome, digestOutcome } from './deployment-outcome.ts';
import type { OutcomeSink, ReportedOutcome, ReportMemory } from './outcome-sink.ts';

export interface OutcomeReporterOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sinks: readonly OutcomeSink[];
  readonly memory: ReportMemory;
  /** Where an application stands at the moment of the call. */
  readonly outcomeOf: (application: string) => DeploymentOutcome | undefined;
  readonly allOutcomes: () => readonly DeploymentOutcome[];
  /** Resolves once everything that was written so far will survive a crash. */
  readonly durable: () => Promise<void>;
  /** What cannot be reported has changed. */
  readonly onProblem: () => void;
}

/**
 * Tells the outside what becomes of commits, beside the loop: nothing there waits for it. Each sink has a queue of its
 * own with each application in it at most once, and what is told is how things stand at that moment, so that a sink
 * which is away for hours costs nothing and then hears the end of the story.
 */
export class OutcomeReporter {
  readonly #clock: Clock;
  readonly #lines: readonly SinkLine[];

  constructor(options: OutcomeReporterOptions) {
    this.#clock = options.clock;
    this.#lines = options.sinks.map((sink) => new SinkLine(sink, options));
  }

  /** Something about this application is new. */
  note(application: string): void {
    for (const line of this.#lines) line.note(application);
  }

  /** Each sink that could not be told something, once. */
  problems(): readonly BoxProblem[] {
    return this.#lines.flatMap(({ problem }) => problem ?? []);
  }

  /** Waits until everything is told, but not for what failed, and not longer than `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const timeout = new AbortController();
    const waiting = Promise.all(this.#lines.map((line) => line.idle()));
    const late = sleep(this.#clock, timeoutMs, timeout.signal).catch(() => {});
    await Promise.race([waiting, late]);
    timeout.abort();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.stop()));
  }
}

/**
 * First pause after a failure; it doubles up to the longest. After so many attempts a report is given up until there is
 * something new.
 */
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 600_000;
const ATTEMPTS = 12;

/** The queue to one sink. */
class SinkLine {
  readonly #sink: OutcomeSink;
  readonly #options: OutcomeReporterOptions;
  readonly #queue: WorkQueue;
  readonly #attempts = new Map<string, number>();
  /** Digests of what is being told, and of what was given up: that is not tried again. */
  readonly #current = new Map<string, string>();
  readonly #givenUp = new Map<string, string>();
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;
  #problem: BoxProblem | undefined;

  constructor(sink: OutcomeSink, options: OutcomeReporterOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock, baseDelayMs: RETRY_MS, maxDelayMs: LONGEST_RETRY_MS });
    this.#queue.onReady(() => this.#wake());
  }

  get problem(): BoxProblem | undefined {
    return this.#problem;
  }

  note(application: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#attempts.delete(application);
    this.#queue.forget(application);
    this.#queue.add(application);
  }

  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#queue.clear();
    await this.#working;
  }

  #wake(): void {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      // What came in the last turn has found a worker that was about to end.
      if (this.#queue.readyCount > 0 && !this.#stopping.signal.aborted) this.#wake();
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const application = this.#stopping.signal.aborted ? undefined : this.#queue.take();
      if (application === undefined) return;
      try {
        await this.#report(application);
        this.#queue.forget(application);
        this.#attempts.delete(application);
        this.#noteProblem(undefined);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        // A sink's own mistake must not end what runs the box; it is told like any other failure.
        this.#noteFailure(application, error instanceof BerthError ? error : unexpected(this.#sink, error));
      }
    }
  }

  async #report(application: string): Promise<void> {
    const { memory, outcomeOf, durable } = this.#options;
    await durable();
    const outcome = outcomeOf(application);
    if (outcome === undefined) return;
    const previous = memory.get(this.#sink.name, application);
    const digest = digestOutcome(outcome);
    if (previous?.digest === digest || this.#givenUp.get(application) === digest) return;
    this.#current.set(application, digest);
    if (previous !== undefined && previous.commit !== outcome.commit && previous.state === 'progressing') {
      await this.#deliver(supersede(outcome, previous), previous);
    }
    const { againAfterMs } = await this.#deliver(outcome, previous);
    if (againAfterMs !== undefined) return this.#queue.addAfter(application, againAfterMs);
    const { commit, state } = outcome;
    const end = state === 'progressing' ? previous?.end : { commit, state };
    memory.set(this.#sink.name, application, { commit, state, digest, ...(end === undefined ? {} : { end }) });
  }

  async #deliver(outcome: DeploymentOutcome, previous: ReportedOutcome | undefined) {
    const { clock, allOutcomes } = this.#options;
    const all = allOutcomes().filter(
      ({ commit, application }) => commit === outcome.commit && application !== outcome.application,
    );
    const sorted = [...all, outcome].sort((a, b) => (a.application < b.application ? -1 : 1));
    const timeout = new AbortController();
    const timer = clock.setTimer(LIMITS.reportMs, () => timeout.abort());
    try {
      const signal = AbortSignal.any([timeout.signal, this.#stopping.signal]);
      return await this.#sink.report(outcome, { all: sorted, ...(previous === undefined ? {} : { previous }), signal });
    } finally {
      timer.cancel();
    }
  }

  #noteFailure(application: string, error: BerthError): void {
    const attempts = (this.#attempts.get(application) ?? 0) + 1;
    this.#attempts.set(application, attempts);
    if (error.isRetryable && attempts < ATTEMPTS) this.#queue.addRateLimited(application);
    else this.#givenUp.set(application, this.#current.get(application) ?? '');
    this.#noteProblem({ code: error.code, message: `${this.#sink.name}: ${error.detail}`, help: error.help });
  }

  /** A problem is told once, and once more when it is gone. */
  #noteProblem(problem: BoxProblem | undefined): void {
    const { logger, onProblem } = this.#options;
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    if (problem === undefined) logger.info('reports are delivered again', { sink: this.#sink.name });
    else logger.warn('report not delivered', { sink: this.#sink.name, code: problem.code, problem: problem.message });
    onProblem();
  }
}

function supersede(outcome: DeploymentOutcome, { commit }: ReportedOutcome): DeploymentOutcome {
  const message = `superseded by ${outcome.commit.slice(0, 7)} before it was healthy`;
  return { ...outcome, commit, state: 'superseded', message, problems: [] };
}

function unexpected(sink: OutcomeSink, error: unknown): BerthError {
  const name = error instanceof Error ? error.name : 'an error';
  return new BerthError('ReportFailed', {
    object: sink.name,
    verb: 'report',
    detail: `ended by ${name}`,
    cause: error,
  });
}
