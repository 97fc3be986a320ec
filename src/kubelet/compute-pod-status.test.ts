import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import { computePodActions } from './compute-pod-actions.ts';
import { computePodStatus } from './compute-pod-status.ts';
import type { Container } from './observed-pod.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import { withRecordedEnds } from './recorded-containers.ts';
import { containerOf, NOW_MS, sandboxOf, snapshotOf } from './testing/snapshots.ts';

/**
 * What a kubelet is held to by generate.go, prober_manager_test.go (TestUpdatePodStatus…) and
 * convertToAPIContainerStatuses.
 */

type Parts = Parameters<typeof snapshotOf>[0];

const probe = { tcpSocket: { port: 1 } };
const named = (name: string, extra: Partial<Container> = {}): Container => ({ name, image: 'app:1', ...extra });
const sidecar = (name: string): Container => named(name, { restartPolicy: 'Always', startupProbe: probe });
const started = (...names: string[]) => new Map(names.map((name) => [name, { startup: true }]));
const exited = (name: string, exitCode: number) =>
  containerOf(name, { status: 'exited', exitCode, finishedAtMs: NOW_MS });

function statusOf(parts: Parts) {
  const snapshot: PodSnapshot = deepFreeze(snapshotOf({ sandboxes: [sandboxOf(0)], ...parts }));
  return computePodStatus(snapshot, {
    runtimeName: 'docker',
    terminationMessages: new Map(),
    hostIp: '192.0.2.1',
    qosClass: 'BestEffort',
  });
}

function conditionOf(parts: Parts, type: string): string {
  const condition = statusOf(parts).conditions?.find((it) => it.type === type);
  return [condition?.status, condition?.reason, condition?.message].filter((it) => it !== undefined).join(' ');
}

const TWO = { containers: [named('one'), named('two', { readinessProbe: probe })] };
const READY = new Map([['two', { readiness: true }]]);

test.each<[string, Parts, string]>([
  ['all ready', { spec: TWO, containers: [containerOf('one'), containerOf('two')], probes: READY }, 'True'],
  [
    'one is not ready',
    { spec: TWO, containers: [containerOf('one'), containerOf('two')] },
    'False ContainersNotReady containers with unready status: [two]',
  ],
  [
    'one has not begun',
    { spec: TWO, containers: [containerOf('two')], probes: READY },
    'False ContainersNotReady containers with unready status: [one]',
  ],
  [
    'a sidecar comes first, an init container never',
    {
      spec: { ...TWO, initContainers: [named('init'), sidecar('proxy')] },
      containers: [exited('init', 0), containerOf('proxy')],
    },
    'False ContainersNotReady containers with unready status: [proxy one two]',
  ],
  ['succeeded', { spec: { restartPolicy: 'Never' }, containers: [exited('app', 0)] }, 'False PodCompleted'],
  ['failed', { spec: { restartPolicy: 'Never' }, containers: [exited('app', 1)] }, 'False PodFailed'],
])('Ready and ContainersReady: %s', (_what, parts, expected) => {
  expect(conditionOf(parts, 'ContainersReady')).toBe(expected);
  expect(conditionOf(parts, 'Ready')).toBe(expected);
});

const gates = (...statuses: ('True' | 'False' | undefined)[]): Parts => ({
  containers: [containerOf('app')],
  spec: { readinessGates: statuses.map((_, index) => ({ conditionType: `gate${index + 1}` })) },
  status: {
    conditions: statuses.flatMap((status, index) =>
      status === undefined ? [] : [{ type: `gate${index + 1}`, status }],
    ),
  },
});
const missing = (gate: string) =>
  `False ReadinessGatesNotReady corresponding condition of pod readiness gate "${gate}" does not exist.`;
const notTrue = (gate: string) =>
  `False ReadinessGatesNotReady the status of pod readiness gate "${gate}" is not "True", but False`;

/** TestGeneratePodReadyCondition. */
test.each<[string, Parts, string]>([
  ['no condition', gates(undefined), missing('gate1')],
  ['a false one', gates('False'), notTrue('gate1')],
  ['a true one', gates('True'), 'True'],
  ['one of two is missing', gates('True', undefined), missing('gate2')],
  ['one of two is false', gates('True', 'False'), notTrue('gate2')],
  ['two true ones', gates('True', 'True'), 'True'],
  [
    'a true one of a pod that is not ready itself',
    { ...gates('True'), containers: [] },
    'False ContainersNotReady containers with unready status: [app]',
  ],
])('Ready with gates: %s', (_what, parts, expected) => {
  expect(conditionOf(parts, 'Ready')).toBe(expected);
});

const INITS = { initContainers: [named('init'), sidecar('proxy')] };
const incomplete = (names: string) => `False ContainersNotInitialized containers with incomplete status: [${names}]`;

