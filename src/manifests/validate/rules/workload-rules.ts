import { LIMITS } from '../../../lib/limits.ts';
import { percentOf } from '../../../objects/int-or-string.ts';
import { dns1123LabelProblems } from '../../../objects/names.ts';
import { type Cursor, checkAtLeast, checkRequiredText, checkUnique } from '../cursor.ts';
import { checkAlwaysRunning, checkPodTemplate } from './pod-rules.ts';
import { checkLabelSelector, checkSelectorMatchesTemplate, isEmptySelector } from './selector-rules.ts';
import { checkClaim } from './storage-rules.ts';

/** The API server's default, which `progressDeadlineSeconds` must exceed `minReadySeconds` by. */
const DEFAULT_PROGRESS_DEADLINE_SECONDS = 600;

const RETENTION: readonly string[] = ['Retain', 'Delete'];

/** `spec` of a Deployment (apps validation, ValidateDeploymentSpec). */
export function checkDeployment(spec: Cursor): void {
  checkReplicated(spec, 'Deployment');
  checkAtLeast(spec.get('revisionHistoryLimit'), 0);
  const deadline = spec.get('progressDeadlineSeconds');
  checkAtLeast(deadline, 0);
  const minReady = spec.get('minReadySeconds').number ?? 0;
  if (deadline.number !== undefined && deadline.number <= minReady) {
    deadline.invalid('must be greater than minReadySeconds');
  } else if (deadline.isAbsent && minReady >= DEFAULT_PROGRESS_DEADLINE_SECONDS) {
    const detail = `must be less than progressDeadlineSeconds, which is ${DEFAULT_PROGRESS_DEADLINE_SECONDS} where it is left out`;
    spec.get('minReadySeconds').invalid(detail, 'give it a longer progressDeadlineSeconds');
  }
  checkStrategy(spec.get('strategy'));
}

export function checkReplicaSet(spec: Cursor): void {
  checkReplicated(spec, 'ReplicaSet');
}

/** `spec` of a DaemonSet (apps validation, ValidateDaemonSetSpec). */
export function checkDaemonSet(spec: Cursor): void {
  checkReplicated(spec, 'DaemonSet');
  checkAtLeast(spec.get('revisionHistoryLimit'), 0);
  const rolling = spec.get('updateStrategy').get('rollingUpdate');
  if (rolling.object === undefined) return;
  const unavailable = rolling.get('maxUnavailable');
  const surge = rolling.get('maxSurge');
  for (const amount of [unavailable, surge]) {
    checkCountOrPercent(amount);
    checkAtMostAll(amount);
  }
  const isSurging = !surge.isAbsent && !isZero(surge);
  if (isSurging && !unavailable.isAbsent && !isZero(unavailable)) {
    surge.invalid('may not be set when maxUnavailable is non-zero', 'set maxUnavailable: 0');
  } else if (!isSurging && isZero(unavailable)) {
    unavailable.required('cannot be 0 when maxSurge is 0', 'let one of the two be at least 1');
  }
}

/** `spec` of a StatefulSet (apps validation, ValidateStatefulSetSpec). */
export function checkStatefulSet(spec: Cursor): void {
  checkReplicated(spec, 'StatefulSet');
  checkAtLeast(spec.get('revisionHistoryLimit'), 0);
  checkAtLeast(spec.get('ordinals').get('start'), 0);
  const strategy = spec.get('updateStrategy');
  const rolling = strategy.get('rollingUpdate');
  if (strategy.get('type').value === 'OnDelete' && !rolling.isAbsent) {
    rolling.invalid("only allowed for updateStrategy 'RollingUpdate'");
  }
  checkAtLeast(rolling.get('partition'), 0);
  const unavailable = rolling.get('maxUnavailable');
  checkCountOrPercent(unavailable);
  checkAtMostAll(unavailable);
  if (isZero(unavailable)) unavailable.invalid('cannot be 0');
  const retention = spec.get('persistentVolumeClaimRetentionPolicy');
  for (const policy of [retention.get('whenDeleted'), retention.get('whenScaled')]) {
    if (policy.text !== undefined && !RETENTION.includes(policy.text)) policy.notSupported(RETENTION);
  }
  checkClaimTemplates(spec.get('volumeClaimTemplates'));
}

