import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../lib/json.ts';
import { computePodActions } from './compute-pod-actions.ts';
import { computePodStatus } from './compute-pod-status.ts';
import type { PodSnapshot } from './pod-snapshot.ts';
import { nextAttemptAtMs, raiseBackoff } from './restart-backoff.ts';
import { containerOf, NOW_MS, sandboxOf, snapshotOf } from './testing/snapshots.ts';

/** One line for each action, in order. */
function actionsOf(snapshot: PodSnapshot): readonly string[] {
  return computePodActions(deepFreeze(snapshot)).actions.map((action) => {
    if ('container' in action) {
      const attempt = 'attempt' in action ? ` #${action.attempt}` : '';
      return `${action.type} ${action.container.name}${attempt}`;
    }
    if ('attempt' in action) return `${action.type} #${action.attempt}`;
    if ('sandboxId' in action) return `${action.type} ${action.sandboxId}`;
    return 'id' in action ? `${action.type} ${action.id}` : action.type;
  });
}

const ready = (...names: string[]) => new Map(names.map((name) => [name, { type: 'ready' as const }]));
const init = (name: string, extra: object = {}) => ({ name, image: 'app:1', ...extra });
const sidecar = (name: string, extra: object = {}) => init(name, { restartPolicy: 'Always', ...extra });
const deleted = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 };
const down = { running: false };

