import { LIMITS } from '../../../lib/limits.ts';
import { parseCronSchedule } from '../../../objects/cron-schedule.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../objects/names.ts';
import { timeZoneNames } from '../../../objects/zone-names.ts';
import { timeZoneProblem } from '../../../objects/zone-time.ts';
import { type Cursor, checkAtLeast } from '../cursor.ts';
import { findSimilar } from '../did-you-mean.ts';
import { checkPodFailurePolicy, checkSuccessPolicy } from './job-policy-rules.ts';
import { checkPodTemplate } from './pod-rules.ts';
import { checkLabelSelector, checkSelectorMatchesTemplate } from './selector-rules.ts';
import { checkPodCount } from './workload-rules.ts';

const MAX_INDEXED = 100_000;
const MAX_FAILED_INDEXES = 100_000;
/** "completionsSoftLimit": beyond it an Indexed Job with limits per index may not run, nor fail, that many at once. */
const MANY_COMPLETIONS = 100_000;
const MAX_WITH_MANY_COMPLETIONS = 10_000;
const MAX_CRON_JOB_NAME = 52;
const MAX_MANAGED_BY_LENGTH = 63;

/** `spec` of a Job (batch validation, validateJobSpec). */
export function checkJob(job: Cursor): void {
  const spec = job.get('spec');
  checkJobSpec(spec);
  const isIndexed = spec.get('completionMode').value === 'Indexed';
  if (isIndexed && spec.get('completions').isAbsent && spec.has('parallelism')) requireCompletions(spec);
  checkSelector(spec);
  checkOwnLabels(spec, job.get('metadata').get('name'));
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
  checkManagedBy(spec.get('managedBy'));
  checkPodFailurePolicy(spec);
  const replacement = spec.get('podReplacementPolicy');
  if (spec.has('podFailurePolicy') && replacement.text !== undefined && replacement.text !== 'Failed') {
    replacement.notSupported(['Failed'], 'with a podFailurePolicy only Failed is possible');
  }
  const template = spec.get('template');
  checkPodTemplate(template);
  const policy = template.get('spec').get('restartPolicy');
  if (template.object !== undefined && policy.text !== 'Never' && policy.text !== 'OnFailure') {
    const help = 'the pods of a Job come to an end: write restartPolicy: Never or OnFailure';
    if (policy.isAbsent || policy.value === 'Always') policy.required('valid values: "OnFailure", "Never"', help);
    else policy.notSupported(['OnFailure', 'Never'], help);
  }
}

function requireCompletions(spec: Cursor): void {
  spec.get('completions').required('when completion mode is Indexed');
}

function checkIndexed(spec: Cursor): void {
  if (spec.get('completionMode').value !== 'Indexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy']) {
      if (spec.has(field)) spec.get(field).invalid('requires indexed completion mode', 'set completionMode: Indexed');
    }
  } else {
    checkIndexedLimits(spec);
    checkSuccessPolicy(spec);
  }
  if (spec.has('maxFailedIndexes') && !spec.has('backoffLimitPerIndex')) {
    spec.get('backoffLimitPerIndex').required('when maxFailedIndexes is specified');
  }
}

function checkIndexedLimits(spec: Cursor): void {
  const parallelism = spec.get('parallelism');
  const maxFailed = spec.get('maxFailedIndexes');
  const completions = spec.get('completions').number ?? Number.POSITIVE_INFINITY;
  if ((parallelism.number ?? 0) > MAX_INDEXED) {
    parallelism.invalid(`must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`);
  }
  if ((maxFailed.number ?? 0) > completions) maxFailed.invalid('must be less than or equal to completions');
  if ((maxFailed.number ?? 0) > MAX_FAILED_INDEXES)
    maxFailed.invalid(`must be less than or equal to ${MAX_FAILED_INDEXES}`);
  const isLarge = Number.isFinite(completions) && completions > MANY_COMPLETIONS && spec.has('backoffLimitPerIndex');
  if (!isLarge) return;
  if (maxFailed.isAbsent) maxFailed.required(`must be specified when completions is above ${MANY_COMPLETIONS}`);
  for (const count of [parallelism, maxFailed]) {
    if ((count.number ?? 0) <= MAX_WITH_MANY_COMPLETIONS) continue;
    const when = `when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
    count.invalid(`must be less than or equal to ${MAX_WITH_MANY_COMPLETIONS} ${when}`);
  }
}

/**
 * "managedBy: the value must be a valid domain-prefixed path (e.g. acme.io/foo) … cannot exceed 63 characters"
 * (batch/v1).
 */
function checkManagedBy(managedBy: Cursor): void {
  const { text } = managedBy;
  if (text === undefined) return;
  const [domain = '', ...path] = text.split('/');
  const isPath = path.length > 0 && path.every((part) => /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(part));
  if (!isPath || dns1123SubdomainProblems(domain).length > 0) {
    managedBy.invalid('must be a domain-prefixed path (such as "acme.io/foo")');
  }
  if (text.length > MAX_MANAGED_BY_LENGTH) managedBy.tooLong(`may not be more than ${MAX_MANAGED_BY_LENGTH} bytes`);
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
  } else if (!isGenerated) {
    checkSelectorMatchesTemplate(selector, spec.get('template').get('metadata').get('labels'));
  }
}

/**
 * "User asked us to automatically generate a selector, but set manual values which might conflict. If there is a
 * conflict, we will reject" (generateSelector).
 */
function checkOwnLabels(spec: Cursor, name: Cursor): void {
  if (spec.get('manualSelector').value === true || !name.text) return;
  const labels = spec.get('template').get('metadata').get('labels');
  for (const key of ['job-name', 'batch.kubernetes.io/job-name']) {
    const label = labels.get(key);
    if (label.text !== undefined && label.text !== name.text)
      label.invalid(`must be '${name.text}'`, 'remove it; a Job sets it');
  }
}

/**
 * "If we don't validate this here, the indexed job will fail to create pods later" (ValidateJob): the highest index in
 * a host name.
 */
function checkIndexedName(name: Cursor, spec: Cursor): void {
  const completions = spec.get('completions').number ?? 1;
  if (name.text === undefined || spec.get('completionMode').value !== 'Indexed' || completions <= 0) return;
  const hostname = `${name.text}-${completions - 1}`;
  if (dns1123LabelProblems(hostname).length > 0) {
    name.invalid(`will not able to create pod with invalid DNS label: ${hostname}`);
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
  // Here nothing is defaulted: a Job has one completion when neither is set, its template none.
  if (job.get('completionMode').value === 'Indexed' && job.get('completions').isAbsent) requireCompletions(job);
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
  if (problem === undefined) return;
  const meant = findSimilar(timeZone.text, timeZoneNames());
  // An abbreviation such as PST is near to several others, none of which is meant.
  const isNear = timeZone.text.includes('/') || meant?.toLowerCase() === timeZone.text.toLowerCase();
  timeZone.invalid(
    problem,
    meant !== undefined && isNear ? `write ${meant}` : 'name it as the IANA database does, such as Europe/Berlin',
  );
}
