import { isApiError } from '../../api/api-error.ts';
import type { Client } from '../../api/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { controllerOf, isControlledBy } from '../../objects/index.ts';
import type { CronJob, Job } from '../../objects/types.ts';
import type { Controller, ControllerContext, ControllerWatch, ReconcileResult } from '../controller.ts';
import { isJobFinished } from '../job/job-end.ts';
import { isNamespaceTerminating } from '../manager/namespace-terminating.ts';
import { keyOf, parseKey, referenceTo } from '../manager/object-key.ts';
import { writeStatus } from '../manager/write-status.ts';
import { type CronJobEvent, type CronJobStatus, computeCronJob, withStarted } from './compute-cron-job.ts';

/** Starts Jobs by the clock. */
export class CronJobController implements Controller {
  readonly name = 'cronjob-controller';
  readonly watches: readonly ControllerWatch[];
  readonly #client: Client;
  readonly #clock: Clock;
  /** By uid. Kept in memory: after a restart a schedule counts as if it had always been so, as in Kubernetes. */
  readonly #schedules = new Map<string, { readonly text: string; readonly changedMs: number | undefined }>();

  constructor({ client, clock }: ControllerContext) {
    this.#client = client;
    this.#clock = clock;
    this.watches = [
      {
        kind: 'CronJob',
        keysOf: (cronJob, _previous, change) => {
          if (change === 'deleted') this.#schedules.delete(cronJob.metadata.uid);
          return [keyOf(cronJob)];
        },
      },
      { kind: 'Job', keysOf: cronJobsOf },
    ];
  }

  reconcile(key: string): ReconcileResult {
    const cronJob = this.#client.get('CronJob', parseKey(key));
    if (cronJob === undefined) return {};
    const { namespace = '', uid } = cronJob.metadata;
    const jobs = this.#client.list('Job', { namespace, ownerUid: uid }).filter((job) => isControlledBy(job, cronJob));
    const nowMs = this.#clock.wallMs();
    const scheduleChangedMs = this.#scheduleChangedMs(cronJob, nowMs);
    const result = computeCronJob({ cronJob, jobs, scheduleChangedMs, nowMs });
    let status = result.status;
    let failure: Error | undefined;
    for (const action of result.actions) {
      if (action.type === 'deleteJob') {
        this.#deleteJob(cronJob, action.job);
        continue;
      }
      try {
        status = this.#start(cronJob, status, action);
      } catch (error) {
        if (!isApiError(error)) throw error;
        if (isNamespaceTerminating(error)) break;
        failure = error;
        this.#record(cronJob, {
          type: 'Warning',
          reason: 'FailedCreate',
          message: `Error creating job: ${error.message}`,
        });
      }
    }
    for (const event of result.events) this.#record(cronJob, event);
    writeStatus(this.#client, cronJob, status);
    return {
      ...(result.requeueAfterMs === undefined ? {} : { requeueAfterMs: result.requeueAfterMs }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #scheduleChangedMs({ metadata, spec }: CronJob, nowMs: number): number | undefined {
    const text = `${spec?.schedule} ${spec?.timeZone}`;
    const known = this.#schedules.get(metadata.uid);
    if (known?.text === text) return known.changedMs;
    const changedMs = known === undefined ? undefined : nowMs;
    this.#schedules.set(metadata.uid, { text, changedMs });
    return changedMs;
  }

  #start(
    cronJob: CronJob,
    status: CronJobStatus,
    action: { readonly job: Parameters<Client['create']>[0]; readonly scheduledMs: number },
  ): CronJobStatus {
    const name = action.job.metadata?.name ?? '';
    const existing = this.#client.get('Job', { namespace: cronJob.metadata.namespace, name });
    // "We must have started it already, and the status could not be written" (syncCronJob).
    if (existing !== undefined && isControlledBy(existing, cronJob)) {
      const started = withStarted(status, existing, action.scheduledMs);
      return isJobFinished(existing) ? { ...started, active: status.active ?? [] } : started;
    }
    // "Check that this job is owned by cronjob controller, otherwise do nothing" (syncCronJob): the next run has
    // another name.
    if (existing !== undefined) {
      const message = `Error creating job: jobs.batch "${name}" already exists`;
      this.#record(cronJob, { type: 'Warning', reason: 'FailedCreate', message });
      return status;
    }
    const created = this.#client.create(action.job);
    this.#record(cronJob, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` });
    return withStarted(status, created, action.scheduledMs);
  }

  #deleteJob(cronJob: CronJob, job: Job): void {
    this.#client.delete(referenceTo(job), { propagationPolicy: 'Background' });
    this.#record(cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${job.metadata.name}` });
  }

  #record(regarding: CronJob, event: CronJobEvent): void {
    this.#client.recordEvent({ regarding, ...event, component: this.name });
  }
}

/** Also of the one that had it before: "the ControllerRef was changed. Sync the old controller, if any" (updateJob). */
function cronJobsOf(job: Job, previous: Job | undefined): readonly string[] {
  const owners = [job, previous].map((version) => (version === undefined ? undefined : controllerOf(version)));
  const names = owners.filter((owner) => owner?.kind === 'CronJob').map((owner) => owner?.name);
  return [...new Set(names)].map((name) => `${job.metadata.namespace}/${name}`);
}
