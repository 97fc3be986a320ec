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
