import { portNameProblems, portNumberProblems } from '../../../objects/names.ts';
import { type Cursor, checkAtLeast } from '../cursor.ts';
import { findSimilar } from '../did-you-mean.ts';

const PROBE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const HOOK_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'];
const HEADER_NAME = /^[-A-Za-z0-9]+$/;

/** The three probes of a container (core validation, validateLivenessProbe and its neighbours). */
export function checkProbe(
  probe: Cursor,
  role: 'liveness' | 'readiness' | 'startup',
  portNames: readonly string[],
): void {
  if (probe.isAbsent) return;
  checkHandlers(probe, PROBE_HANDLERS, portNames);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ]) {
    checkAtLeast(probe.get(field), 0);
  }
  const grace = probe.get('terminationGracePeriodSeconds');
  if (role === 'readiness') {
    if (!grace.isAbsent) grace.invalid('must not be set for readinessProbes');
  } else if (grace.number !== undefined && grace.number <= 0) {
    grace.invalid('must be greater than 0');
  }
  const success = probe.get('successThreshold');
  if (role !== 'readiness' && success.number !== undefined && success.number > 1) success.invalid('must be 1');
}

export function checkLifecycle(lifecycle: Cursor, portNames: readonly string[], graceSeconds: number): void {
  for (const name of ['postStart', 'preStop']) {
    if (!lifecycle.has(name)) continue;
    const hook = lifecycle.get(name);
    checkHandlers(hook, HOOK_HANDLERS, portNames);
    checkSleep(hook.get('sleep').get('seconds'), graceSeconds);
  }
}

/** One as long as the grace is let through, whatever the message says (core validation, validateSleepAction). */
function checkSleep(seconds: Cursor, graceSeconds: number): void {
  if (seconds.number === undefined || (seconds.number >= 0 && seconds.number <= graceSeconds)) return;
  seconds.invalid(
    `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    'shorten it, or set a longer terminationGracePeriodSeconds of the pod',
  );
}

/** "Exactly one handler": a second one is forbidden, none is a missing value. */
function checkHandlers(owner: Cursor, names: readonly string[], portNames: readonly string[]): void {
  const handlers = names.map((name) => owner.get(name)).filter((handler) => !handler.isAbsent);
  if (owner.object !== undefined && handlers.length === 0) {
    owner.required('must specify a handler type', `add one of ${names.join(', ')}`);
  }
  for (const handler of handlers.slice(1)) handler.forbidden('may not specify more than 1 handler type');
  const exec = owner.get('exec');
  if (exec.object !== undefined && exec.get('command').items.length === 0) exec.get('command').required();
  checkHttpGet(owner.get('httpGet'), portNames);
  checkPort(owner.get('tcpSocket').get('port'), portNames);
  const grpcPort = owner.get('grpc').get('port');
  if (grpcPort.number !== undefined)
    for (const message of portNumberProblems(grpcPort.number)) grpcPort.invalid(message);
}

function checkHttpGet(httpGet: Cursor, portNames: readonly string[]): void {
  if (httpGet.object === undefined) return;
  if (httpGet.get('path').value === '') httpGet.get('path').required();
  checkPort(httpGet.get('port'), portNames);
  for (const header of httpGet.get('httpHeaders').items) {
    const name = header.get('name');
    if (name.text !== undefined && !HEADER_NAME.test(name.text)) {
      name.invalid("a valid HTTP header must consist of alphanumeric characters or '-'");
    }
  }
}

/** A number, or the name of a port; a name that the container does not have can never be resolved. */
function checkPort(port: Cursor, portNames: readonly string[]): void {
  if (port.number !== undefined) for (const message of portNumberProblems(port.number)) port.invalid(message);
  if (port.text === undefined) return;
  const problems = portNameProblems(port.text);
  for (const message of problems) port.invalid(message, /^\d+$/.test(port.text) ? 'remove the quotes' : undefined);
  if (problems.length > 0 || portNames.includes(port.text)) return;
  const similar = findSimilar(port.text, portNames);
  const help = similar === undefined ? 'name a port of the container, or use its number' : `did you mean "${similar}"?`;
  port.warn(`the container has no port named ${JSON.stringify(port.text)}`, help);
}
