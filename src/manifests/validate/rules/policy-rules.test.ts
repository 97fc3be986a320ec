import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const budget = (spec: object) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b' },
  spec,
});
const priority = (name: string, value: number) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
});

test.each([
  ['a budget', budget({ minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }), []],
  ['both bounds', budget({ minAvailable: 1, maxUnavailable: 1 }), ['spec.minAvailable']],
  ['no percentage', budget({ maxUnavailable: 'half' }), ['spec.maxUnavailable']],
  ['too many percent', budget({ minAvailable: '101%' }), ['spec.minAvailable']],
  [
    'an operator',
    budget({ selector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } }),
    ['spec.selector.matchExpressions.0.operator'],
  ],
  ['a class', priority('high', 1_000_000), []],
  ['a reserved name', priority('system-mine', 1), ['metadata.name']],
  ['a class of the system', priority('system-node-critical', 2_000_001_000), []],
  ['a class of the system with another value', priority('system-cluster-critical', 7), ['metadata.name']],
  [
    'a class of the system as the default',
    { ...priority('system-cluster-critical', 2_000_000_000), globalDefault: true },
    ['metadata.name'],
  ],
  ['the largest value', priority('largest', 1_000_000_000), []],
  ['a reserved value', priority('highest', 1_000_000_001), ['value']],
])('%s', (_what, object, paths) => {
  expect(validateObject(object).map(({ path }) => path.join('.'))).toEqual(paths);
});
