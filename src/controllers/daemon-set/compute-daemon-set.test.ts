import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { DaemonSet, Node } from '../../objects/types.ts';
import { testNode } from '../../scheduler/testing.ts';
import { ago, NOW_MS, podOf } from '../testing/objects.ts';
import { computeDaemonSet } from './compute-daemon-set.ts';
import { judgeNode, newDaemonPod, targetNodeOf } from './daemon-pod.ts';

type Spec = NonNullable<DaemonSet['spec']>;
type PodSpec = NonNullable<Spec['template']['spec']>;

function setOf(
  spec: Partial<Spec> = {},
  pod: Partial<PodSpec> = {},
  over: Partial<DaemonSet['metadata']> = {},
): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'agent',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: ago(600),
      ...over,
    },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { containers: [{ name: 'agent', image: 'a' }], ...pod },
      },
      ...spec,
    },
  };
}

const rolling = (rollingUpdate: { maxSurge?: number | string; maxUnavailable?: number | string }): Partial<Spec> => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate },
});

const NODES = ['a', 'b', 'c'].map((name) => testNode(name));

/**
 * `a:new b:old! c:old~`: node and template; `!` not ready, `~` terminating, `x` failed, `d` done, `z` failed and
 * terminating.
 */
function podsFrom(text: string) {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part, index) => {
      const [, node = '', hash = '', flag = ''] = /^(\w+):(new|old)([!~xdz]?)$/.exec(part) ?? [];
      return podOf({
        name: `p${index}-${node}`,
        node,
        age: 600 - index,
        labels: { app: 'agent', 'controller-revision-hash': hash },
        ready: flag === '' || flag === '~',
        deleted: flag === '~' || flag === 'z',
        ...(flag === 'x' || flag === 'z' ? { phase: 'Failed' as const } : {}),
        ...(flag === 'd' ? { phase: 'Succeeded' as const } : {}),
      });
    });
}

function steps(set: DaemonSet, pods: string, nodes: readonly Node[] = NODES, backoff: readonly string[] = []): string {
  const nodesInBackoff = new Set(backoff);
  const snapshot = { set, nodes, pods: podsFrom(pods), hash: 'new', nodesInBackoff, nowMs: NOW_MS };
  deepFreeze({ set, pods: snapshot.pods });
  return computeDaemonSet(snapshot)
    .map((action) => `${action.type === 'createPod' ? '+' : '-'}${action.nodeName}`)
    .join(' ');
}

const surgingFor = (minReadySeconds: number) =>
  setOf({ ...rolling({ maxSurge: 1, maxUnavailable: 0 }), minReadySeconds });

