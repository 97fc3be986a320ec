import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import { computePhase, type PodPhase } from './compute-phase.ts';
import type { Container } from './observed-pod.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import { containerOf, NOW_MS, sandboxOf, snapshotOf } from './testing/snapshots.ts';

/**
 * What a kubelet's getPhase is held to (kubelet_pods_test.go, TestPodPhaseWith…). `running` has not passed its startup
 * probe, `started` has; `backoff:0` has exited with 0 and waits for its next start.
 */
type Shown = 'running' | 'started' | 'exited:0' | 'exited:1' | 'backoff:0' | 'backoff:1' | 'waiting';
type States = Readonly<Record<string, Shown>>;

const ALL = { A: 'running', B: 'running' } as const;
const DONE = { A: 'exited:0', B: 'exited:0' } as const;
const startupProbe = { tcpSocket: { port: 1 } };
const init = (name: string): Container => ({ name, image: 'app:1' });
const sidecar = (name: string): Container => ({ name, image: 'app:1', restartPolicy: 'Always', startupProbe });

interface Parts {
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly inits?: readonly Container[];
  readonly mains?: readonly string[];
  readonly states: States;
  /** Names of those that are in the newest sandbox, when that is not the first one. */
  readonly inNewSandbox?: readonly string[];
  readonly isDeleted?: boolean;
}

function snapshotWith(parts: Parts): PodSnapshot {
  const { restartPolicy, inits = [], mains = ['A', 'B'], states, inNewSandbox, isDeleted = false } = parts;
  const shown = Object.entries(states);
  const isNew = (name: string) => inNewSandbox?.includes(name) === true;
  return snapshotOf({
    spec: { restartPolicy, initContainers: [...inits], containers: mains.map(init) },
    ...(isDeleted ? { metadata: { deletionTimestamp: '2026-01-01T00:00:30Z' } } : {}),
    sandboxes: inNewSandbox === undefined ? [sandboxOf(0)] : [sandboxOf(0, { running: false }), sandboxOf(1)],
    containers: shown.flatMap(([name, state]) => containersOf(name, state, isNew(name) ? 'sandbox-1' : 'sandbox-0')),
    probes: new Map(shown.filter(([, state]) => state === 'started').map(([name]) => [name, { startup: true }])),
    backoff: new Map(shown.map(([name]) => [name, { delayMs: 10_000, raisedAtMs: NOW_MS }])),
  });
}

function containersOf(name: string, state: Shown, sandboxId: string): readonly ContainerState[] {
  if (state === 'waiting') return [];
  if (state === 'running' || state === 'started') return [containerOf(name, { sandboxId })];
  const exitCode = Number(state.split(':')[1]);
  return [containerOf(name, { sandboxId, status: 'exited', exitCode, finishedAtMs: NOW_MS })];
}

function phaseOf(parts: Parts): PodPhase {
  return computePhase(deepFreeze(snapshotWith(parts)));
}

describe('main containers alone', () => {
  const isDeleted = true;
  test.each<[Parts['restartPolicy'], string, States, PodPhase, Partial<Parts>?]>([
    ['Always', 'waiting', {}, 'Pending'],
    ['Always', 'all running', ALL, 'Running'],
    ['Always', 'all stopped', DONE, 'Running'],
    ['Always', 'all succeeded, but the pod is terminal', DONE, 'Succeeded', { isDeleted }],
    ['Always', 'all stopped, but the pod is terminal', { A: 'exited:0', B: 'exited:1' }, 'Failed', { isDeleted }],
    ['Always', 'one runs, one has stopped', { A: 'running', B: 'exited:0' }, 'Running'],
    ['Always', 'one runs, of the other nothing is known', { A: 'running' }, 'Pending'],
    ['Always', 'one runs, one waits', { A: 'running', B: 'waiting' }, 'Pending'],
    ['Always', 'one runs, one is in back-off', { A: 'running', B: 'backoff:0' }, 'Running'],
    ['Never', 'waiting', {}, 'Pending'],
    ['Never', 'all running', ALL, 'Running'],
    ['Never', 'all succeeded', DONE, 'Succeeded'],
    ['Never', 'all failed', { A: 'exited:1', B: 'exited:1' }, 'Failed'],
    ['Never', 'one runs, one has succeeded', { A: 'running', B: 'exited:0' }, 'Running'],
    ['Never', 'one runs, of the other nothing is known', { A: 'running' }, 'Pending'],
    ['Never', 'one runs, one waits', { A: 'running', B: 'waiting' }, 'Pending'],
    ['OnFailure', 'waiting', {}, 'Pending'],
    ['OnFailure', 'all running', ALL, 'Running'],
    ['OnFailure', 'all succeeded', DONE, 'Succeeded'],
    ['OnFailure', 'all failed', { A: 'exited:1', B: 'exited:1' }, 'Running'],
    ['OnFailure', 'one runs, one has succeeded', { A: 'running', B: 'exited:0' }, 'Running'],
    ['OnFailure', 'one runs, of the other nothing is known', { A: 'running' }, 'Pending'],
    ['OnFailure', 'one runs, one waits', { A: 'running', B: 'waiting' }, 'Pending'],
    ['OnFailure', 'one runs, one is in back-off', { A: 'running', B: 'backoff:0' }, 'Running'],
  ])('%s: %s', (restartPolicy, _what, states, expected, extra = {}) => {
    expect(phaseOf({ restartPolicy, states, ...extra })).toBe(expected);
  });
});

