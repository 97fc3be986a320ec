import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { controllerOf, isControlledBy } from '../../objects/index.ts';
import type { Job, Pod } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { ownerKeysOf } from '../ownership/list-candidates.ts';
import { claimPods, podsOf } from '../ownership/owned-pods.ts';
import { applyUntilRefused, type RefusedChange, refusedChange, withReplicaFailure } from '../pods/refused-change.ts';
import { computeJob, countPods, type JobAction, type JobStatus } from './compute-job.ts';
import { type JobBackoff, NO_FAILURES } from './job-backoff.ts';
import { isJobFinished, type JobEvent } from './job-end.ts';
import { isTracked, JOB_NAME_LABEL, newJobPod, withoutTracking, withTracking } from './job-pods.ts';

/** `managedBy` with this value, or none, is ours (batch/v1). */
const OURS = 'kubernetes.io/job-controller';

/** Runs pods until the wished-for number has ended well. */
export class JobController implements Controller {
  readonly name = 'job-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  /** By uid of the Job. */
  readonly #backoffs = new Map<string, { readonly key: string; readonly backoff: JobBackoff }>();
  /** Names of pods with the finalizer that do not bear their Job's name, as those of a `manualSelector`, by its key. */
  readonly #unnamed = new Map<string, Set<string>>();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      { kind: 'Job', keysOf: (job) => [keyOf(job)] },
      {
        kind: 'Pod',
        keysOf: (pod, previous, change) => {
          const owners = ownerKeysOf(client, 'Job', pod, previous);
          const named = trackedBy(pod);
          const keys = [
            ...owners,
            ...(isLone(pod) || (previous !== undefined && isLone(previous)) ? [keyOf(pod)] : []),
          ];
          for (const key of keys) this.#noteUnnamed(key, pod, change !== 'deleted' && !named.includes(key));
          return [...new Set([...keys, ...named])];
        },
      },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const job = this.#client.get('Job', parseKey(key));
    this.#releaseOrphans(key, job);
    this.#forgetBackoffs(key, job);
    if (job === undefined || (job.spec?.managedBy ?? OURS) !== OURS) return {};
    // "If job was finished previously, we don't want to redo the termination" (syncJob): it adopts nothing any more.
    const isOver = isJobFinished(job);
    // "When adopting Pods, this operation adds an ownerRef and finalizers"; when it lets go of them it removes both
    // (getPodsForJob).
    if (!isOver) claimPods(this.#client, job, { mark: withTracking, unmark: withoutTracking });
    const before = this.#backoffs.get(job.metadata.uid)?.backoff ?? NO_FAILURES;
    const home = this.#client.get('Namespace', { name: job.metadata.namespace ?? '' });
    const result = computeJob({
      job,
      pods: podsOf(this.#client, job),
      backoff: before,
      isNamespaceGoing: home?.metadata.deletionTimestamp !== undefined,
      nowMs: this.#clock.wallMs(),
    });
    const refused = this.#apply(job, result.actions);
    if (!isOver) this.#writeStatus(job, result.status, refused);
    for (const event of result.events) this.#record(job, event);
    if (isOver) this.#backoffs.delete(job.metadata.uid);
    else this.#backoffs.set(job.metadata.uid, { key, backoff: result.backoff });
    return {
      ...(result.requeueAfterMs === undefined ? {} : { requeueAfterMs: result.requeueAfterMs }),
      ...(refused === undefined ? {} : { failure: refused.cause }),
    };
  }

  #writeStatus(job: Job, status: JobStatus, refused: RefusedChange | undefined): void {
    const { conditions, ...counted } = countPods(status, podsOf(this.#client, job));
    const told = withReplicaFailure(conditions, refused, this.#clock.wallMs());
    writeStatus(this.#client, job, told.length > 0 ? { ...counted, conditions: told } : counted);
  }

  #forgetBackoffs(key: string, job: Job | undefined): void {
    for (const [uid, entry] of this.#backoffs) {
      if (entry.key === key && uid !== job?.metadata.uid) this.#backoffs.delete(uid);
    }
  }

  #noteUnnamed(key: string, pod: Pod, isUnnamed: boolean): void {
    const names = this.#unnamed.get(key) ?? new Set();
    if (isUnnamed && isTracked(pod)) names.add(pod.metadata.name);
    else names.delete(pod.metadata.name);
    if (names.size > 0) this.#unnamed.set(key, names);
    else this.#unnamed.delete(key);
  }

  /** Pods whose Job is gone wait for nobody: the finalizer would hold them for ever (syncOrphanPod). */
  #releaseOrphans(key: string, job: Job | undefined): void {
    const { namespace = '', name } = parseKey(key);
    const named = this.#client.list('Pod', { namespace, labelSelector: `${JOB_NAME_LABEL}=${name}` });
    const unnamed = [...(this.#unnamed.get(key) ?? [])].map((pod) => this.#client.get('Pod', { namespace, name: pod }));
    for (const pod of [...named, ...unnamed]) {
      if (pod === undefined || !isTracked(pod) || (job !== undefined && isControlledBy(pod, job))) continue;
      if (this.#isOrphan(pod)) this.#client.update(withoutTracking(pod));
    }
  }

  /** "The pod is controlled by an owner that is not a batch/v1 Job. Do not remove finalizer" (syncOrphanPod). */
  #isOrphan(pod: Pod): boolean {
    const controller = controllerOf(pod);
    if (controller === undefined) return true;
    if (controller.kind !== 'Job' || controller.apiVersion !== 'batch/v1') return false;
    const { namespace } = pod.metadata;
    return this.#client.get('Job', { namespace, name: controller.name })?.metadata.uid !== controller.uid;
  }

  #apply(job: Job, actions: readonly JobAction[]): RefusedChange | undefined {
    // Counting is never half done: a refusal takes the whole reconcile back.
    for (const action of actions) if (action.type === 'releasePod') this.#client.update(withoutTracking(action.pod));
    const changes = actions.filter((action) => action.type !== 'releasePod');
    const refused = applyUntilRefused(changes, (action) => this.#applyOne(job, action));
    if (refused === undefined) return undefined;
    const change = refusedChange(refused.cause, { isCreation: refused.action.type === 'createPod' });
    this.#record(job, { type: 'Warning', reason: change.reason, message: change.event });
    return change;
  }

  #applyOne(job: Job, action: Exclude<JobAction, { type: 'releasePod' }>): void {
    if (action.type === 'createPod') {
      const { metadata } = this.#client.create(newJobPod(job, action.part));
      return this.#record(job, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${metadata.name}`,
      });
    }
    const { pod } = action;
    if (action.type === 'stopPod' && isTracked(pod)) this.#client.update(withoutTracking(pod));
    this.#client.delete(referenceTo(pod));
    this.#record(job, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
  }

  #record(regarding: Job, event: JobEvent): void {
    this.#client.recordEvent({ regarding, ...event, component: this.name });
  }
}

/**
 * "Otherwise, it's an orphan. Clean the finalizer" (addPod): one that bears no Job's name is looked after under its
 * own.
 */
function isLone(pod: Pod): boolean {
  return isTracked(pod) && controllerOf(pod) === undefined && pod.metadata.labels?.[JOB_NAME_LABEL] === undefined;
}

/** A pod that carries the finalizer concerns the Job whose name it bears, whether that exists or not. */
function trackedBy(pod: Pod): readonly string[] {
  const name = pod.metadata.labels?.[JOB_NAME_LABEL];
  return isTracked(pod) && name !== undefined ? [`${pod.metadata.namespace}/${name}`] : [];
}
