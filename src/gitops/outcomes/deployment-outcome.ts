import { canonicalJson } from '../../lib/json.ts';
import type { ApplicationPhase } from '../application.ts';
import type { ApplicationStatus } from '../status/status-document.ts';

/** `superseded`: a newer commit took over before this one came to an end. */
export type OutcomeState = 'progressing' | 'succeeded' | 'failed' | 'superseded';

/**
 * What became of one commit in one application, for whoever is told about it outside of the box. It holds nothing that
 * is secret.
 */
export interface DeploymentOutcome {
  readonly cluster: string;
  readonly application: string;
  /** Folder of the application, `.` for the root. */
  readonly path: string;
  readonly branch: string;
  readonly commit: string;
  readonly state: OutcomeState;
  readonly phase: ApplicationPhase;
  readonly reason: string;
  /** One sentence without a full stop. */
  readonly message: string;
  /** When the box began with it; RFC 3339. */
  readonly startedAt?: string;
  /** How long it took until it first came to an end. */
  readonly durationSeconds?: number;
  readonly pods: PodCount;
  readonly objects: { readonly total: number; readonly healthy: number };
  /** What is wrong, the worst first, each with its place in the repository as far as there is one. */
  readonly problems: readonly OutcomeProblem[];
}

export interface PodCount {
  readonly wanted: number;
  readonly ready: number;
}

export interface OutcomeProblem {
  readonly code: string;
  readonly object?: string;
  readonly message: string;
  /** `shop/web.yaml:7:3`. */
  readonly place?: string;
  readonly help?: string;
}

export interface OutcomeContext {
  readonly cluster: string;
  readonly branch: string;
  readonly pods: PodCount;
}

const PROBLEMS = 20;
const STATES: Readonly<Partial<Record<ApplicationPhase, OutcomeState>>> = {
  Applying: 'progressing',
  Progressing: 'progressing',
  Healthy: 'succeeded',
  Degraded: 'failed',
  Failed: 'failed',
  TimedOut: 'failed',
  Invalid: 'failed',
};

/**
 * `undefined` where there is nothing to tell: no commit yet, a suspended application, a commit that touched nothing of
 * this one, one that was healthy and is on its way to whatever comes next.
 */
export function computeOutcome(status: ApplicationStatus, context: OutcomeContext): DeploymentOutcome | undefined {
  const { name, path, phase, reason, message, objects, attemptedCommit, history } = status;
  const state = STATES[phase];
  if (state === undefined || attemptedCommit === '') return undefined;
  const [attempt] = history;
  const isFinished = state !== 'progressing';
  if (isFinished && reason === 'Progressing') return undefined;
  if (isFinished && attempt?.commit !== attemptedCommit) return undefined;
  const times =
    isFinished && attempt !== undefined
      ? { startedAt: attempt.startedAt, durationSeconds: attempt.durationSeconds }
      : {};
  return {
    cluster: context.cluster,
    application: name,
    path,
    branch: context.branch,
    commit: attemptedCommit,
    state,
    phase,
    reason,
    message,
    ...times,
    pods: context.pods,
    objects,
    problems: state === 'failed' ? describeProblems(status) : [],
  };
}

function describeProblems({ problems, unhealthy }: ApplicationStatus): readonly OutcomeProblem[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const ofCommit = errors.map(({ severity: _, ...problem }): OutcomeProblem => problem);
  const ofWorld = unhealthy.map(
    ({ object, reason, message, declaredAt }): OutcomeProblem => ({
      code: reason,
      object,
      message,
      ...(declaredAt === undefined ? {} : { place: declaredAt }),
    }),
  );
  return [...ofCommit, ...ofWorld].slice(0, PROBLEMS);
}

/** Equal for outcomes that are worth no second report: counts and wording may differ on the way. */
export function digestOutcome({ commit, state, phase, problems }: DeploymentOutcome): string {
  return canonicalJson([commit, state, phase, problems.map(({ code, place, object }) => [code, place, object])]);
}
