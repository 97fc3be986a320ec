import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { NodeInfo, podInfoOf } from '../../scheduler/index.ts';
import { type TestNode, testNode, testPod } from '../../scheduler/testing.ts';
import type { PressureType } from '../eviction/compute-pressure.ts';
import { computeAdmission } from './compute-admission.ts';

type PodSpec = NonNullable<Pod['spec']>;

interface Case {
  readonly requests?: Record<string, string>;
  readonly spec?: Partial<PodSpec>;
  readonly node?: TestNode;
  readonly others?: readonly Pod[];
  readonly pressures?: readonly PressureType[];
}

function judge({ requests, spec, node, others = [], pressures = [] }: Case): string | undefined {
  let revision = 0;
  const info = new NodeInfo('n', { slot: 0, nextRevision: () => ++revision });
  info.setNode(testNode('n', node));
  for (const other of others) info.addPod(podInfoOf(other));
  const refusal = computeAdmission({ pod: podInfoOf(testPod('p', requests, spec)), node: info, pressures });
  return refusal && `${refusal.reason}: ${refusal.message}`;
}

const tolerates = (key: string, effect?: 'NoSchedule' | 'NoExecute') => ({
  tolerations: [{ key, operator: 'Exists' as const, ...(effect === undefined ? {} : { effect }) }],
});
const critical = { priority: 2_000_000_000 };
const port = (hostPort: number, hostIP?: string) => ({
  containers: [{ name: 'app', ports: [{ containerPort: 80, hostPort, ...(hostIP === undefined ? {} : { hostIP }) }] }],
});
const MEMORY = ['MemoryPressure'] as const;
const DISK = ['DiskPressure'] as const;
const REFUSED_FOR_DISK = 'Evicted: The node had condition: [DiskPressure]. ';

// managerImpl.Admit, as TestMemoryPressure and TestDiskPressureNodeFs of eviction_manager_test.go try it.
test.each<readonly [string, Case, string | undefined]>([
  ['a node that has enough takes it', {}, undefined],
  ['short of memory: no best-effort pod', { pressures: MEMORY }, 'Evicted: The node had condition: [MemoryPressure]. '],
  ['short of memory: who requests something', { pressures: MEMORY, requests: { cpu: '10m' } }, undefined],
  [
    'short of memory: who tolerates that',
    { pressures: MEMORY, spec: tolerates('node.kubernetes.io/memory-pressure') },
    undefined,
  ],
  [
    'short of memory: a toleration of another effect does not help',
    { pressures: MEMORY, spec: tolerates('node.kubernetes.io/memory-pressure', 'NoExecute') },
    'Evicted: The node had condition: [MemoryPressure]. ',
  ],
  ['short of memory: who is critical', { pressures: MEMORY, spec: critical }, undefined],
  ['short of disk: nobody', { pressures: DISK, requests: { cpu: '10m' } }, REFUSED_FOR_DISK],
  ['short of disk: no toleration helps', { pressures: DISK, spec: tolerates('') }, REFUSED_FOR_DISK],
  ['short of disk: who is critical', { pressures: DISK, spec: critical }, undefined],
  [
    'short of both: nobody',
    { pressures: ['MemoryPressure', 'DiskPressure'], requests: { cpu: '10m' } },
    'Evicted: The node had condition: [MemoryPressure DiskPressure]. ',
  ],
])('under pressure: %s', (_what, given, expected) => {
  expect(judge(given)).toBe(expected);
});

// "TestAdmissionCheck" and "TestGeneralPredicates" (pkg/scheduler, pkg/kubelet/lifecycle): the first reason is the one
// that is told.
test.each<readonly [string, Case, string | undefined]>([
  [
    'processors',
    { requests: { cpu: '2500m' }, others: [testPod('a', { cpu: '2' })] },
    "OutOfcpu: Node didn't have enough resource: cpu, requested: 2500, used: 2000, capacity: 4000",
  ],
  ['as much as is left', { requests: { cpu: '2' }, others: [testPod('a', { cpu: '2' })] }, undefined],
  [
    'memory',
    { requests: { memory: '9Gi' } },
    "OutOfmemory: Node didn't have enough resource: memory, requested: 9663676416, used: 0, capacity: 8589934592",
  ],
  [
    'disk',
    { requests: { 'ephemeral-storage': '11Gi' } },
    "OutOfephemeral-storage: Node didn't have enough resource: ephemeral-storage, requested: 11811160064, used: 0, capacity: 10737418240",
  ],
  [
    'their number, before what they request',
    { node: { allocatable: { pods: '1' } }, others: [testPod('a')], requests: { cpu: '9' } },
    "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1",
  ],
  [
    'a device that the node has',
    { node: { allocatable: { 'example.com/gpu': '1' } }, requests: { 'example.com/gpu': '2' } },
    "OutOfexample.com/gpu: Node didn't have enough resource: example.com/gpu, requested: 2, used: 0, capacity: 1",
  ],
  ['a device that the node knows nothing of is not asked for', { requests: { 'example.com/gpu': '2' } }, undefined],
  [
    'huge pages are the node’s own',
    { requests: { 'hugepages-2Mi': '4Mi' } },
    "OutOfhugepages-2Mi: Node didn't have enough resource: hugepages-2Mi, requested: 4194304, used: 0, capacity: 0",
  ],
  [
    'a label that the node does not have',
    { spec: { nodeSelector: { disk: 'ssd' } } },
    "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ],
  ['a label that it has', { spec: { nodeSelector: { disk: 'ssd' } }, node: { labels: { disk: 'ssd' } } }, undefined],
  [
    'a port that is taken',
    { spec: port(8080), others: [testPod('a', {}, port(8080, '127.0.0.1'))] },
    "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  ],
  ['a port that is free', { spec: port(8080), others: [testPod('a', {}, port(8081))] }, undefined],
  [
    'a taint that drives pods away',
    { node: { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } } },
    "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  ],
  [
    'one that it tolerates',
    { node: { spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } }, spec: tolerates('k') },
    undefined,
  ],
  [
    'a taint that only keeps the scheduler away',
    { node: { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }], unschedulable: true } } },
    undefined,
  ],
])('a pod that names its node: %s', (_what, given, expected) => {
  expect(judge(given)).toBe(expected);
});
