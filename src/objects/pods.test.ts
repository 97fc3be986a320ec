import { expect, test } from 'vitest';
import { type Condition, removeCondition, setCondition } from './conditions.ts';
import { scaledValue } from './int-or-string.ts';
import { controllerOf, isControlledBy, newControllerReference } from './owner-references.ts';
import { podLimits, podRequests, qosClassOf } from './pod-resources.ts';
import { availableInMs, isPodAvailable, isPodTerminal } from './pods.ts';
import { formatQuantity } from './quantity.ts';
import { templateHash } from './template-hash.ts';

const START_MS = Date.UTC(2026, 0, 1);
const container = (name: string, requests?: Record<string, string>, limits?: Record<string, string>) => ({
  name,
  resources: { ...(requests && { requests }), ...(limits && { limits }) },
});

test.each([
  ['app containers add up', { containers: [container('a', { cpu: '1' }), container('b', { cpu: '500m' })] }, '1500m'],
  [
    'an init container counts alone',
    { containers: [container('a', { cpu: '1' })], initContainers: [container('i', { cpu: '3' })] },
    '3',
  ],
  [
    'a sidecar counts beside the apps',
    {
      containers: [container('a', { cpu: '1' })],
      initContainers: [{ ...container('s', { cpu: '1' }), restartPolicy: 'Always' as const }],
    },
    '2',
  ],
  [
    'a sidecar counts beside the init containers after it',
    {
      containers: [container('a', { cpu: '1' })],
      initContainers: [
        { ...container('s', { cpu: '1' }), restartPolicy: 'Always' as const },
        container('i', { cpu: '4' }),
      ],
    },
    '5',
  ],
  ['limits stand in for requests', { containers: [container('a', undefined, { cpu: '2' })] }, '2'],
  ['overhead is added', { containers: [container('a', { cpu: '1' })], overhead: { cpu: '100m' } }, '1100m'],
])('requests: %s', (_, spec, cpu) => {
  const amount = podRequests(spec).get('cpu');
  expect(amount && formatQuantity(amount)).toBe(cpu);
});

test('overhead does not make a limit where there is none', () => {
  expect(podLimits({ containers: [container('a')], overhead: { cpu: '1' } }).size).toBe(0);
});

test.each([
  ['BestEffort', [container('a')]],
  ['Burstable', [container('a', { cpu: '1' })]],
  ['Burstable', [container('a', undefined, { cpu: '1', memory: '1Gi' }), container('b')]],
  ['Burstable', [container('a', { cpu: '1', memory: '1Gi' }, { cpu: '2', memory: '1Gi' })]],
  ['Guaranteed', [container('a', { cpu: '1000m', memory: '1Gi' }, { cpu: '1', memory: '1024Mi' })]],
  ['BestEffort', [container('a', { 'ephemeral-storage': '1Gi' })]],
])('%s', (qos, containers) => expect(qosClassOf({ containers })).toBe(qos));

test('a pod is available once it was ready for long enough', () => {
  const pod = {
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  };
  expect(isPodAvailable(pod, 0, START_MS)).toBe(true);
  expect(isPodAvailable(pod, 10, START_MS + 9_999)).toBe(false);
  expect(availableInMs(pod, 10, START_MS + 9_000)).toBe(1_000);
  expect(isPodAvailable(pod, 10, START_MS + 10_000)).toBe(true);
  expect(availableInMs({ status: {} }, 10, START_MS)).toBeUndefined();
  expect(isPodTerminal({ status: { phase: 'Failed' } })).toBe(true);
});

test('a condition keeps its transition time until its status changes', () => {
  const first = setCondition<Condition>([], { type: 'Ready', status: 'False', reason: 'A' }, START_MS);
  expect(first[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  const reworded = setCondition(first, { type: 'Ready', status: 'False', reason: 'B' }, START_MS + 5_000);
  expect(reworded[0]).toEqual({
    type: 'Ready',
    status: 'False',
    reason: 'B',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  expect(setCondition(reworded, { type: 'Ready', status: 'False', reason: 'B' }, START_MS + 9_000)).toBe(reworded);
  const flipped = setCondition(reworded, { type: 'Ready', status: 'True' }, START_MS + 5_000);
  expect(flipped).toEqual([{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:05Z' }]);
  expect(removeCondition(flipped, 'Other')).toBe(flipped);
  expect(removeCondition(flipped, 'Ready')).toEqual([]);
});

test.each([
  ['25%', 10, 'up', 3],
  ['25%', 10, 'down', 2],
  ['100%', 3, 'down', 3],
  [4, 10, 'up', 4],
  ['http', 10, 'up', undefined],
] as const)('%s of %d rounded %s is %s', (value, total, round, expected) =>
  expect(scaledValue(value, total, round)).toBe(expected),
);

test('the controller is the one reference that says so', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', uid: 'u1' } };
  const owned = {
    metadata: {
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u0' }, newControllerReference(owner)],
    },
  };
  expect(controllerOf(owned)?.uid).toBe('u1');
  expect(isControlledBy(owned, owner)).toBe(true);
  expect(isControlledBy({}, owner)).toBe(false);
});

test('a template has one hash, whatever the order of its keys, and another after a collision', () => {
  expect(templateHash({ a: 1, b: 2 })).toBe(templateHash({ b: 2, a: 1 }));
  expect(templateHash({ a: 1 })).not.toBe(templateHash({ a: 1 }, 1));
  expect(templateHash({ a: 1 })).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});
