import { DELETION_COST_ANNOTATION, parseDeletionCost } from '../../../objects/deletion-cost.ts';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../../../objects/names.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { type Cursor, checkAtLeast, checkText } from '../cursor.ts';
import { type ContainerScope, checkContainer } from './container-rules.ts';
import { checkAnnotations, checkLabels } from './metadata-rules.ts';
import { checkPlacement } from './placement-rules.ts';
import { warnOfPod } from './pod-warnings.ts';
import { checkImagePullSecrets, checkVolumes, volumeNamesOf } from './volume-rules.ts';

/** "Defaults to 30 seconds" (PodSpec). */
const DEFAULT_GRACE_SECONDS = 30;

/** A whole pod; `previous` is what it was. A cost that has got in is left alone (AllowInvalidPodDeletionCost). */
export function checkPod(pod: Cursor, previous: KubernetesObject | undefined): void {
  const cost = pod.get('metadata').get('annotations').get(DELETION_COST_ANNOTATION);
  if (previous === undefined || previous.metadata?.annotations?.[DELETION_COST_ANNOTATION] !== cost.text) {
    checkDeletionCost(cost);
  }
  checkPodSpec(pod.get('spec'));
  warnOfPod(pod);
}

/** A pod template (core validation, ValidatePodTemplateSpec). */
export function checkPodTemplate(template: Cursor, claimNames: readonly string[] = []): void {
  const metadata = template.get('metadata');
  checkLabels(metadata.get('labels'));
  checkAnnotations(metadata.get('annotations'));
  checkDeletionCost(metadata.get('annotations').get(DELETION_COST_ANNOTATION));
  checkPodSpec(template.get('spec'), claimNames);
  warnOfPod(template);
}

function checkDeletionCost(cost: Cursor): void {
  if (cost.text === undefined || parseDeletionCost(cost.text) !== undefined) return;
  cost.invalid('must be a 32bit integer', 'write it without a plus and without leading zeros');
}

/**
 * A pod's `spec`, by itself or in a template (core validation, ValidatePodSpec). `claimNames` are the volumes that a
 * StatefulSet adds from its claim templates.
 */
function checkPodSpec(spec: Cursor, claimNames: readonly string[] = []): void {
  const { object, problemCount } = spec;
  if (object === undefined || RIGHT.has(object)) return;
  checkPodSpecAnew(spec, claimNames);
  if (claimNames.length === 0 && spec.problemCount === problemCount && Object.isFrozen(object)) RIGHT.add(object);
}

/**
 * Specs that never change and have no problem by themselves: a rollout writes the template of a Deployment again and
 * again.
 */
const RIGHT = new WeakSet<object>();

function checkPodSpecAnew(spec: Cursor, claimNames: readonly string[]): void {
  checkVolumes(spec.get('volumes'));
  checkContainers(spec, claimNames);
  checkAtLeast(spec.get('terminationGracePeriodSeconds'), 0);
  const deadline = spec.get('activeDeadlineSeconds');
  if (deadline.number !== undefined && deadline.number < 1)
    deadline.invalid('must be between 1 and 2147483647, inclusive');
  checkText(spec.get('hostname'), (value) => (value === '' ? [] : dns1123LabelProblems(value)));
  checkText(spec.get('subdomain'), (value) => (value === '' ? [] : dns1123LabelProblems(value)));
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    checkText(spec.get(field), (value) => (value === '' ? [] : dns1123SubdomainProblems(value)));
  }
  checkGates(spec);
  checkLabels(spec.get('nodeSelector'));
  checkImagePullSecrets(spec.get('imagePullSecrets'));
  checkTolerations(spec.get('tolerations'));
  checkPlacement(spec);
  checkDns(spec);
  for (const alias of spec.get('hostAliases').items) {
    checkAddress(alias.get('ip'));
    for (const hostname of alias.get('hostnames').items) checkText(hostname, dns1123SubdomainProblems);
  }
}

/**
 * `validateSchedulingGates`; "cannot be set until all schedulingGates have been cleared" (ValidatePodCreate, and of
 * templates as of what they make).
 */
function checkGates(spec: Cursor): void {
  const gates = spec.get('schedulingGates').items;
  for (const gate of gates) checkText(gate.get('name'), qualifiedNameProblems);
  const nodeName = spec.get('nodeName');
  if (gates.length > 0 && (nodeName.text ?? '') !== '')
    nodeName.forbidden(
      'cannot be set until all schedulingGates have been cleared',
      'take the gates or the node name out',
    );
}

