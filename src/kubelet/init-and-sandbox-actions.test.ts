import { expect, test } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { computePodActions } from './compute-pod-actions.ts';
import type { Container } from './observed-pod.ts';
import { containerSpecHash } from './spec-hash.ts';
import { containerOf, NOW_MS, sandboxOf, snapshotOf } from './testing/snapshots.ts';

/**
 * TestComputePodActions, …WithInitContainers and …WithRestartableInitContainers (kuberuntime_manager_test.go).
 * `started` has passed its startup probe, `unprobed` runs without a verdict; `old:0` has ended in a sandbox before this
 * one.
 */
type Shown =
  | 'unprobed'
  | 'started'
  | 'unlively'
  | 'unstarted'
  | 'changed'
  | 'created'
  | `exited:${number}`
  | `old:${number}`;
type Policy = 'Always' | 'OnFailure' | 'Never';

const probe = { tcpSocket: { port: 1 } };
const plain = (name: string): Container => ({ name, image: 'app:1' });
const sidecar = (name: string): Container => ({
  name,
  image: 'app:1',
  restartPolicy: 'Always',
  ...(name === 's1' ? {} : { startupProbe: probe, livenessProbe: probe }),
});
const MAINS = ['m1', 'm2', 'm3'].map(plain);
const INITS = ['i1', 'i2', 'i3'].map(plain);
const SIDECARS = ['s1', 's2', 's3'].map(sidecar);
const RESULTS: Readonly<Record<string, object>> = {
  started: { startup: true },
  unlively: { startup: true, liveness: false },
  unstarted: { startup: false },
  changed: { startup: true },
};

interface Parts {
  readonly restartPolicy?: Policy;
  readonly inits?: readonly Container[];
  readonly states: Readonly<Record<string, Shown>>;
  /** The newest sandbox: one that is dead, or one that came after it. */
  readonly sandbox?: 'dead' | 'new';
}

function stateOf(container: Container, shown: Shown): ContainerState {
  const [kind = '', code] = shown.split(':');
  const specHash = kind === 'changed' ? 'other' : containerSpecHash(container);
  const extra = { specHash, sandboxId: kind === 'old' ? 'sandbox-0' : 'sandbox-1' };
  if (code !== undefined) return containerOf(container.name, { ...extra, status: 'exited', exitCode: Number(code) });
  return containerOf(container.name, { ...extra, status: kind === 'created' ? 'created' : 'running' });
}

function actionsOf({ restartPolicy = 'Always', inits = [], states, sandbox }: Parts): string {
  const containers = [...inits, ...MAINS];
  const shown = containers.flatMap((it) =>
    states[it.name] === undefined ? [] : [[it, states[it.name] ?? 'started'] as const],
  );
  const snapshot = snapshotOf({
    spec: { restartPolicy, initContainers: [...inits], containers: [...MAINS] },
    sandboxes:
      sandbox === 'new'
        ? [sandboxOf(0, { running: false }), sandboxOf(1)]
        : [sandboxOf(1, { running: sandbox !== 'dead' })],
    containers: shown.map(([container, state]) => stateOf(container, state)),
    probes: new Map(
      shown.flatMap(([{ name }, state]) => (RESULTS[state] === undefined ? [] : [[name, RESULTS[state]]])),
    ),
    images: new Map(containers.map(({ name }) => [name, { type: 'ready' as const }])),
    backoff: new Map(),
    monotonicMs: NOW_MS,
  });
  const words = computePodActions(deepFreeze(snapshot)).actions.map((action) => {
    const verb = action.type.replace(/Container$/, '');
    return 'container' in action ? `${verb} ${action.container.name}` : verb;
  });
  return words.join(', ');
}

const ALL = { m1: 'started', m2: 'started', m3: 'started' } as const;
const START = 'start m1, start m2, start m3';

test.each<[string, Parts, string]>([
  ['everything is good; do nothing', { states: ALL }, ''],
  [
    'restart exited containers if Always',
    { states: { ...ALL, m1: 'exited:0', m2: 'exited:111' } },
    'start m1, start m2',
  ],
  [
    'restart failed containers if OnFailure',
    { restartPolicy: 'OnFailure', states: { ...ALL, m1: 'exited:0', m2: 'exited:111' } },
    'start m2',
  ],
  [
    'restart created but not started containers if OnFailure',
    { restartPolicy: 'OnFailure', states: { ...ALL, m1: 'exited:0', m2: 'created' } },
    'start m2',
  ],
  [
    "don't restart containers if Never",
    { restartPolicy: 'Never', states: { ...ALL, m1: 'exited:0', m2: 'exited:111' } },
    '',
  ],
  [
    'start a container in created state also if Never',
    { restartPolicy: 'Never', states: { ...ALL, m2: 'created' } },
    'start m2',
  ],
  ['a dead sandbox: first everything is stopped', { states: ALL, sandbox: 'dead' }, 'stopContainers'],
  [
    '… and all are recreated if Always',
    { states: { m1: 'old:137', m2: 'old:0', m3: 'old:137' }, sandbox: 'new' },
    `${START}, removeSandbox`,
  ],
  [
    '… except for the succeeded one if OnFailure',
    { restartPolicy: 'OnFailure', states: { m1: 'old:137', m2: 'old:0', m3: 'old:137' }, sandbox: 'new' },
    'start m1, start m3',
  ],
  ['the spec changed', { states: { ...ALL, m2: 'changed' } }, 'kill m2'],
  ['the liveness check has failed', { states: { ...ALL, m2: 'unlively' } }, 'kill m2'],
  ['the startup check has failed', { states: { ...ALL, m2: 'unstarted' } }, 'kill m2'],
  [
    'no new sandbox if Never and all exited',
    { restartPolicy: 'Never', states: { m1: 'exited:0', m2: 'exited:0', m3: 'exited:0' }, sandbox: 'dead' },
    '',
  ],
  [
    'no new sandbox if OnFailure and all succeeded',
    { restartPolicy: 'OnFailure', states: { m1: 'exited:0', m2: 'exited:0', m3: 'exited:0' }, sandbox: 'dead' },
    '',
  ],
  [
    'a new sandbox if Never and nothing was ever created',
    { restartPolicy: 'Never', states: {}, sandbox: 'dead' },
    'stopSandbox, createSandbox',
  ],
])('main containers: %s', (_what, parts, expected) => {
  expect(actionsOf(parts)).toBe(expected);
});