describe('computeDaemonSet', () => {
  it.each<[rule: string, set: DaemonSet, pods: string, expected: string]>([
    ['puts a pod on every node', setOf(), '', '+a +b +c'],
    ['puts one on a node that joined', setOf(), 'a:new c:new', '+b'],
    ['does nothing when all have one', setOf(), 'a:new b:new c:new', ''],
    ['keeps the older of two', setOf(), 'a:new a:new b:new c:new', '-a'],
    ['replaces a failed pod', setOf(), 'a:newx b:new c:new', '-a'],
    ['waits for a pod that is going', setOf(), 'a:new~ b:new c:new', ''],
    ['but not for one that has ended and is held by a finalizer', setOf(), 'a:newz b:new c:new', '+a'],
    ['replaces a pod that is done', setOf(), 'a:newd b:new c:new', '-a'],
    ['updates one at a time', setOf(), 'a:old b:old c:old', '-a'],
    ['updates as many as may be unavailable', setOf(rolling({ maxUnavailable: 2 })), 'a:old b:old c:old', '-a -b'],
    ['rounds maxUnavailable up', setOf(rolling({ maxUnavailable: '34%' })), 'a:old b:old c:old', '-a -b'],
    ['waits for the one that is not available yet', setOf(), 'a:new! b:old c:old', ''],
    ['waits for the one that is missing', setOf(), 'b:old c:old', '+a'],
    ['replaces old pods that are down without counting them', setOf(), 'a:old! b:old! c:old', '-a -b'],
    [
      'waits for somebody to delete with OnDelete',
      setOf({ updateStrategy: { type: 'OnDelete' } }),
      'a:old b:old c:old',
      '',
    ],
    [
      'keeps one pod of a node with OnDelete, whatever is left there of a surge',
      setOf({ updateStrategy: { type: 'OnDelete', rollingUpdate: { maxSurge: 1 } } }),
      'a:old a:new! b:old c:old',
      '-a',
    ],
    ['surges: starts the new pod first', setOf(rolling({ maxSurge: 1, maxUnavailable: 0 })), 'a:old b:old c:old', '+a'],
    [
      'surges: waits for the new pod',
      setOf(rolling({ maxSurge: 1, maxUnavailable: 0 })),
      'a:old a:new! b:old c:old',
      '',
    ],
    [
      'surges: deletes the old pod once the new one is available',
      setOf(rolling({ maxSurge: 1, maxUnavailable: 0 })),
      'a:old a:new b:old c:old',
      '-a',
    ],
    [
      'surges: deletes an old pod that is down',
      setOf(rolling({ maxSurge: 1, maxUnavailable: 0 })),
      'a:old! a:new! b:new c:new',
      '-a',
    ],
    // TestSurgeCreatesNewPodWhenAtMaxSurgeAndOldPodDeleted (daemon_controller_test).
    [
      'surges: does not wait for a pod that is going, though another node surges',
      setOf(rolling({ maxSurge: 1, maxUnavailable: 0 })),
      'a:old a:new! b:old c:old~',
      '+c',
    ],
    ['surges: nor when nothing is to be updated', setOf(rolling({ maxSurge: 1 })), 'a:new b:new c:new~', '+c'],
    // TestSurgePreservesReadyOldPods, TestSurgeDeletesUnreadyOldPods, Test…OldReadyWithUnsatisfiedMinReady.
    ['surges: keeps the oldest of the old while it is ready', surgingFor(0), 'a:old a:old a:new! b:new c:new', '-a'],
    ['surges: and not when it is down', surgingFor(0), 'a:old! a:old a:new! b:new c:new', '-a -a'],
    ['surges: and until the new one has been ready for long', surgingFor(61), 'a:old a:old a:new b:new c:new', '-a'],
    ['surges: but no longer', surgingFor(60), 'a:old a:old a:new b:new c:new', '-a -a'],
    // TestDaemonKillFailedPods.
    ['replaces a failed pod and keeps one of the others', setOf(), 'a:newx a:new a:new a:new b:new c:new', '-a -a -a'],
    ['surges: replaces a failed pod in one step', setOf(rolling({ maxSurge: 1 })), 'a:newx b:new c:new', '-a +a'],
    ['does nothing while it is being deleted', setOf({}, {}, { deletionTimestamp: ago(1) }), '', ''],
  ])('%s', (_rule, set, pods, expected) => {
    expect(steps(set, pods)).toBe(expected);
  });

  it('leaves failed pods for a while when it surges, too', () => {
    expect(steps(setOf(rolling({ maxSurge: 1 })), 'a:newx b:new c:new', NODES, ['a'])).toBe('');
  });

  it('takes pods off a node that is no longer selected', () => {
    const nodes = [testNode('a', { labels: { disk: 'ssd' } }), testNode('b')];
    expect(steps(setOf({}, { nodeSelector: { disk: 'ssd' } }), 'b:new', nodes)).toBe('-b +a');
  });

  it.each([
    ['leaves a failed pod where it is', 'a:newx b:new c:new', ''],
    ['replaces one that is done', 'a:newd b:new c:new', '-a'],
    ['and removes one too many beside it', 'a:newx a:new a:new b:new c:new', '-a'],
    ['replaces an outdated one, which cannot become available', 'a:oldx b:new c:new', '-a'],
  ])('while its node is in back-off %s', (_rule, pods, expected) => {
    expect(steps(setOf(), pods, NODES, ['a'])).toBe(expected);
  });

  // Node `a` has a NoSchedule taint: its pod may stay, and no other comes after it.
  const sunset = [testNode('a', { spec: { taints: [{ key: 'own', effect: 'NoSchedule' }] } }), ...NODES.slice(1)];
  const surging = setOf(rolling({ maxSurge: 1, maxUnavailable: 0 }));
  it.each<[rule: string, set: DaemonSet, pods: string, expected: string]>([
    ['keeps its pod', setOf(), 'a:new b:new c:new', ''],
    ['counts none that it has not', setOf(), 'b:old c:new', '-b'],
    ['removes an outdated one in its turn', setOf(), 'a:old b:old c:new', '-a'],
    ['waits for it like for any other', setOf(), 'a:old~ b:old c:new', ''],
    ['surges: removes an outdated one that is down', surging, 'a:old! b:new c:new', '-a'],
    ['surges: removes it where more than enough are available', surging, 'a:old b:new c:new', '-a'],
    ['surges: keeps it until then', surging, 'a:old b:new! c:new', ''],
  ])('on a node that takes no pods any more %s', (_rule, set, pods, expected) => {
    expect(steps(set, pods, sunset)).toBe(expected);
  });
});

