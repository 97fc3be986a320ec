import { formatTime } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { formatDiagnosticPlace } from '../../manifests/index.ts';
import { formatObject } from '../../objects/index.ts';
import type { FinishedJob, Health } from '../../plan/index.ts';
import type { CommitInfo } from '../../source/source.ts';
import { type ApplicationRecord, type ApplicationVerdict, type ReportedProblem, shownPhase } from '../application.ts';
import { describeUnhealthy, type FinishedObject, type HealthSummary, type UnhealthyObject } from '../health-tracker.ts';
import type { SourceFailure } from '../reconciler.ts';
import type { Observations } from './observations.ts';

/** Version of `status.yaml`; a reader refuses what it does not know. */
export const STATUS_API_VERSION = 'status.berth.dev/v1';

/** Everything that the status branch says of one cluster, as data: `status.yaml` is this, the page is drawn from it. */
export interface StatusDocument {
  readonly apiVersion: typeof STATUS_API_VERSION;
  readonly kind: 'ClusterStatus';
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly berth: { readonly version: string; readonly engine: string };
  /** When this was true; it is refreshed at least every hour while Berth runs. */
  readonly observedAt: string;
  readonly source: {
    readonly repository: string;
    readonly branch: string;
    /** Folders and patterns of the configuration. */
    readonly paths: readonly string[];
    readonly commit: string;
    readonly subject: string;
    readonly failure?: { readonly reason: string; readonly message: string; readonly since: string };
  };
  /** What this box lacks for running what it is given: an engine that does not answer, a port that is taken. */
  readonly problems: readonly BoxProblem[];
  readonly applications: readonly ApplicationStatus[];
  /** What decides on this box how a commit is carried out: a plan that is made elsewhere goes by it. */
  readonly settings: BoxRules;
  /** How long starts and pulls took here. */
  readonly observed: Observations;
}

/** The part of a box's configuration that manifests meet. */
export interface BoxRules {
  readonly node: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  readonly rolloutTimeoutSeconds: number;
  /** What manifests may ask of the machine, by namespace. */
  readonly allow: Readonly<Record<string, JsonObject>>;
}