test.each<[string, Parts, string]>([
  ['without init containers', {}, 'True'],
  ['nothing has begun', { spec: INITS }, incomplete('init proxy')],
  ['the init container has failed', { spec: INITS, containers: [exited('init', 1)] }, incomplete('init proxy')],
  [
    'the sidecar has not started',
    { spec: INITS, containers: [exited('init', 0), containerOf('proxy')] },
    incomplete('proxy'),
  ],
  [
    'the sidecar has started',
    { spec: INITS, containers: [exited('init', 0), containerOf('proxy')], probes: started('proxy') },
    'True',
  ],
  [
    'the sidecar is started again beside a main container',
    { spec: INITS, containers: [exited('init', 0), containerOf('proxy'), containerOf('app')] },
    'True',
  ],
  [
    'the main container has stopped, too',
    { spec: INITS, containers: [exited('init', 0), containerOf('proxy'), exited('app', 1)] },
    'True',
  ],
  [
    'the main container is in back-off, too',
    {
      spec: INITS,
      containers: [exited('init', 0), containerOf('proxy'), exited('app', 1)],
      backoff: new Map([['app', { delayMs: 10_000, raisedAtMs: NOW_MS }]]),
    },
    incomplete('proxy'),
  ],
  [
    'succeeded',
    {
      spec: { ...INITS, restartPolicy: 'Never' },
      containers: [exited('init', 0), exited('proxy', 1), exited('app', 0)],
    },
    'True PodCompleted',
  ],
])('Initialized: %s', (_what, parts, expected) => {
  expect(conditionOf(parts, 'Initialized')).toBe(expected);
});

const LIVE = [containerOf('app')];
const DEAD = [exited('app', 0)];
const main = (extra: Partial<Container>) => ({ containers: [named('app', extra)] });
const results = (result: object) => new Map([['app', result]]);

test.each<[string, Parts, boolean, boolean]>([
  ['unprobed', { containers: LIVE }, true, true],
  [
    'probed and ready',
    { spec: main({ readinessProbe: probe }), containers: LIVE, probes: results({ readiness: true }) },
    true,
    true,
  ],
  ['probed, pending', { spec: main({ readinessProbe: probe }), containers: LIVE }, true, false],
  [
    'probed, unready',
    { spec: main({ readinessProbe: probe }), containers: LIVE, probes: results({ readiness: false }) },
    true,
    false,
  ],
  ['not started, no readiness', { spec: main({ startupProbe: probe }), containers: LIVE }, false, false],
  [
    'started, no readiness',
    { spec: main({ startupProbe: probe }), containers: LIVE, probes: results({ startup: true }) },
    true,
    true,
  ],
  [
    'terminated',
    { spec: main({ readinessProbe: probe }), containers: DEAD, probes: results({ readiness: true }) },
    false,
    false,
  ],
])('started and ready of a main container: %s', (_what, parts, isStarted, isReady) => {
  expect(statusOf(parts).containerStatuses?.[0]).toMatchObject({ started: isStarted, ready: isReady });
});

test('an init container is ready once it has succeeded, a sidecar while it serves', () => {
  const containers = [containerOf('one'), containerOf('two'), exited('three', 0)];
  const shown = (initContainers: Container[]) =>
    statusOf({ spec: { initContainers }, containers, probes: started('two') }).initContainerStatuses?.map(
      ({ name, ready }) => `${name} ${ready}`,
    );
  expect(shown(['one', 'two', 'three'].map((name) => named(name)))).toEqual(['one false', 'two false', 'three true']);
  expect(shown(['one', 'two', 'three'].map(sidecar))).toEqual(['one false', 'two true', 'three false']);
});

const UNKNOWN = { exitCode: 137, reason: 'ContainerStatusUnknown' };
const known = { name: 'app', image: 'app:1', imageID: 'sha256:1', containerID: 'docker://app-2', restartCount: 2 };
const wasRunning = { ...known, ready: true, state: { running: { startedAt: '2025-12-31T23:59:00Z' } } };
const ended = { exitCode: 3, reason: 'Error', finishedAt: '2025-12-31T23:59:30Z', containerID: 'docker://app-2' };
const deletionTimestamp = '2026-01-01T00:00:30Z';