describe('with an init container', () => {
  test.each<[string, States, PodPhase, PodPhase]>([
    ['waiting', {}, 'Pending', 'Pending'],
    ['running', { X: 'running' }, 'Pending', 'Pending'],
    ['failed', { X: 'exited:1' }, 'Pending', 'Failed'],
    ['in back-off after 0', { X: 'backoff:0' }, 'Pending', 'Pending'],
    ['in back-off after a failure', { X: 'backoff:1' }, 'Pending', 'Failed'],
    ['succeeded', { X: 'exited:0', ...ALL }, 'Running', 'Running'],
  ])('%s', (_what, states, whenAlways, whenNever) => {
    const inits = [init('X')];
    expect(phaseOf({ restartPolicy: 'Always', inits, states })).toBe(whenAlways);
    expect(phaseOf({ restartPolicy: 'Never', inits, states })).toBe(whenNever);
  });
});

describe('with a sidecar', () => {
  const isDeleted = true;
  test.each<[Parts['restartPolicy'], string, States, PodPhase, Partial<Parts>?]>([
    ['Always', 'waiting', {}, 'Pending'],
    ['Always', 'running', { X: 'running' }, 'Pending'],
    ['Always', 'stopped', { X: 'exited:0' }, 'Pending'],
    ['Always', 'in back-off after 0', { X: 'backoff:0' }, 'Pending'],
    ['Always', 'in back-off after a failure', { X: 'backoff:1' }, 'Pending'],
    ['Always', 'started, one of two mains running', { X: 'started', A: 'running' }, 'Pending'],
    ['Always', 'started, all running', { X: 'started', ...ALL }, 'Running'],
    ['Always', 'running again, all running', { X: 'running', ...ALL }, 'Running'],
    ['Always', 'stopped, all running', { X: 'exited:0', ...ALL }, 'Running'],
    ['Always', 'in back-off, all running', { X: 'backoff:0', ...ALL }, 'Running'],
    [
      'Always',
      'failed, mains succeeded, but the pod is terminal',
      { X: 'exited:1', ...DONE },
      'Succeeded',
      { isDeleted },
    ],
    ['Always', 'succeeded, mains too, but the pod is terminal', { X: 'exited:0', ...DONE }, 'Succeeded', { isDeleted }],
    ['Always', 'initialized anew in a new sandbox', { X: 'running', ...ALL }, 'Pending', { inNewSandbox: ['X'] }],
    ['Never', 'waiting', {}, 'Pending'],
    ['Never', 'running', { X: 'running' }, 'Pending'],
    ['Never', 'stopped', { X: 'exited:0' }, 'Pending'],
    ['Never', 'in back-off after 0', { X: 'backoff:0' }, 'Pending'],
    ['Never', 'in back-off after a failure', { X: 'backoff:1' }, 'Pending'],
    ['Never', 'started, one of two mains running', { X: 'started', A: 'running' }, 'Pending'],
    ['Never', 'started, mains succeeded', { X: 'started', ...DONE }, 'Running'],
    ['Never', 'running again, mains succeeded', { X: 'running', ...DONE }, 'Running'],
    ['Never', 'succeeded, mains too', { X: 'exited:0', ...DONE }, 'Succeeded'],
    ['Never', 'failed, mains succeeded', { X: 'exited:1', ...DONE }, 'Succeeded'],
    ['Never', 'in back-off after 0, mains succeeded', { X: 'backoff:0', ...DONE }, 'Succeeded'],
    ['Never', 'in back-off after a failure, mains succeeded', { X: 'backoff:1', ...DONE }, 'Succeeded'],
  ])('%s: %s', (restartPolicy, _what, states, expected, extra = {}) => {
    expect(phaseOf({ restartPolicy, inits: [sidecar('X')], states, ...extra })).toBe(expected);
  });
});

describe('a pod that has run, with an init container and a sidecar', () => {
  const inNewSandbox = ['X', 'Y'];
  test.each<[string, States, PodPhase, Partial<Parts>?]>([
    ['all of them run', { X: 'running', Y: 'running', A: 'running' }, 'Pending'],
    ['the main one has stopped', { X: 'running', Y: 'running', A: 'exited:0' }, 'Pending', { inNewSandbox }],
    ['the sidecar runs in a new sandbox', { X: 'exited:0', Y: 'running', A: 'exited:0' }, 'Pending', { inNewSandbox }],
    [
      'the sidecar has started in a new sandbox',
      { X: 'exited:0', Y: 'started', A: 'exited:0' },
      'Running',
      { inNewSandbox },
    ],
    ['the sidecar runs, the main one has stopped', { X: 'exited:0', Y: 'running', A: 'exited:0' }, 'Running'],
    ['the sidecar and the main one run', { X: 'exited:0', Y: 'running', A: 'running' }, 'Running'],
  ])('%s', (_what, states, expected, extra = {}) => {
    const inits = [init('X'), sidecar('Y')];
    expect(phaseOf({ restartPolicy: 'Always', inits, mains: ['A'], states, ...extra })).toBe(expected);
  });
});

test('a failed init container leaves the phase until its sidecar is down', () => {
  const inits = [sidecar('X'), init('Y')];
  const states = { X: 'started', Y: 'exited:1' } as const;
  expect(phaseOf({ restartPolicy: 'Never', inits, states })).toBe('Pending');
  expect(phaseOf({ restartPolicy: 'Never', inits, states: { ...states, X: 'exited:0' } })).toBe('Failed');
});
