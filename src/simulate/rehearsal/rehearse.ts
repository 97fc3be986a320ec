import type { Client } from '../../api/client.ts';
import type { BoxSettings } from '../../box/index.ts';
import { type ApplicationPlan, type LoadedCommit, type Observations, planCommit } from '../../gitops/index.ts';
import { LIMITS } from '../../lib/limits.ts';
import {
  addQuantities,
  type Condition,
  findCondition,
  findKindsNamed,
  formatQuantity,
  isPodTerminal,
  podRequests,
  type Quantity,
  ZERO_QUANTITY,
} from '../../objects/index.ts';
import type { KubernetesObject, Pod, StoredObject } from '../../objects/types.ts';
import { computeHealth, findHeldUpdate } from '../../plan/index.ts';
import type { NodeCapacity } from '../../report/index.ts';
import type { Entry } from '../../store/index.ts';
import { forecastRollout, type RecordedOutcome } from './forecast-rollout.ts';
import { CapacityMeter, type PlayedWarning, type ServiceAvailability, ServiceMeter, WarningMeter } from './meters.ts';
import { ObservedDurations } from './observed-durations.ts';
import { imagesOfPod, probePeriodMs } from './pod-behaviour.ts';
import { RehearsalWorld } from './rehearsal-world.ts';
import { type CachedTrees, RehearsedRepository } from './rehearsed-commit.ts';
import { type RecordedWorkload, RolloutRecorder } from './rollout-recorder.ts';
import { selectAffected } from './select-affected.ts';
import { newestRevisionOf } from './workload-of-pod.ts';

export interface RehearsalOptions {
  readonly settings: BoxSettings;
  /** Name of the application at the repository's root. */
  readonly repository: string;
  /** What the store of the box holds; empty when nothing runs. */
  readonly entries: readonly Entry[];
  readonly trees: CachedTrees;
  /**
   * What is deployed: with `entries` it is what they came from; without, it is brought up first. `undefined`: nothing
   * is deployed, or nobody knows what.
   */
  readonly deployed: LoadedCommit | undefined;
  readonly head: LoadedCommit;
  readonly observations: Observations;
  readonly missingImages: readonly string[];
  readonly foundImages?: readonly string[];
  readonly startWallMs: number;
  /** Asked now and then; a text is the name of the limit that is reached. */
  readonly overBudget: () => string | undefined;
  /** Plays also what the change cannot reach: the outcome is the same. */
  readonly keepAll?: boolean;
}

export interface RehearsedWorkload extends RecordedOutcome {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly images: readonly string[];
  /** Images whose start was never seen on the box. */
  readonly unobserved: readonly string[];
  /** Whether its pods came to anything else than they were. */
  readonly isMoved: boolean;
  /** What each of its pods asks a node for, as quantities; of the one that waits, where one does. */
  readonly requests: Readonly<Record<string, string>>;
  /** What those of its pods that have a node ask for together at the end. */
  readonly held: Readonly<Record<string, string>>;
  /** Whether a rollout of it has new pods beside all old ones. */
  readonly surges: boolean;
}

export interface Rehearsal {
  /** What applying the head does to what is live, and what refuses it. */
  readonly plans: readonly ApplicationPlan[];
  readonly workloads: readonly RehearsedWorkload[];
  readonly services: readonly ServiceAvailability[];
  readonly capacity: readonly NodeCapacity[];
  /** Pods that a node of the box takes. */
  readonly maxPods: number;
  /** What the controllers complained about: pods that could not be created, volumes that could not be mounted. */
  readonly warnings: readonly PlayedWarning[];
  readonly virtualMs: number;
  readonly firedTimers: number;
  /** Name of the limit that ended it. */
  readonly endedBy?: string;
  readonly pods: number;
  /** Pods that were there when the change came in. */
  readonly livePods: number;
  /** Objects that the change cannot reach, and that were left out. */
  readonly leftOut: number;
}

/** "max-pods: Number of pods that can run on this kubelet. Default: 110" (kubelet). */
const DEFAULT_MAX_PODS = 110;
/** Quiet for so long, with what the probes and graces of the pods may take on top, is quiet for ever. */
const QUIET_MS = 35_000;
/** After every application has come to its verdict, what goes on is waited for no longer than this. */
const AFTER_VERDICT_MS = 60_000;
const TERMINAL: ReadonlySet<string> = new Set(['Healthy', 'Degraded', 'Failed', 'TimedOut', 'Invalid', 'Suspended']);
/** Timers between two looks at the budget. */
const BUDGET_STEP = 512;

/**
 * Plays a commit forward: the box as it is live takes in the head, and virtual time runs until everything is as asked
 * for, or until nothing more can happen, or until a limit ends it. Nothing outside of this process is asked or changed.
 */