/** TestConvertToAPIContainerStatuses and Test_generateAPIPodStatus. */
test.each<[string, Parts, object]>([
  ['nothing of it is left', {}, { restartCount: 3, lastState: { terminated: UNKNOWN } }],
  [
    'an older one is left',
    { containers: [containerOf('app', { attempt: 1, status: 'exited', exitCode: 1 })] },
    { restartCount: 3, lastState: { terminated: UNKNOWN } },
  ],
  [
    'its pod is deleted, too',
    { metadata: { deletionTimestamp } },
    { restartCount: 2, lastState: { terminated: UNKNOWN } },
  ],
])('a container that was removed by hand waits: %s', (_what, parts, expected) => {
  const recorded = { phase: 'Running' as const, containerStatuses: [wasRunning] };
  const status = statusOf({ status: recorded, ...parts });
  if (parts.metadata === undefined) expect(status.phase).toBe('Running');
  const [shown] = status.containerStatuses ?? [];
  expect(shown).toMatchObject({ ready: false, started: false, ...expected });
  // What is written down once is not counted again.
  const again = statusOf({ ...parts, status: { ...recorded, containerStatuses: shown === undefined ? [] : [shown] } });
  expect(again.containerStatuses).toEqual([shown]);
  if (parts.metadata === undefined) expect(shown?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
});

test('under a policy of Never a removed container is the end of its pod', () => {
  const recorded = { phase: 'Running' as const, containerStatuses: [wasRunning] };
  const status = statusOf({ status: recorded, spec: { restartPolicy: 'Never' } });
  expect(status.phase).toBe('Failed');
  expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject(UNKNOWN);
});

test('a removed init container counts as failed', () => {
  const initContainerStatuses = [{ ...wasRunning, name: 'init' }];
  const spec = { initContainers: [named('init')], restartPolicy: 'Never' as const };
  expect(statusOf({ status: { phase: 'Pending', initContainerStatuses }, spec }).phase).toBe('Failed');
});

describe('a dead container that is pruned', () => {
  const pruned = (state: object, spec: NonNullable<Parts['spec']> = {}, sandboxAttempt = 0) => {
    const status = { phase: 'Running' as const, containerStatuses: [{ ...known, ready: false, ...state }] };
    const snapshot = snapshotOf({ status, spec, sandboxes: [sandboxOf(sandboxAttempt)] });
    return { ...snapshot, observed: withRecordedEnds(snapshot.pod, snapshot.observed) };
  };
  const actionsOf = (snapshot: PodSnapshot) =>
    computePodActions({ ...snapshot, images: new Map([['app', { type: 'ready' as const }]]) }).actions.map(
      ({ type }) => type,
    );

  test.each([
    ['Always', 0, ['startContainer']],
    ['Always', 1, ['startContainer']],
    ['OnFailure', 0, ['startContainer']],
    ['Never', 0, ['stopSandbox']],
  ] as const)('is still known: %s, sandbox %i', (restartPolicy, sandboxAttempt, expected) => {
    const snapshot = pruned({ state: { terminated: ended } }, { restartPolicy }, sandboxAttempt);
    expect(actionsOf(snapshot)).toEqual(expected);
  });

  test('is not run again beside another that runs, where it has done its work', () => {
    const containers = [named('app'), named('other')];
    const snapshot = pruned(
      { state: { terminated: { ...ended, exitCode: 0 } } },
      { containers, restartPolicy: 'OnFailure' },
    );
    const observed = { ...snapshot.observed, containers: [...snapshot.observed.containers, containerOf('other')] };
    expect(actionsOf({ ...snapshot, observed })).toEqual([]);
  });

  test('shows as it did, and its restart waits as long', () => {
    const crashed = { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: ended } };
    const snapshot = {
      ...pruned(crashed),
      backoff: new Map([['app', { delayMs: 40_000, raisedAtMs: NOW_MS - 60_000 }]]),
      endedAtMs: new Map([['app-2', NOW_MS - 30_000]]),
    };
    expect(computePodActions(snapshot)).toMatchObject({ actions: [], requeueAfterMs: 10_000 });
    const context = {
      runtimeName: 'docker',
      terminationMessages: new Map(),
      hostIp: '192.0.2.1',
      qosClass: 'BestEffort',
    } as const;
    const status = computePodStatus(snapshot, context);
    expect(status.containerStatuses?.[0]).toMatchObject({ ...crashed, restartCount: 2 });
  });

  test('leaves an init container done', () => {
    const initContainerStatuses = [
      { ...known, name: 'init', ready: true, state: { terminated: { ...ended, exitCode: 0 } } },
    ];
    const snapshot = snapshotOf({
      status: { phase: 'Running', initContainerStatuses },
      spec: { initContainers: [named('init')] },
      sandboxes: [sandboxOf(0)],
      containers: LIVE,
    });
    const observed = withRecordedEnds(snapshot.pod, snapshot.observed);
    const context = {
      runtimeName: 'docker',
      terminationMessages: new Map(),
      hostIp: '192.0.2.1',
      qosClass: 'BestEffort',
    } as const;
    const status = computePodStatus({ ...snapshot, observed }, context);
    expect(status.initContainerStatuses?.[0]).toMatchObject({ ready: true, state: { terminated: { exitCode: 0 } } });
  });
});
