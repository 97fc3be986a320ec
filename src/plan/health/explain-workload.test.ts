import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { explainWorkload } from './explain-workload.ts';

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