export async function rehearse(given: RehearsalOptions): Promise<Rehearsal> {
  const { options, leftOut } = withoutBystanders(given);
  const repository = new RehearsedRepository(options.repository, options.trees);
  const durations = new ObservedDurations(options.observations);
  const world = new RehearsalWorld({ ...options, repository, durations });
  const play = new Play(world, options, { leftOut, maxPods: given.settings.node.maxPods ?? DEFAULT_MAX_PODS });
  try {
    repository.push(options.deployed ?? options.head);
    if (wantedPods(options.head) + wantedPods(options.deployed) > LIMITS.rehearsalPods)
      return await play.refuse(repository, 'rehearsalPods');
    if (options.deployed === undefined) return await play.playHead(repository, durations, true);
    await world.start();
    await play.untilSettled(undefined);
    await world.rest();
    return await play.playHead(repository, durations, false);
  } finally {
    await world.stop();
  }
}

/** What the change cannot reach is left out, where there is enough of it to be worth the while. */
function withoutBystanders(options: RehearsalOptions): {
  readonly options: RehearsalOptions;
  readonly leftOut: number;
} {
  const { deployed, head, entries, settings, keepAll } = options;
  if (deployed === undefined || entries.length === 0 || keepAll === true) return { options, leftOut: 0 };
  const part = selectAffected(entries, deployed, head);
  if (part.leftOutObjects === 0) return { options, leftOut: 0 };
  const narrow = (commit: LoadedCommit): LoadedCommit => ({
    ...commit,
    applications: commit.applications.map((folder) => {
      const { objects } = folder.loaded;
      const kept = objects.filter(({ key }) => part.isKept(key));
      return { ...folder, loaded: { ...folder.loaded, objects: kept, isNarrowed: kept.length < objects.length } };
    }),
  });
  const { node } = settings;
  const maxPods = Math.max(1, (node.maxPods ?? DEFAULT_MAX_PODS) - part.leftOutPods);
  return {
    options: {
      ...options,
      entries: part.entries,
      deployed: narrow(deployed),
      head: narrow(head),
      settings: { ...settings, node: { ...node, maxPods } },
    },
    leftOut: part.leftOutObjects,
  };
}

class Play {
  readonly #whole: Pick<Rehearsal, 'leftOut' | 'maxPods'>;
  readonly #world: RehearsalWorld;
  readonly #options: RehearsalOptions;
  readonly #client: Client;
  readonly #warnings: WarningMeter;
  #endedBy: string | undefined;
  #nextBudgetCheck = 0;

  constructor(world: RehearsalWorld, options: RehearsalOptions, whole: Pick<Rehearsal, 'leftOut' | 'maxPods'>) {
    this.#world = world;
    this.#whole = whole;
    this.#options = options;
    this.#client = world.registry.client({ user: 'rehearsal', fieldManager: 'rehearsal' });
    this.#warnings = new WarningMeter(this.#client);
  }

