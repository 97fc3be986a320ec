import { expect, it } from 'vitest';
import type { Node, Pod } from '../../objects/types.ts';
import { ago, NOW_MS, podOf } from '../testing/objects.ts';
import { computePodGarbage, excessTerminatedPods, type PodGarbage } from './compute-pod-garbage.ts';

const node = {
  apiVersion: 'v1' as const,
  kind: 'Node' as const,
  metadata: { name: 'box', uid: 'box', resourceVersion: '1', creationTimestamp: ago(60) },
};

function outOfService(ready: string): Node {
  const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' as const }];
  return { ...node, spec: { taints }, status: { conditions: [{ type: 'Ready', status: ready }] } };
}

type Row = [rule: string, pod: Pod, node: Node | undefined, nodeGoneSinceMs: number | undefined, verdict: PodGarbage];

it.each<Row>([
  ['a pod on its node stays', podOf({ name: 'a' }), node, undefined, { type: 'keep' }],
  ['one that waits for a node stays', podOf({ name: 'a', node: '' }), undefined, undefined, { type: 'keep' }],
  [
    'one that is deleted before it had a node goes',
    podOf({ name: 'a', node: '', deleted: true }),
    undefined,
    undefined,
    { type: 'delete', reason: 'NeverScheduled' },
  ],
  [
    'a node may come back',
    podOf({ name: 'a' }),
    undefined,
    NOW_MS - 10_000,
    { type: 'wait', untilMs: NOW_MS + 30_000 },
  ],
  [
    'one that is going on a node that is out of service goes',
    podOf({ name: 'a', deleted: true }),
    outOfService('False'),
    undefined,
    { type: 'delete', reason: 'OutOfService' },
  ],
  ['one that is not going stays there', podOf({ name: 'a' }), outOfService('Unknown'), undefined, { type: 'keep' }],
  [
    'a node that is ready ends its own',
    podOf({ name: 'a', deleted: true }),
    outOfService('True'),
    undefined,
    { type: 'keep' },
  ],
  // After TestGCOrphaned, TestGCUnscheduledTerminating and TestGCTerminating: in whatever phase it is.
  ...(['Pending', 'Running', 'Succeeded', 'Failed'] as const).flatMap<Row>((phase) => [
    [`${phase} on a lost node`, podOf({ name: 'a', phase }), undefined, 0, { type: 'delete', reason: 'NodeGone' }],
    [
      `${phase}, deleted and without a node`,
      podOf({ name: 'a', phase, node: '', deleted: true }),
      ...([undefined, undefined, { type: 'delete', reason: 'NeverScheduled' }] as const),
    ],
    [`${phase} and deleted on its node`, podOf({ name: 'a', phase, deleted: true }), node, undefined, { type: 'keep' }],
    [
      `${phase} and deleted on a node that is out of service`,
      podOf({ name: 'a', phase, deleted: true }),
      ...([outOfService('Unknown'), undefined, { type: 'delete', reason: 'OutOfService' }] as const),
    ],
  ]),
  ['or not', podOf({ name: 'a' }), undefined, NOW_MS - 40_000, { type: 'delete', reason: 'NodeGone' }],
])('%s', (_rule, pod, ofPod, nodeGoneSinceMs, verdict) => {
  expect(computePodGarbage({ pod, node: ofPod, nodeGoneSinceMs, nowMs: NOW_MS })).toEqual(verdict);
});

it('removes the oldest of too many ended pods', () => {
  const pods = [
    podOf({ name: 'new', phase: 'Succeeded', age: 10 }),
    podOf({ name: 'old', phase: 'Failed', age: 30 }),
    podOf({ name: 'middle', phase: 'Succeeded', age: 20 }),
    podOf({ name: 'running', age: 90 }),
  ];
  expect(excessTerminatedPods(pods, 1).map(({ metadata }) => metadata.name)).toEqual(['old', 'middle']);
  expect(excessTerminatedPods(pods, 3)).toEqual([]);
  expect(excessTerminatedPods(pods, 0)).toEqual([]);
  const evicted = podOf({ name: 'evicted', phase: 'Failed', age: 5 });
  const ended = [...pods, { ...evicted, status: { ...evicted.status, reason: 'Evicted' } }];
  expect(excessTerminatedPods(ended, 2).map(({ metadata }) => metadata.name)).toEqual(['evicted', 'old']);
});