describe('actions', () => {
  test.each<[string, PodSnapshot, readonly string[]]>([
    [
      'a new pod gets its sandbox while its image is looked for',
      snapshotOf({}),
      ['createSandbox #0', 'ensureImage app'],
    ],
    ['without its volumes it waits', snapshotOf({ volumes: { type: 'missing', message: 'x' } }), []],
    ['a sandbox that failed waits for its back-off', snapshotOf({ sandboxRetryAtMs: NOW_MS + 1 }), []],
    [
      'a sandbox without containers: the image comes first',
      snapshotOf({ sandboxes: [sandboxOf(0)] }),
      ['ensureImage app'],
    ],
    [
      'the image is there: start',
      snapshotOf({ sandboxes: [sandboxOf(0)], images: ready('app') }),
      ['startContainer app #0'],
    ],
    [
      'an image that is being pulled',
      snapshotOf({ sandboxes: [sandboxOf(0)], images: new Map([['app', { type: 'pulling' }]]) }),
      [],
    ],
    [
      'an image whose pull failed waits',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        images: new Map([['app', { type: 'failed', message: 'no', failedAtMs: NOW_MS, retryAtMs: NOW_MS + 10 }]]),
      }),
      [],
    ],
    [
      'an image whose back-off is over is asked for again',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        images: new Map([['app', { type: 'failed', message: 'no', failedAtMs: NOW_MS - 20, retryAtMs: NOW_MS }]]),
      }),
      ['ensureImage app'],
    ],
    ['what runs is left alone', snapshotOf({ sandboxes: [sandboxOf(0)], containers: [containerOf('app')] }), []],
    [
      'a container whose image has changed is killed',
      snapshotOf({ sandboxes: [sandboxOf(0)], containers: [containerOf('app', { specHash: 'old' })] }),
      ['killContainer app'],
    ],
    [
      'an older instance that was started by hand is stopped, and the newest goes on',
      snapshotOf({ sandboxes: [sandboxOf(0)], containers: [containerOf('app'), containerOf('app', { attempt: 1 })] }),
      ['killContainer app'],
    ],
    [
      'nothing is started beside an older instance',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app'), containerOf('app', { attempt: 1, status: 'exited', exitCode: 1 })],
        images: ready('app'),
        stopping: new Set(['app-0']),
      }),
      [],
    ],
    [
      'a failed liveness probe kills',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
        probes: new Map([['app', { liveness: false }]]),
      }),
      ['killContainer app'],
    ],
    [
      'a failed startup probe kills',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
        probes: new Map([['app', { startup: false }]]),
      }),
      ['killContainer app'],
    ],
    [
      'what is being stopped is not killed again',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
        probes: new Map([['app', { liveness: false }]]),
        stopping: new Set(['app-0']),
      }),
      [],
    ],
    [
      'an exited container comes back with the next number',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app', { attempt: 4, status: 'exited', exitCode: 1 })],
        images: ready('app'),
      }),
      ['startContainer app #5'],
    ],
    [
      'in back-off it waits',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app', { status: 'exited', exitCode: 1, finishedAtMs: NOW_MS - 5_000 })],
        images: ready('app'),
        backoff: new Map([['app', { delayMs: 10_000, raisedAtMs: NOW_MS - 6_000 }]]),
      }),
      [],
    ],
    [
      'a container that was created and never started is replaced under its number',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app', { status: 'created' })],
        images: ready('app'),
      }),
      ['startContainer app #0'],
    ],
    [
      'older attempts beyond the previous one are removed',
      snapshotOf({
        sandboxes: [sandboxOf(0)],
        containers: [
          containerOf('app', { attempt: 2 }),
          containerOf('app', { attempt: 1, status: 'exited', exitCode: 1 }),
          containerOf('app', { attempt: 0, status: 'exited', exitCode: 1 }),
        ],
      }),
      ['removeContainer app-0'],
    ],
    [
      'a dead sandbox: its containers are stopped first',
      snapshotOf({ sandboxes: [sandboxOf(0, down)], containers: [containerOf('app')] }),
      ['stopContainers'],
    ],
    [
      'a dead sandbox without running containers is replaced, once nothing can start it any more',
      snapshotOf({
        sandboxes: [sandboxOf(0, down)],
        containers: [containerOf('app', { status: 'exited', exitCode: 137 })],
      }),
      ['stopSandbox sandbox-0', 'createSandbox #1', 'ensureImage app'],
    ],
    [
      'in the new sandbox the container goes on counting, and the old sandbox goes',
      snapshotOf({
        sandboxes: [sandboxOf(0, down), sandboxOf(1)],
        containers: [containerOf('app', { status: 'exited', exitCode: 137 })],
        images: ready('app'),
      }),
      ['startContainer app #1', 'removeSandbox sandbox-0'],
    ],
    [
      'a dead sandbox of a pod that never restarts stays dead',
      snapshotOf({
        spec: { restartPolicy: 'Never' },
        sandboxes: [sandboxOf(0, down)],
        containers: [containerOf('app', { status: 'exited', exitCode: 137 })],
      }),
      [],
    ],
    [
      'a finished pod gives its sandbox back',
      snapshotOf({
        spec: { restartPolicy: 'OnFailure' },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app', { status: 'exited', exitCode: 0 })],
      }),
      ['stopSandbox sandbox-0'],
    ],
    [
      'sidecars of a finished pod are stopped',
      snapshotOf({
        spec: { restartPolicy: 'Never', initContainers: [sidecar('proxy')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('proxy'), containerOf('app', { status: 'exited', exitCode: 0 })],
      }),
      ['stopContainers'],
    ],
    [
      'init containers come in order',
      snapshotOf({
        spec: { initContainers: [init('one'), init('two')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('one', { status: 'exited', exitCode: 0 })],
        images: ready('one', 'two', 'app'),
      }),
      ['startContainer two #0'],
    ],
    [
      'a running init container holds the rest back',
      snapshotOf({
        spec: { initContainers: [init('one')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('one')],
        images: ready('app'),
      }),
      [],
    ],
    [
      'a failed init container is run again',
      snapshotOf({
        spec: { initContainers: [init('one')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('one', { status: 'exited', exitCode: 1 })],
        images: ready('one'),
      }),
      ['startContainer one #1'],
    ],
    [
      'the next one waits for the startup probe of a sidecar',
      snapshotOf({
        spec: { initContainers: [sidecar('proxy', { startupProbe: { tcpSocket: { port: 1 } } })] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('proxy')],
        images: ready('app'),
      }),
      [],
    ],
    [
      'a started sidecar lets the main container go',
      snapshotOf({
        spec: { initContainers: [sidecar('proxy')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('proxy')],
        images: ready('app'),
      }),
      ['startContainer app #0'],
    ],
    [
      'a sidecar that exited comes back beside the main container',
      snapshotOf({
        spec: { initContainers: [sidecar('proxy')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('proxy', { status: 'exited', exitCode: 0 }), containerOf('app')],
        images: ready('proxy'),
      }),
      ['startContainer proxy #1'],
    ],
    [
      'an initialized pod does not run a removed init container again',
      snapshotOf({
        spec: { initContainers: [init('one')] },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
      }),
      [],
    ],
    [
      'a deleted pod stops',
      snapshotOf({ metadata: deleted, sandboxes: [sandboxOf(0)], containers: [containerOf('app')] }),
      ['stopContainers'],
    ],
    [
      'a deleted pod that is being stopped waits',
      snapshotOf({
        metadata: deleted,
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
        stopping: new Set(['app-0']),
      }),
      [],
    ],
    [
      'a deleted pod that is down goes',
      snapshotOf({ metadata: deleted, sandboxes: [sandboxOf(0)] }),
      ['finishDeletion'],
    ],
    [
      'a pod past its deadline stops',
      snapshotOf({
        spec: { activeDeadlineSeconds: 60 },
        status: { startTime: '2025-12-31T23:58:00Z' },
        sandboxes: [sandboxOf(0)],
        containers: [containerOf('app')],
      }),
      ['stopContainers'],
    ],
    [
      'a pod on which there is a verdict stops, whatever the clock says by now',
      snapshotOf({ status: { reason: 'Evicted' }, sandboxes: [sandboxOf(0)], containers: [containerOf('app')] }),
      ['stopContainers'],
    ],
    [
      'a pod that the API knows as failed never runs again',
      snapshotOf({ status: { phase: 'Failed' }, sandboxes: [sandboxOf(0)], images: ready('app') }),
      ['stopSandbox sandbox-0'],
    ],
    ['a refused pod never runs', snapshotOf({ refusal: { reason: 'Evicted', message: 'full' } }), []],
  ])('%s', (_what, snapshot, expected) => {
    expect(actionsOf(snapshot)).toEqual(expected);
  });

  test('what it waits for has a time', () => {
    const snapshot = snapshotOf({
      sandboxes: [sandboxOf(0)],
      containers: [containerOf('app', { status: 'exited', exitCode: 1, finishedAtMs: NOW_MS - 5_000 })],
      backoff: new Map([['app', { delayMs: 10_000, raisedAtMs: NOW_MS - 6_000 }]]),
    });
    expect(computePodActions(snapshot)).toMatchObject({
      requeueAfterMs: 5_000,
      waiting: ['container app is in back-off for 5s'],
    });
  });

  test('a number is not used again when the container was removed by hand', () => {
    const containerStatuses = [
      { name: 'app', image: '', imageID: '', ready: true, restartCount: 3, containerID: 'docker://gone' },
    ];
    const snapshot = snapshotOf({ status: { containerStatuses }, sandboxes: [sandboxOf(0)], images: ready('app') });
    expect(actionsOf(snapshot)).toEqual(['startContainer app #4']);
  });

  test('a removal that the status has counted is not counted again', () => {
    const lastState = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } };
    const counted = { restartCount: 4, containerID: 'docker://gone', state: { waiting: {} }, lastState };
    const containerStatuses = [{ name: 'app', image: '', imageID: '', ready: false, ...counted }];
    const snapshot = snapshotOf({ status: { containerStatuses }, sandboxes: [sandboxOf(0)], images: ready('app') });
    expect(actionsOf(snapshot)).toEqual(['startContainer app #4']);
  });
});