/** Something about the box itself. */
export interface BoxProblem {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

export interface ApplicationStatus {
  readonly name: string;
  readonly path: string;
  readonly phase: ApplicationVerdict['phase'];
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly since: string;
  readonly attemptedCommit: string;
  readonly appliedCommit: string;
  readonly appliedAt?: string;
  readonly objects: { readonly total: number; readonly healthy: number };
  readonly unhealthy: readonly UnhealthyStatus[];
  /**
   * Jobs that have run to their end and are gone: they count as healthy or failed as they ended, and are not made
   * again.
   */
  readonly finishedJobs?: readonly FinishedJobStatus[];
  readonly problems: readonly ProblemStatus[];
  readonly history: readonly {
    readonly commit: string;
    readonly phase: string;
    readonly message: string;
    readonly changes: Readonly<Record<string, number>>;
    readonly startedAt: string;
    readonly durationSeconds: number;
  }[];
}

interface UnhealthyStatus {
  readonly object: string;
  readonly status: Health['status'];
  readonly reason: string;
  readonly message: string;
  readonly declaredAt?: string;
}

export interface FinishedJobStatus {
  readonly object: string;
  readonly outcome: FinishedJob['outcome'];
  readonly reason: string;
  readonly message: string;
}

interface ProblemStatus {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly object?: string;
  readonly place: string;
  readonly help?: string;
}

/** What one application contributes. */
export interface ApplicationSnapshot {
  readonly name: string;
  readonly path: string;
  readonly verdict: ApplicationVerdict;
  readonly record: ApplicationRecord | undefined;
  readonly health: HealthSummary;
  readonly finishedJobs?: readonly FinishedObject[];
  /** `shop/web.yaml:3` of a declared object, by its key. */
  readonly placeOf: (key: string) => string | undefined;
}

export interface StatusSnapshot {
  readonly cluster: { readonly name: string; readonly uid: string };
  readonly berthVersion: string;
  readonly engine: string;
  readonly nowMs: number;
  readonly repository: string;
  readonly branch: string;
  readonly paths: readonly string[];
  readonly settings: BoxRules;
  readonly observed: Observations;
  readonly commit: CommitInfo | undefined;
  readonly sourceFailure: SourceFailure | undefined;
  readonly problems: readonly BoxProblem[];
  readonly applications: readonly ApplicationSnapshot[];
}

/** Most that the page and the document list of each; the rest is counted. */
const LISTED = 50;

export function computeStatusDocument(snapshot: StatusSnapshot): StatusDocument {
  const { commit, sourceFailure } = snapshot;
  return {
    apiVersion: STATUS_API_VERSION,
    kind: 'ClusterStatus',
    cluster: snapshot.cluster,
    berth: { version: snapshot.berthVersion, engine: snapshot.engine },
    observedAt: formatTime(snapshot.nowMs),
    source: {
      repository: snapshot.repository,
      branch: snapshot.branch,
      paths: snapshot.paths,
      commit: commit?.id ?? '',
      subject: commit?.message.split('\n', 1)[0] ?? '',
      ...(sourceFailure === undefined
        ? {}
        : {
            failure: {
              reason: sourceFailure.reason,
              message: sourceFailure.message,
              since: formatTime(sourceFailure.sinceMs),
            },
          }),
    },
    problems: snapshot.problems,
    applications: snapshot.applications.map(showApplication),
    settings: snapshot.settings,
    observed: snapshot.observed,
  };
}

/**
 * As a person is to see it now. What is told of a commit goes by the verdict itself: a pod that fails for a moment
 * takes nothing back of a commit that has succeeded.
 */
function showApplication(application: ApplicationSnapshot): ApplicationStatus {
  const { verdict, health } = application;
  // An object may have changed since the verdict was drawn, a moment ago.
  const isUnsettled = verdict.phase === 'Healthy' && health.unhealthy.length > 0;
  const phase = isUnsettled ? 'Progressing' : shownPhase(verdict);
  return { ...computeApplicationStatus(application), phase, ready: readyOf(phase) };
}

export function computeApplicationStatus(application: ApplicationSnapshot): ApplicationStatus {
  const { verdict, record, health } = application;
  return {
    name: application.name,
    path: application.path,
    phase: verdict.phase,
    ready: readyOf(verdict.phase),
    reason: verdict.reason,
    message: verdict.message,
    since: formatTime(verdict.sinceMs),
    attemptedCommit: record?.attemptedCommit ?? '',
    appliedCommit: record?.appliedCommit ?? '',
    ...(record === undefined || record.appliedAtMs === 0 ? {} : { appliedAt: formatTime(record.appliedAtMs) }),
    objects: { total: health.total, healthy: health.current },
    unhealthy: health.unhealthy.slice(0, LISTED).map((object) => describeObject(object, application.placeOf)),
    ...describeFinished(application.finishedJobs ?? []),
    problems: verdict.problems.slice(0, LISTED).map(describeProblem),
    history: (record?.history ?? []).map((entry) => ({
      commit: entry.commit,
      phase: entry.phase,
      message: entry.message,
      changes: { ...entry.counts },
      startedAt: formatTime(entry.startedAtMs),
      durationSeconds: Math.max(0, Math.round((entry.finishedAtMs - entry.startedAtMs) / 1000)),
    })),
  };
}

function readyOf(phase: ApplicationVerdict['phase']): ApplicationStatus['ready'] {
  if (phase === 'Healthy') return 'True';
  return phase === 'Pending' || phase === 'Applying' || phase === 'Progressing' ? 'Unknown' : 'False';
}

function describeObject(object: UnhealthyObject, placeOf: (key: string) => string | undefined): UnhealthyStatus {
  const place = placeOf(object.key);
  return {
    object: formatObject(object.id),
    status: object.health.status,
    reason: object.cause?.reason ?? object.health.reason,
    message: describeUnhealthy(object),
    ...(place === undefined ? {} : { declaredAt: place }),
  };
}

/** All of them: a plan that is made from the status branch would otherwise make those again that are not listed. */
function describeFinished(jobs: readonly FinishedObject[]): Pick<ApplicationStatus, 'finishedJobs'> {
  const finishedJobs = jobs.map(({ id, finished: { outcome, reason, message } }) => ({
    object: formatObject(id),
    outcome,
    reason,
    message,
  }));
  finishedJobs.sort((a, b) => (a.object < b.object ? -1 : 1));
  return finishedJobs.length === 0 ? {} : { finishedJobs };
}

function describeProblem(problem: ReportedProblem): ProblemStatus {
  return {
    severity: problem.severity,
    code: problem.code,
    message: problem.message,
    ...(problem.object === undefined ? {} : { object: problem.object }),
    place: formatDiagnosticPlace(problem),
    ...(problem.help === undefined ? {} : { help: problem.help }),
  };
}