function checkContainers(spec: Cursor, claimNames: readonly string[]): void {
  const containers = spec.get('containers');
  if (!containers.isAbsent && containers.items.length === 0 && Array.isArray(containers.value)) containers.required();
  const scope: Omit<ContainerScope, 'role'> = {
    volumeNames: new Set([...volumeNamesOf(spec.get('volumes')), ...claimNames]),
    isHostNetwork: spec.get('hostNetwork').value === true,
    graceSeconds: spec.get('terminationGracePeriodSeconds').number ?? DEFAULT_GRACE_SECONDS,
  };
  const names = new Set<string>();
  for (const container of containers.items) names.add(container.get('name').text ?? '');
  for (const init of spec.get('initContainers').items) {
    const name = init.get('name');
    // The schema finds the same name twice in one of the two lists; they share one set of names.
    if (name.text !== undefined && name.text !== '' && names.has(name.text)) name.duplicate();
    checkContainer(init, { role: 'init', ...scope });
  }
  for (const container of containers.items) checkContainer(container, { role: 'container', ...scope });
  checkHostPorts(containers.items);
  if (spec.has('ephemeralContainers')) {
    spec.get('ephemeralContainers').forbidden('ephemeral containers can only be added to a running pod');
  }
}

/** Two containers of a pod share its addresses: the same host port twice could never be bound. */
function checkHostPorts(containers: readonly Cursor[]): void {
  const seen = new Set<string>();
  for (const port of containers.flatMap((container) => container.get('ports').items)) {
    const hostPort = port.get('hostPort');
    if (hostPort.number === undefined || hostPort.number === 0) continue;
    const protocol = port.get('protocol').text ?? 'TCP';
    const key = `${protocol}/${port.get('hostIP').text ?? ''}/${hostPort.number}`;
    if (seen.has(key)) hostPort.duplicate(key);
    seen.add(key);
  }
}

function checkTolerations(tolerations: Cursor): void {
  for (const toleration of tolerations.items) {
    const key = toleration.get('key');
    const operator = toleration.get('operator');
    const value = toleration.get('value');
    if (key.text) checkText(key, qualifiedNameProblems);
    else if (toleration.object !== undefined && operator.value !== 'Exists') {
      operator.invalid('operator must be Exists when `key` is empty, which means "match all values and all keys"');
    }
    if (operator.value === 'Exists') {
      if (value.text) value.invalid("value must be empty when `operator` is 'Exists'");
    } else checkText(value, labelValueProblems);
    const seconds = toleration.get('tolerationSeconds');
    if (!seconds.isAbsent && toleration.get('effect').value !== 'NoExecute') {
      toleration.get('effect').invalid("effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
  }
}

function checkDns(spec: Cursor): void {
  const servers = spec.get('dnsConfig').get('nameservers');
  if (spec.get('dnsPolicy').value === 'None' && servers.items.length === 0) {
    servers.required('must provide at least one DNS nameserver when `dnsPolicy` is None');
  }
  if (servers.items.length > 3) {
    servers.report('FieldValueTooMany', `Too many: ${servers.items.length}: must not have more than 3 nameservers`);
  }
  for (const server of servers.items) checkAddress(server);
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^(?=.*:)[0-9a-fA-F:.]{2,45}$/;

export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || (IPV6.test(text) && text.split('::').length <= 2 && text.split(':').length <= 9);
}

export function checkAddress(address: Cursor): void {
  if (address.text !== undefined && !isIpAddress(address.text)) {
    address.invalid('must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
  }
}

/** A template's `restartPolicy` and deadline, where the workload keeps its pods running for ever. */
export function checkAlwaysRunning(template: Cursor, workload: string): void {
  const policy = template.get('spec').get('restartPolicy');
  if (policy.text !== undefined && policy.text !== 'Always') {
    policy.notSupported(['Always'], `a ${workload} keeps its pods running: remove the field`);
  }
  const deadline = template.get('spec').get('activeDeadlineSeconds');
  if (!deadline.isAbsent) deadline.forbidden(`activeDeadlineSeconds in ${workload} is not Supported`);
}