describe('judgeNode', () => {
  const taint = (key: string, effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule') =>
    testNode('n', { spec: { taints: [{ key, effect }] } });
  it.each`
    case                         | node                                                             | verdict
    ${'a free node'}             | ${testNode('n')}                                                 | ${'run stay'}
    ${'a cordoned node'}         | ${taint('node.kubernetes.io/unschedulable', 'NoSchedule')}       | ${'run stay'}
    ${'an unreachable node'}     | ${taint('node.kubernetes.io/unreachable', 'NoExecute')}          | ${'run stay'}
    ${'a node under pressure'}   | ${taint('node.kubernetes.io/disk-pressure', 'NoSchedule')}       | ${'run stay'}
    ${'NoSchedule'}              | ${taint('own', 'NoSchedule')}                                    | ${'stay'}
    ${'NoExecute'}               | ${taint('own', 'NoExecute')}                                     | ${''}
    ${'PreferNoSchedule'}        | ${taint('own', 'PreferNoSchedule')}                              | ${'run stay'}
    ${'no network, not on host'} | ${taint('node.kubernetes.io/network-unavailable', 'NoSchedule')} | ${'stay'}
  `('$case: $verdict', ({ node, verdict }) => {
    const { shouldRun, mayStay } = judgeNode(setOf(), node);
    expect([shouldRun ? 'run' : '', mayStay ? 'stay' : ''].join(' ').trim()).toBe(verdict);
  });
});

describe('judgeNode by what the template asks for', () => {
  // The kinds of cases of TestNodeShouldRunDaemonPod (daemon_controller_test).
  const zoned = (...values: string[]): Partial<PodSpec> => {
    const matchExpressions = [{ key: 'zone', operator: 'In' as const, values }];
    const required = { nodeSelectorTerms: [{ matchExpressions }] };
    return { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } };
  };
  const asking = (container: Partial<PodSpec['containers'][number]>): Partial<PodSpec> => ({
    containers: [{ name: 'agent', image: 'a', ...container }],
  });
  it.each<[rule: string, pod: Partial<PodSpec>, verdict: string]>([
    ['nothing', {}, 'run stay'],
    ['this node by name', { nodeName: 'n' }, 'run stay'],
    ['another node by name', { nodeName: 'other' }, ''],
    ['an empty name, which is none', { nodeName: '' }, 'run stay'],
    ['a label that the node has', { nodeSelector: { zone: 'east' } }, 'run stay'],
    ['a label that it does not have', { nodeSelector: { zone: 'west' } }, ''],
    ['a zone, by affinity', zoned('north', 'east'), 'run stay'],
    ['another zone, by affinity', zoned('north'), ''],
    ['more than the node has, which the pod waits for', asking({ resources: { requests: { cpu: '64' } } }), 'run stay'],
    ['a port that may be taken', asking({ ports: [{ containerPort: 1, hostPort: 666 }] }), 'run stay'],
  ])('%s', (_rule, pod, verdict) => {
    const node = testNode('n', { labels: { zone: 'east' } });
    const { shouldRun, mayStay } = judgeNode(setOf({}, pod), node);
    expect([shouldRun ? 'run' : '', mayStay ? 'stay' : ''].join(' ').trim()).toBe(verdict);
  });
});

describe('newDaemonPod', () => {
  it('is tied to its node by affinity, which replaces what the template requires and keeps what it prefers', () => {
    const preferred = [{ weight: 1, preference: { matchExpressions: [{ key: 'x', operator: 'Exists' as const }] } }];
    const term = { matchExpressions: [{ key: 'disk', operator: 'Exists' as const }] };
    const nodeAffinity = {
      preferredDuringSchedulingIgnoredDuringExecution: preferred,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    };
    const pod = newDaemonPod(setOf({}, { affinity: { nodeAffinity } }), 'a', 'new');
    expect(pod.metadata?.labels).toEqual({ app: 'agent', 'controller-revision-hash': 'new' });
    expect(pod['spec']).toMatchObject({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: preferred,
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }],
          },
        },
      },
    });
  });

  it('finds its node again before and after it is bound', () => {
    expect(targetNodeOf(podOf({ name: 'p', node: 'b' }))).toBe('b');
    const waiting = podOf({ name: 'p', node: '' });
    const spec = newDaemonPod(setOf(), 'a', 'new')['spec'] as NonNullable<typeof waiting.spec>;
    expect(targetNodeOf({ ...waiting, spec })).toBe('a');
  });
});
