import type { DeploymentOutcome, OutcomeState } from './deployment-outcome.ts';

/** Where reports go: GitHub, a webhook. The composition root opens sinks and hands them in. */
export interface OutcomeSink {
  /** Unique and stable: what is remembered across restarts is kept under it. It holds nothing that is secret. */
  readonly name: string;
  /**
   * Makes the outside say `outcome`. It may be called again for the same one, after a failure or a restart, and must
   * not say it twice.
   *
   * Rejects with a `BerthError`: a retryable one is tried again later, a terminal one not before there is something new
   * to tell.
   */
  report(outcome: DeploymentOutcome, context: ReportContext): Promise<ReportResult>;
}

export interface ReportContext {
  /** The outcomes of all applications at the same commit, sorted by application. */
  readonly all: readonly DeploymentOutcome[];
  /** What this sink was last told of the same application. */
  readonly previous?: ReportedOutcome;
  readonly signal: AbortSignal;
}

export interface ReportResult {
  /** Call again then, if the outcome is still the same: something is not worth telling unless it lasts. */
  readonly againAfterMs?: number;
}

/** What is remembered of the last report. */
export interface ReportedOutcome {
  readonly commit: string;
  readonly state: OutcomeState;
  readonly digest: string;
  /** The last one that was an end, whatever was told since. */
  readonly end?: { readonly commit: string; readonly state: OutcomeState };
}

/** What was told to whom, across restarts. Losing it may repeat a report, and nothing else. */
export interface ReportMemory {
  get(sink: string, application: string): ReportedOutcome | undefined;
  set(sink: string, application: string, reported: ReportedOutcome): void;
}
