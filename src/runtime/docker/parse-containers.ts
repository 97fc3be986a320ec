import type { ContainerState, PodIdentity, RuntimeEvent, RuntimeState, SandboxState } from '../runtime.ts';
import { listAt, numberAt, textAt, valueAt } from './json-path.ts';
import { LABELS } from './labels.ts';

/** Reads the answer of `GET /containers/json`. What carries no whole set of labels is none of ours. */
export function parseContainerList(answer: unknown, nodeIp: string): RuntimeState {
  const sandboxes: SandboxState[] = [];
  const containers: ContainerState[] = [];
  for (const item of listAt(answer)) {
    const pod = podOf(item, 'Labels');
    if (pod === undefined) continue;
    const type = textAt(item, 'Labels', LABELS.type);
    if (type === 'podsandbox') sandboxes.push(parseSandboxItem(item, pod, nodeIp));
    if (type === 'container') containers.push(parseContainerItem(item, pod));
  }
  return { sandboxes, containers };
}

/**
 * Reads the answer of `GET /containers/<id>/json` of a container; `undefined` for a sandbox or what is not of this
 * cluster.
 */
export function parseContainerDetails(details: unknown, clusterUid: string): ContainerState | undefined {
  const pod = podOf(details, 'Config', 'Labels');
  if (pod === undefined || textAt(details, 'Config', 'Labels', LABELS.clusterUid) !== clusterUid) return undefined;
  if (textAt(details, 'Config', 'Labels', LABELS.type) !== 'container') return undefined;
  const state = valueAt(details, 'State');
  const status = statusOf(textAt(state, 'Status'));
  const startedAtMs = parseEngineTime(textAt(state, 'StartedAt'));
  const finishedAtMs = status === 'exited' ? parseEngineTime(textAt(state, 'FinishedAt')) : undefined;
  const error = textAt(state, 'Error');
  const stopTimeoutS = valueAt(details, 'Config', 'StopTimeout');
  return {
    id: textAt(details, 'Id'),
    pod,
    ...labelFields(valueAt(details, 'Config', 'Labels')),
    imageId: textAt(details, 'Image'),
    status,
    createdAtMs: parseEngineTime(textAt(details, 'Created')) ?? 0,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(finishedAtMs === undefined ? {} : { finishedAtMs }),
    ...(status === 'exited' ? { exitCode: numberAt(state, 'ExitCode') } : {}),
    ...(status === 'exited' ? { oomKilled: valueAt(state, 'OOMKilled') === true } : {}),
    ...(typeof stopTimeoutS === 'number' ? { stopGraceMs: stopTimeoutS * 1000 } : {}),
    ...(error === '' ? {} : { error: error.replace(/\s+/g, ' ').trim() }),
  };
}

/** Reads one line of the event stream; `undefined` for what is no change of a sandbox or container. */
export function parseEvent(line: unknown): RuntimeEvent | undefined {
  const attributes = valueAt(line, 'Actor', 'Attributes');
  const kind = textAt(attributes, LABELS.type);
  const action = ACTIONS[textAt(line, 'Action')];
  if (action === undefined || (kind !== 'podsandbox' && kind !== 'container')) return undefined;
  const exitCode = textAt(attributes, 'exitCode');
  return {
    type: kind === 'podsandbox' ? 'sandbox' : 'container',
    action,
    id: textAt(line, 'Actor', 'ID'),
    podUid: textAt(attributes, LABELS.podUid),
    name: kind === 'podsandbox' ? '' : textAt(attributes, LABELS.containerName),
    ...(action === 'die' && exitCode !== '' ? { exitCode: Number(exitCode) } : {}),
  };
}

/** The events worth asking for, by the engine's names. */
const ACTIONS: Readonly<Record<string, RuntimeEvent['action']>> = {
  create: 'create',
  start: 'start',
  die: 'die',
  oom: 'oom',
  destroy: 'destroy',
};

export const EVENT_ACTIONS: readonly string[] = Object.keys(ACTIONS);

/** The engine writes year 1 for "never". */
export function parseEngineTime(text: string): number | undefined {
  if (text === '' || text.startsWith('0001-')) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The address on the first network that gave one; a sandbox of ours joins exactly one. */
export function networkAddressOf(networks: unknown): string {
  if (typeof networks !== 'object' || networks === null) return '';
  for (const network of Object.values(networks)) {
    const address = textAt(network, 'IPAddress');
    if (address !== '') return address;
  }
  return '';
}

function parseSandboxItem(item: unknown, pod: PodIdentity, nodeIp: string): SandboxState {
  const running = statusOf(textAt(item, 'State')) === 'running';
  const isHostNetwork = textAt(item, 'HostConfig', 'NetworkMode') === 'host';
  return {
    id: textAt(item, 'Id'),
    pod,
    attempt: Number(textAt(item, 'Labels', LABELS.attempt)),
    running,
    // An engine that was killed still lists the address of a sandbox that is dead, and gives it to the next one.
    ip: running ? (isHostNetwork ? nodeIp : networkAddressOf(valueAt(item, 'NetworkSettings', 'Networks'))) : '',
    createdAtMs: numberAt(item, 'Created') * 1000,
  };
}

function parseContainerItem(item: unknown, pod: PodIdentity): ContainerState {
  const status = statusOf(textAt(item, 'State'));
  // The list carries an exit code only in its text for people: "Exited (137) 2 minutes ago".
  const exit = /^Exited \((-?\d+)\)/.exec(textAt(item, 'Status'));
  return {
    id: textAt(item, 'Id'),
    pod,
    ...labelFields(valueAt(item, 'Labels')),
    imageId: textAt(item, 'ImageID'),
    status,
    createdAtMs: numberAt(item, 'Created') * 1000,
    ...(status === 'exited' && exit !== null ? { exitCode: Number(exit[1]) } : {}),
  };
}

function labelFields(labels: unknown) {
  return {
    sandboxId: textAt(labels, LABELS.sandboxId),
    name: textAt(labels, LABELS.containerName),
    attempt: Number(textAt(labels, LABELS.attempt)),
    image: textAt(labels, LABELS.image),
    specHash: textAt(labels, LABELS.specHash),
  };
}

function podOf(value: unknown, ...path: readonly string[]): PodIdentity | undefined {
  const labels = valueAt(value, ...path);
  const uid = textAt(labels, LABELS.podUid);
  if (uid === '') return undefined;
  return { namespace: textAt(labels, LABELS.podNamespace), name: textAt(labels, LABELS.podName), uid };
}

/** Paused and restarting containers hold their processes; dead ones and those in removal do not. */
function statusOf(state: string): ContainerState['status'] {
  if (state === 'created') return 'created';
  return state === 'running' || state === 'paused' || state === 'restarting' ? 'running' : 'exited';
}
