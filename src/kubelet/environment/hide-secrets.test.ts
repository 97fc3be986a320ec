import { expect, test } from 'vitest';
import type { Secret } from '../../objects/types.ts';
import { hideValues, secretValuesOf } from './hide-secrets.ts';

const secret = (data: Readonly<Record<string, string>>): Secret =>
  ({
    metadata: { name: 's' },
    data: Object.fromEntries(Object.entries(data).map(([k, v]) => [k, btoa(v)])),
  }) as unknown as Secret;

test('the values that a container takes from Secrets', () => {
  const sources = {
    secret: (name: string) => ({ all: secret({ a: 'one', b: 'two' }), some: secret({ c: 'three', d: 'four' }) })[name],
    configMap: () => undefined,
    services: () => [],
  };
  const container = {
    name: 'app',
    envFrom: [{ secretRef: { name: 'all' } }, { configMapRef: { name: 'x' } }],
    env: [
      { name: 'C', valueFrom: { secretKeyRef: { name: 'some', key: 'c' } } },
      { name: 'D', value: 'x' },
      { name: 'E', valueFrom: { secretKeyRef: { name: 'gone', key: 'c' } } },
    ],
  };
  expect(secretValuesOf(container, sources)).toEqual(['one', 'two', 'three']);
});

test.each([
  ['exec: "/bin/hunter2": not found', ['hunter2'], 'exec: "/bin/(hidden)": not found'],
  ['exec: "a\\"b\\nc": not found', ['a"b\nc'], 'exec: "(hidden)": not found'],
  ['hunter2-long hunter2', ['hunter2', 'hunter2-long'], '(hidden) (hidden)'],
  ['exit 1', ['1', ''], 'exit 1'],
  ['$& stays', ['stays'], '$& (hidden)'],
])('%s', (text, values, expected) => {
  expect(hideValues(text, values)).toBe(expected);
});
