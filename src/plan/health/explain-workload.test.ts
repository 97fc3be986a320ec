import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { explainWorkload, type NewestEvent } from './explain-workload.ts';

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

test.each<readonly [string, Pod, NewestEvent | undefined, string | undefined]>([
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
    { type: 'Normal', reason: 'Pulling', message: 'Pulling image "app:1"' },
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
  const cause = explainWorkload([one], () => newest);
  expect(cause && `${cause.reason}: ${cause.message}`).toBe(words);
});
