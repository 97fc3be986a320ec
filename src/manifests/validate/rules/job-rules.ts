import { LIMITS } from '../../../lib/limits.ts';
import { parseCronSchedule, timeZoneProblem } from '../../../objects/cron-schedule.ts';
import { type Cursor, checkAtLeast } from '../cursor.ts';
import { checkPodSpec } from './pod-rules.ts';
import { checkLabelSelector } from './selector-rules.ts';
import { checkPodCount } from './workload-rules.ts';

const MAX_INDEXED = 100_000;
const MAX_CRON_JOB_NAME = 52;
const MAX_RULES = 20;

/** `spec` of a Job (batch validation, validateJobSpec). */
export function checkJob(job: Cursor): void {
  const spec = job.get('spec');
  checkJobSpec(spec);
  checkSelector(spec);
  checkIndexedName(job.get('metadata').get('name'), spec);
}

/** What a Job and the template in a CronJob have in common. */
function checkJobSpec(spec: Cursor): void {
  for (const field of [
    ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'],
    ...['backoffLimitPerIndex', 'maxFailedIndexes'],
  ]) {
    checkAtLeast(spec.get(field), 0);
  }
  const atOnce = spec.get('parallelism');
  // No more pods run at a time than there are completions to come.
  if ((spec.get('completions').number ?? Number.POSITIVE_INFINITY) > LIMITS.workloadPods) checkPodCount(atOnce);
  checkIndexed(spec);
  checkPodFailurePolicy(spec);
  checkSuccessPolicy(spec);
  const replacement = spec.get('podReplacementPolicy');
  if (spec.has('podFailurePolicy') && replacement.text !== undefined && replacement.text !== 'Failed') {
    replacement.notSupported(['Failed'], 'with a podFailurePolicy only Failed is possible');
  }
  const template = spec.get('template');
  checkPodSpec(template.get('spec'));
  const policy = template.get('spec').get('restartPolicy');
  if (template.object !== undefined && policy.text !== 'Never' && policy.text !== 'OnFailure') {
    const help = 'the pods of a Job come to an end: write restartPolicy: Never or OnFailure';
    if (policy.isAbsent) policy.required('valid values: "OnFailure", "Never"', help);
    else policy.notSupported(['OnFailure', 'Never'], help);
  }
}

function checkIndexed(spec: Cursor): void {
  const isIndexed = spec.get('completionMode').value === 'Indexed';
  if (!isIndexed) {
    for (const field of ['backoffLimitPerIndex', 'successPolicy']) {
      if (spec.has(field)) spec.get(field).forbidden('requires indexed completion mode');
    }
  } else if (spec.get('completions').isAbsent && spec.has('parallelism')) {
    spec.get('completions').required('when completion mode is Indexed');
  }
  const parallelism = spec.get('parallelism');
  if (isIndexed && (parallelism.number ?? 0) > MAX_INDEXED) {
    parallelism.invalid(`must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`);
  }
  const maxFailed = spec.get('maxFailedIndexes');
  if (maxFailed.isAbsent) return;
  if (!spec.has('backoffLimitPerIndex'))
    spec.get('backoffLimitPerIndex').required('when maxFailedIndexes is specified');
  const completions = spec.get('completions').number;
  if (completions !== undefined && (maxFailed.number ?? 0) > completions) {
    maxFailed.invalid('must be less than or equal to completions');
  }
}

function checkPodFailurePolicy(spec: Cursor): void {
  const policy = spec.get('podFailurePolicy');
  if (policy.isAbsent) return;
  const restart = spec.get('template').get('spec').get('restartPolicy');
  if (restart.text !== undefined && restart.text !== 'Never') {
    restart.invalid('only "Never" is supported when podFailurePolicy is specified');
  }
  const rules = policy.get('rules');
  if (rules.items.length > MAX_RULES)
    rules.report('FieldValueTooMany', `Too many: must have at most ${MAX_RULES} items`);
  for (const rule of rules.items) checkFailureRule(rule, spec);
}

function checkFailureRule(rule: Cursor, spec: Cursor): void {
  const hasCodes = rule.has('onExitCodes');
  const hasConditions = rule.get('onPodConditions').items.length > 0;
  if (hasCodes === hasConditions) {
    const detail = 'specifying one of OnExitCodes and OnPodConditions is required';
    if (hasCodes) rule.invalid('specifying both OnExitCodes and OnPodConditions is not supported');
    else rule.invalid(detail);
  }
  if (rule.get('action').value === 'FailIndex' && !spec.has('backoffLimitPerIndex')) {
    rule.get('action').invalid('requires the backoffLimitPerIndex to be set');
  }
  const codes = rule.get('onExitCodes').get('values');
  if (hasCodes && codes.items.length === 0) codes.invalid('at least one value is required');
  for (const code of codes.items) {
    if (code.number === 0 && rule.get('onExitCodes').get('operator').value === 'In') {
      code.invalid('must not be 0 for the In operator');
    }
  }
  const containerName = rule.get('onExitCodes').get('containerName');
  const pod = spec.get('template').get('spec');
  const names = ['containers', 'initContainers'].flatMap((list) =>
    pod.get(list).items.map((container) => container.get('name').text),
  );
  if (containerName.text !== undefined && !names.includes(containerName.text)) {
    containerName.invalid('must be one of the container or initContainer names in the pod template');
  }
}