  /** Says what applying the head would write, and plays nothing. */
  async refuse(repository: RehearsedRepository, limit: string): Promise<Rehearsal> {
    repository.push(this.#options.head);
    const plans = await this.#plan(repository);
    const nothing = { workloads: [], services: [], capacity: [], warnings: [], virtualMs: 0, firedTimers: 0 };
    return { ...nothing, plans, endedBy: limit, pods: 0, livePods: 0, ...this.#whole };
  }

  async playHead(repository: RehearsedRepository, durations: ObservedDurations, isFirst: boolean): Promise<Rehearsal> {
    const { head } = this.#options;
    repository.push(head);
    const plans = await this.#plan(repository);
    const startMs = this.#world.clock.monotonicMs();
    const recorder = new RolloutRecorder(this.#client, this.#world.clock);
    const livePods = recorder.podsSeen;
    const services = new ServiceMeter(this.#client);
    const capacity = new CapacityMeter(this.#client);
    this.#warnings.begin();
    if (isFirst) await this.#world.start();
    else await this.#world.sync();
    await this.untilSettled(recorder);
    for (const meter of [recorder, services, capacity, this.#warnings]) meter.stop();
    return {
      plans,
      workloads: this.#concludeAll(recorder, durations),
      services: services.services,
      // Of a machine that nobody knows there is nothing to say.
      capacity: this.#options.entries.length === 0 ? [] : capacity.capacity,
      warnings: this.#warnings.warnings,
      virtualMs: this.#world.clock.monotonicMs() - startMs,
      firedTimers: this.#world.firedTimers,
      ...(this.#endedBy === undefined ? {} : { endedBy: this.#endedBy }),
      pods: recorder.podsSeen,
      livePods,
      ...this.#whole,
    };
  }

  /** Without a recorder: until what was deployed is up, which is at once where it is live. */
  async untilSettled(given: RolloutRecorder | undefined): Promise<void> {
    const recorder = given ?? new RolloutRecorder(this.#client, this.#world.clock);
    const endMs = this.#world.clock.monotonicMs() + LIMITS.rehearsalVirtualMs;
    let verdictMs: number | undefined;
    await this.#world.runUntil(() => {
      this.#endedBy ??= this.#limitReached(recorder);
      if (this.#endedBy !== undefined) return true;
      const phases = this.#world.box.reconciler.applications.map(({ verdict }) => verdict.phase);
      const isDecided = phases.every((phase) => TERMINAL.has(phase));
      verdictMs = isDecided ? (verdictMs ?? recorder.nowMs) : undefined;
      if (isDecided && !recorder.hasUnsettledPods && this.#world.areControllersIdle) return true;
      if (
        recorder.nowMs - recorder.changedAtMs < QUIET_MS &&
        (verdictMs ?? recorder.nowMs) > recorder.nowMs - AFTER_VERDICT_MS
      )
        return false;
      const unsettled = recorder.unsettledPods;
      const patienceMs = QUIET_MS + Math.max(0, ...unsettled.map(slackMs));
      if (recorder.nowMs - recorder.changedAtMs >= patienceMs) return true;
      return verdictMs !== undefined && recorder.nowMs - verdictMs >= AFTER_VERDICT_MS + patienceMs;
    }, endMs);
    if (this.#world.clock.monotonicMs() >= endMs) this.#endedBy ??= 'rehearsalVirtualMs';
    if (given === undefined) recorder.stop();
  }

  async #plan(repository: RehearsedRepository): Promise<readonly ApplicationPlan[]> {
    const { box, clock } = this.#world;
    const planned = planCommit({
      source: repository,
      loader: repository,
      client: this.#world.registry.client({ user: 'system:berth', fieldManager: 'berth' }),
      state: box.state,
      clock,
      paths: this.#options.settings.paths,
      rootName: box.rootName,
      commit: this.#options.head.commit,
    });
    return this.#world.drive(planned);
  }

  #limitReached(recorder: RolloutRecorder): string | undefined {
    const { firedTimers } = this.#world;
    if (recorder.podsSeen > LIMITS.rehearsalPods) return 'rehearsalPods';
    if (firedTimers > LIMITS.rehearsalTimers) return 'rehearsalTimers';
    if (firedTimers < this.#nextBudgetCheck) return undefined;
    this.#nextBudgetCheck = firedTimers + BUDGET_STEP;
    return this.#options.overBudget();
  }

  #concludeAll(recorder: RolloutRecorder, durations: ObservedDurations): readonly RehearsedWorkload[] {
    return [...recorder.workloads.values()].map((recorded) => this.#conclude(recorded, durations));
  }

  #conclude(recorded: RecordedWorkload, durations: ObservedDurations): RehearsedWorkload {
    const { kind, namespace, name } = recorded;
    const object = this.#find(kind, namespace, name);
    const pods = [...recorded.pods.keys()].flatMap((uid) => this.#podsByUid().get(uid) ?? []);
    const sample = pods[0];
    const images = [...new Set(pods.flatMap(imagesOfPod))].sort();
    const { isObserved } = durations.ofPod(
      `${kind}/${namespace}/${name}`,
      images,
      sample === undefined ? 0 : probePeriodMs(sample),
    );
    const isGone = object === undefined || object.metadata.deletionTimestamp !== undefined;
    const outcome = forecastRollout(recorded, {
      wantedReplicas: isGone ? 0 : wantedReplicas(object),
      revision: isGone ? undefined : newestRevisionOf(this.#client, recorded),
      isHealthy: !isGone && computeHealth(object, this.#world.clock.wallMs()).status === 'Current',
      unmounted: this.#unmounted(namespace, pods),
      refused: isGone ? undefined : refusedPods(object),
      holdUp: this.#findHoldUp(recorded, pods),
    });
    const { steps } = recorded;
    return {
      ...outcome,
      kind,
      namespace,
      name,
      images,
      unobserved: isObserved ? [] : images,
      isMoved: steps.length > 0,
      requests: requestsOf(pods.find(({ spec }) => spec?.nodeName === undefined) ?? sample),
      held: heldBy(pods),
      surges: object !== undefined && surges(object),
    };
  }

  #findHoldUp({ kind, namespace, name }: RecordedWorkload, pods: readonly Pod[]): string | undefined {
    const set = kind === 'StatefulSet' ? this.#client.get(kind, { namespace, name }) : undefined;
    return set === undefined ? undefined : findHeldUpdate(set, pods)?.pod;
  }

  #unmounted(namespace: string, pods: readonly Pod[]): string | undefined {
    const objects = new Set(pods.map(({ metadata }) => `Pod/${namespace}/${metadata.name}`));
    return this.#warnings.warnings.find(({ object, reason }) => reason === 'FailedMount' && objects.has(object))
      ?.message;
  }

  #pods: ReadonlyMap<string, Pod> | undefined;

  #podsByUid(): ReadonlyMap<string, Pod> {
    this.#pods ??= new Map(this.#client.list('Pod').map((pod) => [pod.metadata.uid, pod]));
    return this.#pods;
  }

  #find(kind: string, namespace: string, name: string): StoredObject | undefined {
    const apiVersion = findKindsNamed(kind)[0]?.apiVersion;
    return apiVersion === undefined ? undefined : this.#client.getObject({ apiVersion, kind, namespace, name });
  }
}

/**
 * What a controller was told whose last attempt to make a pod was before the change: it pauses, and says nothing more
 * of it.
 */
function refusedPods(object: StoredObject): string | undefined {
  const { conditions } = (object['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  const failure = findCondition(conditions, 'ReplicaFailure');
  return failure?.status === 'True' ? failure.message : undefined;
}

/** Pods that a commit asks for by number. */
function wantedPods(commit: LoadedCommit | undefined): number {
  const objects = commit?.applications.flatMap(({ loaded }) => loaded.objects) ?? [];
  return objects.reduce((sum, { id, decode }) => sum + (COUNTED.has(id.kind) ? countOf(decode()) : 0), 0);
}

const COUNTED: ReadonlySet<string> = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'ReplicationController',
  'Job',
]);

function countOf(object: KubernetesObject): number {
  const spec = object['spec'] as { readonly replicas?: unknown; readonly parallelism?: unknown } | undefined;
  const count = spec?.replicas ?? spec?.parallelism ?? 1;
  return typeof count === 'number' ? count : 1;
}

function requestsOf(pod: Pod | undefined): RehearsedWorkload['requests'] {
  const amounts = pod?.spec === undefined ? [] : [...podRequests(pod.spec)];
  return Object.fromEntries(amounts.map(([resource, amount]) => [resource, formatQuantity(amount)]));
}

function heldBy(pods: readonly Pod[]): RehearsedWorkload['held'] {
  const sum = new Map<string, Quantity>();
  for (const pod of pods) {
    if (pod.spec?.nodeName === undefined || isPodTerminal(pod)) continue;
    for (const [resource, amount] of podRequests(pod.spec))
      sum.set(resource, addQuantities(sum.get(resource) ?? ZERO_QUANTITY, amount));
  }
  return Object.fromEntries([...sum].map(([resource, amount]) => [resource, formatQuantity(amount)]));
}

function surges({ kind, ...object }: StoredObject): boolean {
  const spec = object['spec'] as
    | { readonly strategy?: { readonly type?: string; readonly rollingUpdate?: { readonly maxSurge?: unknown } } }
    | undefined;
  const maxSurge = spec?.strategy?.rollingUpdate?.maxSurge;
  return kind === 'Deployment' && spec?.strategy?.type !== 'Recreate' && maxSurge !== 0 && maxSurge !== '0%';
}

function wantedReplicas(object: StoredObject): number {
  const spec = object['spec'] as { readonly replicas?: number } | undefined;
  const status = object['status'] as { readonly desiredNumberScheduled?: number } | undefined;
  if (object.kind === 'DaemonSet') return status?.desiredNumberScheduled ?? 0;
  if (object.kind === 'Pod') return 1;
  if (object.kind === 'Job' || object.kind === 'CronJob') return 0;
  return spec?.replicas ?? 1;
}

/** How long a pod may rightly do nothing that anybody sees: its probes, its grace. */
function slackMs(pod: Pod): number {
  const graceSeconds =
    pod.metadata.deletionTimestamp === undefined ? 0 : (pod.metadata.deletionGracePeriodSeconds ?? 30);
  const probes = (pod.spec?.containers ?? []).flatMap(({ startupProbe, readinessProbe }) => [
    probeSeconds(startupProbe, startupProbe?.failureThreshold ?? 3),
    probeSeconds(readinessProbe, readinessProbe?.successThreshold ?? 1),
  ]);
  return (graceSeconds + probes.reduce((sum, seconds) => sum + seconds, 0)) * 1_000;
}

type Probe = { readonly initialDelaySeconds?: number; readonly periodSeconds?: number };

function probeSeconds(probe: Probe | undefined, looks: number): number {
  return probe === undefined ? 0 : (probe.initialDelaySeconds ?? 0) + (probe.periodSeconds ?? 10) * (looks + 1);
}