const DONE = { i1: 'exited:0', i2: 'exited:0', i3: 'exited:0' } as const;

test.each<[string, Omit<Parts, 'inits'>, string]>([
  ['initialization completed; start all containers', { states: DONE }, START],
  ['no init containers have been started; start the first one', { states: {} }, 'start i1'],
  ['initialization in progress; do nothing', { states: { ...DONE, i3: 'unprobed' } }, ''],
  [
    'a new sandbox; restart the first init container',
    { states: { i1: 'old:0', i2: 'old:0', i3: 'old:0' }, sandbox: 'new' },
    'start i1, removeSandbox',
  ],
  ['failed; restart the last one if Always', { states: { ...DONE, i3: 'exited:137' } }, 'start i3'],
  [
    'failed; restart the last one if OnFailure',
    { restartPolicy: 'OnFailure', states: { ...DONE, i3: 'exited:137' } },
    'start i3',
  ],
  ['failed; kill the pod if Never', { restartPolicy: 'Never', states: { ...DONE, i3: 'exited:137' } }, 'stopSandbox'],
  [
    'failed in a dead sandbox; nothing if Never',
    { restartPolicy: 'Never', states: { ...DONE, i3: 'exited:137' }, sandbox: 'dead' },
    '',
  ],
  [
    'failed in a dead sandbox; a new one if OnFailure',
    { restartPolicy: 'OnFailure', states: { ...DONE, i3: 'exited:137' }, sandbox: 'dead' },
    'stopSandbox, createSandbox',
  ],
  [
    'nothing visible in a dead sandbox; a new one also if Never',
    { restartPolicy: 'Never', states: {}, sandbox: 'dead' },
    'stopSandbox, createSandbox',
  ],
  ['one is in the created state; restart it', { states: { ...DONE, i3: 'created' } }, 'start i3'],
])('init containers: %s', (_what, parts, expected) => {
  expect(actionsOf({ ...parts, inits: INITS })).toBe(expected);
});

const UP = { s1: 'started', s2: 'started', s3: 'started' } as const;

test.each<[string, Omit<Parts, 'inits'>, string]>([
  ['initialization completed; start all containers', { states: UP }, START],
  ['none has been started; start the first one', { states: {} }, 'start s1'],
  ['one is stuck in the created state; restart it', { states: { ...UP, s3: 'created' } }, 'start s3'],
  ['one has started; start the next', { states: { s1: 'started' } }, 'start s2'],
  ['a startup probe has not been run; do nothing', { states: { s1: 'started', s2: 'unprobed' } }, ''],
  ['a startup probe has completed; start the next', { states: { s1: 'started', s2: 'started' } }, 'start s3'],
  ['the liveness check has failed', { states: { ...UP, s3: 'unlively' } }, `kill s3, ${START}`],
  ['the startup check has failed', { states: { ...UP, s3: 'unstarted' } }, 'kill s3'],
  ['the definition changes', { states: { ...UP, s3: 'changed' } }, `kill s3, ${START}`],
  ['a terminated one comes back before the next', { states: { ...UP, s1: 'exited:0', s3: 'exited:0' } }, 'start s1'],
  [
    'failed; restart the last one even if Never',
    { restartPolicy: 'Never', states: { ...UP, s3: 'exited:137' } },
    'start s3',
  ],
  [
    'beside running main containers even if Never',
    { restartPolicy: 'Never', states: { ...UP, ...ALL, s3: 'exited:137' } },
    'start s3',
  ],
  [
    'failed in a dead sandbox; a new one if OnFailure',
    { restartPolicy: 'OnFailure', states: { s3: 'exited:137' }, sandbox: 'dead' },
    'stopSandbox, createSandbox',
  ],
  [
    'kill the pod if all main containers succeeded if Never',
    { restartPolicy: 'Never', states: { ...UP, m1: 'exited:0', m2: 'exited:0', m3: 'exited:0' } },
    'stopContainers',
  ],
])('sidecars: %s', (_what, parts, expected) => {
  expect(actionsOf({ ...parts, inits: SIDECARS })).toBe(expected);
});