function checkSuccessPolicy(spec: Cursor): void {
  const policy = spec.get('successPolicy');
  if (policy.isAbsent) return;
  const rules = policy.get('rules');
  if (rules.items.length === 0)
    rules.required('at least one rules must be specified when the successPolicy is specified');
  if (rules.items.length > MAX_RULES)
    rules.report('FieldValueTooMany', `Too many: must have at most ${MAX_RULES} items`);
  const completions = spec.get('completions').number ?? Number.POSITIVE_INFINITY;
  for (const rule of rules.items) {
    const indexes = rule.get('succeededIndexes');
    const count = rule.get('succeededCount');
    if (indexes.isAbsent && count.isAbsent) {
      rule.required('at least one of succeededCount or succeededIndexes must be specified');
    }
    checkAtLeast(count, 1);
    if ((count.number ?? 0) > completions) count.invalid(`must be less than or equal to ${completions}`);
    if (indexes.text !== undefined && !isIndexList(indexes.text, completions)) {
      indexes.invalid('must be increasing indexes or intervals below completions', 'write it as 0,2-4');
    }
  }
}

function isIndexList(text: string, completions: number): boolean {
  let last = -1;
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return false;
    const first = Number(match[1]);
    const end = Number(match[2] ?? match[1]);
    if (first <= last || end < first || end >= completions) return false;
    last = end;
  }
  return true;
}

/** "manualSelector: set it only when you are certain what you are doing"; without it the selector is generated. */
function checkSelector(spec: Cursor): void {
  const selector = spec.get('selector');
  checkLabelSelector(selector);
  const isGenerated = spec.get('manualSelector').value !== true;
  if (isGenerated && selector.object !== undefined) {
    const keys = selector.get('matchLabels').entries.map(([key]) => key);
    if (keys.length === 1 && keys[0] === 'batch.kubernetes.io/controller-uid') return;
    selector.invalid('`selector` not auto-generated', 'remove it; a Job gets one of its own');
  } else if (!isGenerated && selector.isAbsent) {
    selector.required();
  }
}

/** "Indexed: the Pod hostnames take the form $(job-name)-$(index)", and must be valid ones. */
function checkIndexedName(name: Cursor, spec: Cursor): void {
  if (name.text === undefined || spec.get('completionMode').value !== 'Indexed') return;
  const completions = spec.get('completions').number ?? 1;
  if (`${name.text}-${Math.max(0, completions - 1)}`.length > 63 || name.text.includes('.')) {
    name.invalid(`will not able to create pod with invalid DNS label as hostname: ${name.text}-0`);
  }
}

/** `spec` of a CronJob (batch validation, validateCronJobSpec). */
export function checkCronJob(cronJob: Cursor): void {
  const name = cronJob.get('metadata').get('name');
  if ((name.text?.length ?? 0) > MAX_CRON_JOB_NAME) {
    // "The CronJob controller appends 11 characters to the name when creating a Job; names of Jobs have at most 63."
    name.invalid(`must be no more than ${MAX_CRON_JOB_NAME} characters`);
  }
  const spec = cronJob.get('spec');
  checkSchedule(spec);
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) {
    checkAtLeast(spec.get(field), 0);
  }
  const job = spec.get('jobTemplate').get('spec');
  checkJobSpec(job);
  if (job.get('manualSelector').value === true) job.get('manualSelector').notSupported(['false']);
  else if (job.has('selector')) job.get('selector').invalid('`selector` will be auto-generated', 'remove it');
}

function checkSchedule(spec: Cursor): void {
  const schedule = spec.get('schedule');
  const timeZone = spec.get('timeZone');
  if (schedule.text === '') schedule.required();
  else if (schedule.text !== undefined) {
    const parsed = parseCronSchedule(schedule.text);
    if ('problem' in parsed) schedule.invalid(parsed.problem);
  }
  if (timeZone.text === undefined) return;
  const problem = timeZoneProblem(timeZone.text);
  if (problem !== undefined) timeZone.invalid(problem);
}