describe('phases and conditions', () => {
  const context = {
    runtimeName: 'docker',
    terminationMessages: new Map(),
    hostIp: '192.0.2.1',
    qosClass: 'BestEffort',
  } as const;
  const exited = (exitCode: number) => containerOf('app', { status: 'exited', exitCode, finishedAtMs: NOW_MS - 1_000 });

  test.each<[string, PodSnapshot, string, string, string]>([
    ['new', snapshotOf({}), 'Pending', 'False', 'ContainerCreating'],
    [
      'with init containers',
      snapshotOf({ spec: { initContainers: [init('one')] } }),
      'Pending',
      'False',
      'PodInitializing',
    ],
    [
      'running',
      snapshotOf({ sandboxes: [sandboxOf(0)], containers: [containerOf('app')] }),
      'Running',
      'True',
      'running',
    ],
    [
      'exited, to be restarted',
      snapshotOf({ sandboxes: [sandboxOf(0)], containers: [exited(1)] }),
      'Running',
      'False',
      'Error',
    ],
    [
      'out of memory',
      snapshotOf({ containers: [{ ...exited(137), oomKilled: true }] }),
      'Running',
      'False',
      'OOMKilled',
    ],
    [
      'Never, 0',
      snapshotOf({ spec: { restartPolicy: 'Never' }, containers: [exited(0)] }),
      'Succeeded',
      'False',
      'Completed',
    ],
    ['Never, 1', snapshotOf({ spec: { restartPolicy: 'Never' }, containers: [exited(1)] }), 'Failed', 'False', 'Error'],
    [
      'OnFailure, 1',
      snapshotOf({ spec: { restartPolicy: 'OnFailure' }, containers: [exited(1)] }),
      'Running',
      'False',
      'Error',
    ],
    [
      'deleted, running',
      snapshotOf({ metadata: deleted, containers: [containerOf('app')] }),
      'Running',
      'True',
      'running',
    ],
    [
      'deleted, down with 0',
      snapshotOf({ metadata: deleted, containers: [exited(0)] }),
      'Succeeded',
      'False',
      'Completed',
    ],
    ['deleted, killed', snapshotOf({ metadata: deleted, containers: [exited(137)] }), 'Failed', 'False', 'Error'],
    ['deleted, never ran', snapshotOf({ metadata: deleted }), 'Failed', 'False', 'ContainerStatusUnknown'],
    [
      'evicted, running',
      snapshotOf({ status: { phase: 'Running', reason: 'Evicted' }, containers: [containerOf('app')] }),
      'Running',
      'False',
      'running',
    ],
    [
      'evicted while it begins',
      snapshotOf({ status: { phase: 'Pending', reason: 'Evicted' }, containers: [containerOf('app')] }),
      'Pending',
      'False',
      'running',
    ],
    [
      'evicted, down with 0',
      snapshotOf({ status: { phase: 'Running', reason: 'Evicted' }, containers: [exited(0)] }),
      'Failed',
      'False',
      'Completed',
    ],
    [
      'evicted, deleted, down with 0',
      snapshotOf({ status: { phase: 'Running', reason: 'Evicted' }, metadata: deleted, containers: [exited(0)] }),
      'Failed',
      'False',
      'Completed',
    ],
  ])('%s: %s', (_what, snapshot, phase, isReady, shown) => {
    const status = computePodStatus(deepFreeze(snapshot), context);
    const [app] = status.containerStatuses ?? [];
    const state =
      app?.state?.running === undefined ? (app?.state?.waiting ?? app?.state?.terminated)?.reason : 'running';
    const condition = status.conditions?.find(({ type }) => type === 'Ready')?.status;
    expect([status.phase, condition, state]).toEqual([phase, isReady, shown]);
  });

  test('readiness gates count', () => {
    const spec = { readinessGates: [{ conditionType: 'x.io/ok' }] };
    const running = { spec, sandboxes: [sandboxOf(0)], containers: [containerOf('app')] };
    const readyOf = (snapshot: PodSnapshot) =>
      computePodStatus(snapshot, context).conditions?.find(({ type }) => type === 'Ready');
    const gate = (status: 'True' | 'False') => ({ ...running, status: { conditions: [{ type: 'x.io/ok', status }] } });
    const closed = { status: 'False', reason: 'ReadinessGatesNotReady' };
    expect(readyOf(snapshotOf(running))).toMatchObject({
      ...closed,
      message: 'corresponding condition of pod readiness gate "x.io/ok" does not exist.',
    });
    expect(readyOf(snapshotOf(gate('False')))).toMatchObject({
      ...closed,
      message: 'the status of pod readiness gate "x.io/ok" is not "True", but False',
    });
    expect(readyOf(snapshotOf(gate('True')))?.status).toBe('True');
  });

  test('the same input gives the same status, and times of conditions stay while they hold', () => {
    const snapshot = snapshotOf({ sandboxes: [sandboxOf(0)], containers: [containerOf('app')] });
    const first = computePodStatus(snapshot, context);
    const later = { ...snapshot, pod: { ...snapshot.pod, status: first }, nowMs: NOW_MS + 3_600_000 };
    expect(computePodStatus(later, context)).toEqual(first);
  });
});

test('back-off doubles to five minutes and is forgotten after ten', () => {
  let entry = raiseBackoff(undefined, 0, 0);
  const delays = [entry.delayMs];
  for (let i = 0; i < 6; i++) {
    entry = raiseBackoff(entry, entry.raisedAtMs + 1, entry.raisedAtMs + 1 + entry.delayMs);
    delays.push(entry.delayMs);
  }
  expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  expect(nextAttemptAtMs(entry, entry.raisedAtMs + 600_000)).toBe(entry.raisedAtMs + 900_000);
  expect(nextAttemptAtMs(entry, entry.raisedAtMs + 600_001)).toBe(entry.raisedAtMs + 600_001);
});
