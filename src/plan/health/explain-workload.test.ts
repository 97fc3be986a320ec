import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { explainWorkload, type ObjectEvent } from './explain-workload.ts';

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function pod(status: Partial<ContainerStatus>): Pod {
  const containerStatuses = [{ name: 'app', image: 'app:1', imageID: '', ready: false, restartCount: 1, ...status }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    status: { containerStatuses },
  } as Pod;
}

test.each<readonly [string, Partial<ContainerStatus>, string]>([
  [
    'a hook that failed, without what it has written',
    { state: { waiting: { reason: 'PostStartHookError', message: "command 'x' exited with 7: password hunter2" } } },
    'PostStartHookError: the postStart hook failed; the pod says how',
  ],
  [
    'an exit, without the last words',
    { state: { terminated: { exitCode: 3, reason: 'Error', message: 'password hunter2' } } },
    'Error: exited with code 3',
  ],
  [
    'an image that is not there, in the words of the registry',
    { state: { waiting: { reason: 'ErrImagePull', message: 'manifest unknown' } } },
    'ErrImagePull: manifest unknown',
  ],
])('what leaves the box of a pod that is not ready is %s', (_what, status, words) => {
  const cause = explainWorkload([pod(status)]);
  expect(`${cause?.reason}: ${cause?.message}`).toBe(words);
});

function running(probes: object, started = true): Pod {
  const bare = pod({ state: { running: {} }, started });
  return { ...bare, spec: { containers: [{ name: 'app', image: 'app:1', ...probes }] } } as Pod;
}

const HTTP = { httpGet: { port: 80 } };
const COMMAND = { exec: { command: ['check'] } };
const unhealthy = (message: string) => ({ type: 'Warning', reason: 'Unhealthy', message });
const BIND = 'Bind for 0.0.0.0:8080 failed: port is already allocated';

test.each<readonly [string, Pod, ObjectEvent | undefined, string | undefined]>([
  [
    'a probe over the network, with what the node agent saw',
    running({ readinessProbe: HTTP }),
    unhealthy('Readiness probe failed: HTTP probe failed with statuscode: 500'),
    'NotReady: runs but does not pass its readiness probe yet: HTTP probe failed with statuscode: 500',
  ],
  [
    'a probe by a command, without what that has written',
    running({ readinessProbe: COMMAND }),
    unhealthy('Readiness probe failed: password hunter2'),
    'NotReady: runs but does not pass its readiness probe yet',
  ],
  [
    'a startup probe, and not what another one said',
    running({ startupProbe: HTTP, readinessProbe: HTTP }, false),
    unhealthy('Liveness probe failed: HTTP probe failed with statuscode: 503'),
    'NotReady: runs but does not pass its startup probe yet',
  ],
  ['a container without a probe', running({}), undefined, 'NotReady: runs and is not ready'],
  [
    'a sandbox that cannot be made, without the id that changes each time',
    { ...pod({ state: { waiting: { reason: 'ContainerCreating' } } }) },
    {
      type: 'Warning',
      reason: 'FailedCreatePodSandBox',
      message: `Failed to create pod sandbox: driver failed on endpoint web (${'a1'.repeat(32)}): ${BIND}`,
    },
    `FailedCreatePodSandBox: Failed to create pod sandbox: driver failed on endpoint web: ${BIND}`,
  ],
  [
    'nothing while something newer has happened',
    pod({ state: { waiting: { reason: 'ContainerCreating' } } }),
    { type: 'Normal', reason: 'Pulling', message: 'Pulling image "app:1"', container: 'app' },
    undefined,
  ],
  [
    'an eviction, and not how its containers ended',
    {
      ...pod({ state: { terminated: { exitCode: 137, reason: 'Error' } } }),
      status: { phase: 'Failed', reason: 'Evicted', message: 'Usage exceeds the limit "10Mi". ' },
    } as Pod,
    undefined,
    'Evicted: Usage exceeds the limit "10Mi"',
  ],
  [
    'why its node ends one that runs, and not that it is not ready',
    {
      ...running({}),
      status: {
        ...running({}).status,
        phase: 'Running',
        reason: 'DeadlineExceeded',
        message: 'Pod was active too long',
      },
    } as Pod,
    undefined,
    'DeadlineExceeded: Pod was active too long',
  ],
  [
    'a gate that is closed',
    {
      ...pod({ state: { running: {} }, ready: true }),
      status: {
        containerStatuses: [],
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'ReadinessGatesNotReady',
            message: 'the status of pod readiness gate "x" is not "True", but False',
          },
        ],
      },
    } as unknown as Pod,
    undefined,
    'ReadinessGatesNotReady: the status of pod readiness gate "x" is not "True", but False',
  ],
  [
    'nothing of one that is on its way out',
    {
      ...pod({ state: { waiting: { reason: 'CrashLoopBackOff' } } }),
      metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', deletionTimestamp: 'x' },
    } as Pod,
    undefined,
    undefined,
  ],
])('of a pod that is not ready it says %s', (_what, one, newest, words) => {
  const cause = explainWorkload([one], () => (newest === undefined ? [] : [newest]));
  expect(cause && `${cause.reason}: ${cause.message}`).toBe(words);
});