/** Kubernetes lets in what no claim can be made of and fails with every pod; here it is said where it is written. */
function checkClaimTemplates(templates: Cursor): void {
  for (const template of templates.items) {
    const name = template.get('metadata').get('name');
    checkRequiredText(name, dns1123LabelProblems, 'a mount refers to the claim by this name');
    checkClaim(template.get('spec'));
  }
  checkUnique(templates.items, (template) => template.get('metadata').get('name'));
}

/** `spec` of a ReplicationController: "if specified, the selector must match the labels of the template". */
export function checkReplicationController(spec: Cursor): void {
  checkPodCount(spec.get('replicas'));
  checkAtLeast(spec.get('minReadySeconds'), 0);
  const selector = spec.get('selector');
  const template = spec.get('template');
  const labels = template.get('metadata').get('labels');
  if (template.object === undefined) return template.required();
  if (selector.entries.length === 0 && labels.entries.length === 0) selector.required();
  const isMatch = selector.entries.every(([key, value]) => labels.get(key).value === value.value);
  if (!isMatch) labels.invalid('`selector` does not match template `labels`', 'make the labels match the selector');
  checkPodTemplate(template);
  checkAlwaysRunning(template, 'ReplicationController');
}

/** How many pods a workload asks for. Kubernetes sets no limit; a box would fill its store with what can never run. */
export function checkPodCount(count: Cursor): void {
  checkAtLeast(count, 0);
  if ((count.number ?? 0) <= LIMITS.workloadPods) return;
  const limit = `Berth keeps at most ${LIMITS.workloadPods} pods of one workload (workloadPods)`;
  count.invalid(limit, 'correct the number, or divide the pods among several workloads');
}

/** What all that keep pods by a label selector have in common. */
function checkReplicated(spec: Cursor, kind: 'DaemonSet' | 'Deployment' | 'ReplicaSet' | 'StatefulSet'): void {
  checkPodCount(spec.get('replicas'));
  checkAtLeast(spec.get('minReadySeconds'), 0);
  const selector = spec.get('selector');
  const template = spec.get('template');
  checkLabelSelector(selector);
  if (selector.object !== undefined && isEmptySelector(selector)) {
    selector.invalid(`empty selector is invalid for ${kind.toLowerCase()}`, 'select a label of the template');
  } else if (template.object !== undefined) {
    checkSelectorMatchesTemplate(selector, template.get('metadata').get('labels'));
  }
  const claims = spec.get('volumeClaimTemplates').items;
  const claimNames = claims.flatMap((claim) => claim.get('metadata').get('name').text ?? []);
  checkPodTemplate(template, claimNames);
  checkAlwaysRunning(template, kind);
}

function checkStrategy(strategy: Cursor): void {
  const rolling = strategy.get('rollingUpdate');
  if (strategy.get('type').value === 'Recreate') {
    if (!rolling.isAbsent) rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  if (rolling.object === undefined) return;
  const unavailable = rolling.get('maxUnavailable');
  const surge = rolling.get('maxSurge');
  for (const amount of [unavailable, surge]) checkCountOrPercent(amount);
  checkAtMostAll(unavailable);
  if (isZero(unavailable) && isZero(surge)) {
    unavailable.invalid('may not be 0 when `maxSurge` is 0', 'let one of the two be at least 1');
  }
}

function checkCountOrPercent(amount: Cursor): void {
  checkAtLeast(amount, 0);
  if (amount.text !== undefined && percentOf(amount.text) === undefined) {
    const help = /^\d+$/.test(amount.text) ? 'remove the quotes' : undefined;
    amount.invalid("a valid percent string must be a numeric string followed by an ending '%'", help);
  }
}

function checkAtMostAll(amount: Cursor): void {
  const percent = amount.text === undefined ? undefined : percentOf(amount.text);
  if (percent !== undefined && percent > 100) amount.invalid('must not be greater than 100%');
}

function isZero(amount: Cursor): boolean {
  return amount.number === 0 || (amount.text !== undefined && percentOf(amount.text) === 0);
}

/** A ControllerRevision (apps validation, ValidateControllerRevision). */
export function checkControllerRevision(revision: Cursor): void {
  if (revision.get('data').isAbsent) revision.get('data').required('data is mandatory');
  checkAtLeast(revision.get('revision'), 0);
}
