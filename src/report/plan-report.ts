import type { JsonValue } from '../lib/json.ts';
import type { Finding } from '../plan/findings/finding.ts';
import type { BlastRadius, RestartReport } from '../plan/impact/index.ts';

export type { BlastRadius, RestartReport } from '../plan/impact/index.ts';

/** Version of the report's JSON; a reader refuses what it does not know. */
export const PLAN_REPORT_API_VERSION = 'plan.berth.dev/v1';

/**
 * Everything that `berth plan` found about one revision, as data: every form of the report is drawn from it. It is
 * JSON, sorted, and free of secrets' values. What is absent was not asked for or does not apply; what was never
 * observed says so.
 */
export interface PlanReport {
  readonly apiVersion: typeof PLAN_REPORT_API_VERSION;
  readonly kind: 'PlanReport';
  readonly berthVersion: string;
  readonly cluster: string;
  /** The repository as a person calls it, without credentials. */
  readonly repository: string;
  /** The worst finding's severity, `ok` when there is none above `info`. */
  readonly result: 'ok' | 'warning' | 'error';
  /** Whether merging would change anything: objects, or the state that was found on the box. */
  readonly hasChanges: boolean;
  /** What was planned. */
  readonly head: PlanCommit;
  /** What the diff is taken against: absent when that is the live state itself, as on the box without refs. */
  readonly base?: PlanCommit;
  readonly live: LiveState;
  /** Sorted by name; those of which nothing is in base, head or the box's inventory do not appear. */
  readonly applications: readonly ApplicationReport[];
  /** Worst first; then by application, path and line. */
  readonly findings: readonly Finding[];
  /** Findings beyond the limit, and what a rule of the reader's own keeps silent. */
  readonly hidden: readonly HiddenFindings[];
  readonly images: readonly ImageReport[];
  readonly capacity: readonly NodeCapacity[];
  /** How the simulation ended; absent when nothing was played, because nothing loads or nothing changes. */
  readonly simulation?: SimulationSummary;
  /** The command that makes this report again: `berth plan --base main --head 3f2c1a9`. */
  readonly reproduce: string;
}

export interface PlanCommit {
  readonly id: string;
  /** As it was asked for: `HEAD~1`, `origin/main`, `main`. */
  readonly ref?: string;
  /** First line of its message. */
  readonly subject: string;
  /** `merge-base` when the base is where the head left `ref`. */
  readonly how?: 'merge-base' | 'given' | 'deployed';
}

/** Where the simulation started from. */
export interface LiveState {
  /**
   * `base`: neither store nor status branch was there, so the base commit is taken as running. `none`: nothing runs.
   */
  readonly source: 'store' | 'status-branch' | 'base' | 'none';
  /** The status branch and the commit that was read, for `status-branch`. */
  readonly branch?: string;
  readonly commit?: string;
  /** When the box last said so. */
  readonly observedAt?: string;
  readonly ageMs?: number;
  /** The commits that the box had applied then, sorted. */
  readonly deployed: readonly string[];
  /** Why it may not be true any more, as clauses; empty when it is fresh. */
  readonly stale: readonly string[];
  /** Why a better source could not be read, as a clause. */
  readonly missing?: string;
  readonly objects: number;
  readonly pods: number;
}

export interface ApplicationReport {
  readonly name: string;
  readonly path: string;
  readonly counts: ChangeCountsReport;
  /** Without unchanged objects; deletions first, then in the order of applying. */
  readonly changes: readonly ObjectChange[];
  /** `false`: it does not load or is refused, so nothing of it would be applied. */
  readonly isApplicable: boolean;
  readonly readyIn: ReadyIn;
  readonly rollouts: readonly RolloutForecast[];
  readonly restarts: readonly RestartReport[];
  readonly blastRadius: BlastRadius;
}

export interface ChangeCountsReport {
  readonly created: number;
  readonly configured: number;
  readonly replaced: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly skipped: number;
}