const event = (reason: string, message: string, container?: string): ObjectEvent => ({
  type: reason.startsWith('Failed') || reason === 'Unhealthy' ? 'Warning' : 'Normal',
  reason,
  message,
  ...(container === undefined ? {} : { container }),
});
const CREATING = pod({ state: { waiting: { reason: 'ContainerCreating' } } });
const UNREADY = running({ readinessProbe: HTTP, livenessProbe: HTTP });
const REFUSED = event('Unhealthy', 'Readiness probe failed: connection refused', 'app');
const NOT_READY = 'NotReady: runs but does not pass its readiness probe yet';

test.each<readonly [string, Pod, readonly ObjectEvent[], string | undefined]>([
  [
    'an obstacle goes on while the pod only says that it tries again',
    CREATING,
    [event('FailedCreatePodSandBox', 'no address'), event('SandboxChanged', 'it is re-created')],
    'FailedCreatePodSandBox: no address',
  ],
  [
    'the newest of two obstacles counts',
    CREATING,
    [event('FailedMount', 'no such volume'), event('FailedCreatePodSandBox', 'no address')],
    'FailedCreatePodSandBox: no address',
  ],
  [
    'an obstacle has ended when something happens to a container',
    CREATING,
    [event('FailedMount', 'no such volume'), event('Pulling', 'Pulling image', 'app'), event('Scheduled', 'late')],
    undefined,
  ],
  [
    'a failed probe goes on while others have something to say',
    UNREADY,
    [REFUSED, event('Pulled', 'there', 'other'), event('Unhealthy', 'Liveness probe failed: x', 'app')],
    `${NOT_READY}: connection refused`,
  ],
  ['a failed probe of another container says nothing', UNREADY, [{ ...REFUSED, container: 'other' }], NOT_READY],
  ['nor does one of the run before', UNREADY, [REFUSED, event('Started', 'Started', 'app')], NOT_READY],
])('%s', (_what, one, events, words) => {
  const cause = explainWorkload([one], () => events);
  expect(cause && `${cause.reason}: ${cause.message}`).toBe(words);
});

type PodSpec = NonNullable<Pod['spec']>;

function podOf(
  spec: Partial<PodSpec>,
  inits: Record<string, object>,
  mains: Record<string, object>,
  phase: string,
): Pod {
  const statuses = (of: Record<string, object>) =>
    Object.entries(of).map(([name, status]) => ({
      name,
      ready: false,
      restartCount: 0,
      image: 'x',
      imageID: '',
      ...status,
    }));
  return {
    ...pod({}),
    spec: { containers: Object.keys(mains).map((name) => ({ name })), ...spec },
    status: { phase, initContainerStatuses: statuses(inits), containerStatuses: statuses(mains) },
  } as Pod;
}

const TWO_INITS: Partial<PodSpec> = { initContainers: [{ name: 'fetch' }, { name: 'migrate' }] };
const WITH_SIDECAR: Partial<PodSpec> = { initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] };
const LATER = { state: { waiting: { reason: 'PodInitializing' } } };
const RUNS = { state: { running: {} } };
const DONE = { state: { terminated: { exitCode: 0, reason: 'Completed' } }, ready: true };
const exited = (exitCode: number) => ({ state: { terminated: { exitCode, reason: 'Error' } } });
const waits = (reason: string, message: string) => ({ state: { waiting: { reason, message } } });

