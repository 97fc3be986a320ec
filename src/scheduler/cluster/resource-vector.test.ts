import { expect, test } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { requestsOf, scoredRequestsOf } from './resource-vector.ts';

type PodSpec = NonNullable<Pod['spec']>;
type Container = PodSpec['containers'][number];

const MIB = 1024 * 1024;
const DEFAULT = 200 * MIB;

const container = (requests?: Record<string, string>): Container => ({
  name: 'app',
  image: 'app',
  ...(requests === undefined ? {} : { resources: { requests } }),
});
const EMPTY = container();
const ONE = container({ cpu: '1', memory: '1Mi' });
const overhead = { cpu: '1', memory: '1Mi' };

// resource_allocation_test.go (TestResourceAllocationScorerCalculateRequests).
test.each<[what: string, spec: PodSpec, milliCpu: number, memoryBytes: number]>([
  ['overhead alone', { containers: [], overhead }, 1000, MIB],
  ['a container that says nothing', { containers: [EMPTY] }, 100, DEFAULT],
  ['each of two', { containers: [EMPTY, EMPTY] }, 200, 2 * DEFAULT],
  ['one beside another that says it', { containers: [ONE, EMPTY] }, 1100, MIB + DEFAULT],
  ['both with overhead', { containers: [ONE, EMPTY], overhead }, 2100, 2 * MIB + DEFAULT],
  [
    'and a larger init container',
    { initContainers: [container({ cpu: '3' })], containers: [ONE, EMPTY], overhead },
    4000,
    2 * MIB + DEFAULT,
  ],
  [
    'an init container that says nothing, and small ones',
    {
      initContainers: [EMPTY, container({ cpu: '1m', memory: '1' })],
      containers: [container({ cpu: '3m', memory: '3' })],
    },
    100,
    DEFAULT,
  ],
  [
    'beside a container that says nothing',
    {
      initContainers: [EMPTY, container({ cpu: '1m', memory: '1' })],
      containers: [container({ cpu: '3m', memory: '3' }), EMPTY],
    },
    103,
    3 + DEFAULT,
  ],
])('what a pod counts for where nodes are scored: %s', (_what, spec, milliCpu, memoryBytes) => {
  expect(scoredRequestsOf(spec, requestsOf(spec))).toMatchObject({ milliCpu, memoryBytes });
});