export interface ObjectChange {
  /** `replaced`: deleted and made anew. `skipped`: its own annotations ask to be left alone. */
  readonly action: 'created' | 'configured' | 'replaced' | 'deleted' | 'skipped';
  /** `Deployment/shop/web`. */
  readonly object: string;
  readonly apiVersion: string;
  readonly path?: string;
  readonly line?: number;
  readonly fields: readonly FieldDiff[];
  /** Fields that Git sets and somebody else rightly owns. */
  readonly ceded: readonly string[];
  /** Why it was skipped, replaced or deleted. */
  readonly reason?: string;
}

/**
 * One field. A side that is absent does not have it; a value of a Secret reads `(hidden)` on both sides. `(hidden)`
 * also stands in the place of a password or a token inside a longer text.
 */
export interface FieldDiff {
  /** Empty for the whole of an object that is created. */
  readonly field: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
  /** Place of the new value in the head's file. */
  readonly path?: string;
  readonly line?: number;
}

/**
 * `observed`: from start and readiness times that Berth saw on the box. `not-observed`: it gets ready, but how long
 * that takes was never seen.
 */
export type ReadyIn =
  | { readonly kind: 'observed'; readonly ms: number }
  | { readonly kind: 'not-observed'; readonly images: readonly string[] }
  | { readonly kind: 'never' }
  | { readonly kind: 'nothing-to-do' };

export interface RolloutForecast {
  /** `Deployment/shop/web`. */
  readonly object: string;
  readonly path?: string;
  readonly line?: number;
  readonly cause: 'created' | 'replaced' | 'template' | 'scaled' | 'deleted' | 'neighbour';
  /**
   * `stable`: it reached what it asks for. `stuck`: nothing more will happen by itself. `never`: it goes on without
   * getting there (a container that crashes again and again), until a limit of the simulation ended it.
   */
  readonly outcome: 'stable' | 'stuck' | 'never';
  /** Why it is stuck, as a clause. */
  readonly reason?: string;
  readonly wantedReplicas: number;
  readonly replicasBefore: number;
  /** Pods that exist at the end. */
  readonly finalReplicas: number;
  readonly finalReady: number;
  readonly readyBefore: number;
  /** Fewest ready pods on the way, the end included. */
  readonly lowestReady: number;
  /** Each kind of step once, in the order in which it was first taken. */
  readonly phases: readonly RolloutPhase[];
  readonly readyIn: ReadyIn;
  /** A step function: each sample holds until the next one. The first is what was live, the last is the end. */
  readonly timeline: readonly TimelineSample[];
  /** Samples that were left out of a long rollout. */
  readonly omittedSamples: number;
}

/**
 * `new-*` and `old-*` are pods of the new and of the old template; `new-waiting`: a pod that cannot be placed or
 * started. `complete` ends a rollout that is stable.
 */
export type RolloutPhase =
  | 'new-created'
  | 'new-waiting'
  | 'new-started'
  | 'new-ready'
  | 'old-stopping'
  | 'old-gone'
  | 'complete';

export interface TimelineSample {
  readonly atMs: number;
  readonly newReady: number;
  readonly newPods: number;
  readonly oldReady: number;
  readonly oldPods: number;
}

export interface ImageReport {
  readonly image: string;
  readonly usedBy: readonly string[];
  readonly change: 'added' | 'removed' | 'kept';
  /** `unknown`: nobody was asked, or it did not answer; `detail` says why. */
  readonly found: 'yes' | 'no' | 'unauthorized' | 'unknown';
  /** What the tag points at now. */
  readonly digest?: string;
  /** What runs on the box under the same name. */
  readonly runningDigest?: string;
  readonly detail?: string;
}

/** Requests of all pods on a node, against what it can give. */
export interface NodeCapacity {
  readonly node: string;
  readonly resource: string;
  /** Quantities as Kubernetes writes them: `1400m`, `2Gi`. */
  readonly allocatable: string;
  readonly before: string;
  readonly after: string;
  /** The most that is requested on the way. */
  readonly peak: string;
}

export interface HiddenFindings {
  readonly rule: string;
  readonly count: number;
}

export interface SimulationSummary {
  /** Virtual time that was played. */
  readonly virtualMs: number;
  readonly events: number;
  /** The limit that ended it before it was stable or provably stuck: its name in `LIMITS`. */
  readonly endedBy?: string;
  /** Objects that were left out because the change cannot reach them. */
  readonly leftOut: number;
}