test.each<readonly [string, Pod, string]>([
  [
    'an init container that works, and its turn',
    podOf(TWO_INITS, { fetch: DONE, migrate: RUNS }, { app: LATER }, 'Pending'),
    'NotReady: init container migrate: runs (2 of 2)',
  ],
  [
    'an init container that ended the pod',
    podOf({ ...TWO_INITS, restartPolicy: 'Never' }, { fetch: exited(3), migrate: LATER }, { app: LATER }, 'Failed'),
    'Error: init container fetch: exited with code 3',
  ],
  [
    'every container with a cause of its own, the worst first',
    podOf(
      {},
      {},
      {
        a: waits('RunContainerError', 'no such file. '),
        b: RUNS,
        c: waits('PostStartHookError', 'password hunter2'),
        d: waits('CreateContainerConfigError', 'runs as root. '),
      },
      'Running',
    ),
    'CreateContainerConfigError: container d: runs as root; container a: RunContainerError: no such file; ' +
      'container c: PostStartHookError: the postStart hook failed; the pod says how',
  ],
  [
    'so many of them, and the number of the rest',
    podOf(
      {},
      {},
      Object.fromEntries([...'abcdefgh'].map((name) => [name, waits('ErrImagePull', 'unknown')])),
      'Pending',
    ),
    `ErrImagePull: container a: unknown; ${[...'bcdef'].map((it) => `container ${it}: ErrImagePull: unknown; `).join('')}and 2 more containers`,
  ],
  [
    'what ended the pod, and not how its sidecar was stopped then',
    podOf({ ...WITH_SIDECAR, restartPolicy: 'Never' }, { proxy: exited(143) }, { app: exited(1) }, 'Failed'),
    'Error: exited with code 1',
  ],
  [
    'a sidecar that fails while the pod goes on',
    podOf(
      WITH_SIDECAR,
      { proxy: waits('CrashLoopBackOff', 'back-off 10s') },
      { app: { ...RUNS, ready: true } },
      'Running',
    ),
    'CrashLoopBackOff: sidecar proxy: back-off 10s',
  ],
])('of a pod with several containers it names %s', (_what, one, words) => {
  const cause = explainWorkload([one]);
  expect(`${cause?.reason}: ${cause?.message}`).toBe(words);
});

const KILLED = event('Killing', 'Container app failed liveness probe, will be restarted', 'app');
const LAST = { lastState: { terminated: { exitCode: 137, reason: 'Error' } } };
const LOOPING = pod({ ...waits('CrashLoopBackOff', 'back-off 10s'), ...LAST });

test.each<readonly [string, Pod, readonly ObjectEvent[], string]>([
  [
    'the probe for which its node ended it',
    LOOPING,
    [event('Started', 'Started', 'app'), KILLED, event('BackOff', 'Back-off', 'app')],
    'CrashLoopBackOff: back-off 10s (last exit: Error, code 137, as its liveness probe failed)',
  ],
  [
    'the same before it waits',
    pod(exited(137)),
    [event('Killing', 'Container app failed startup probe, will be restarted', 'app')],
    'Error: exited with code 137, as its startup probe failed',
  ],
  [
    'nothing of what ended the run before',
    LOOPING,
    [KILLED, event('Started', 'Started', 'app')],
    'CrashLoopBackOff: back-off 10s (last exit: Error, code 137)',
  ],
  [
    'nothing of another container',
    LOOPING,
    [event('Started', 'Started', 'app'), { ...KILLED, container: 'other' }],
    'CrashLoopBackOff: back-off 10s (last exit: Error, code 137)',
  ],
  [
    'nothing where it was stopped for another reason',
    LOOPING,
    [event('Killing', 'Container app definition changed, will be restarted', 'app')],
    'CrashLoopBackOff: back-off 10s (last exit: Error, code 137)',
  ],
])('of a container that ended it says %s', (_what, one, events, words) => {
  const cause = explainWorkload([one], () => events);
  expect(`${cause?.reason}: ${cause?.message}`).toBe(words);
});
