import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const node = (...taints: readonly object[]) => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } },
  spec: { taints },
});

/** After TestValidateNode. */
test.each<[what: string, taints: readonly object[], problems: readonly string[]]>([
  ['taints', [{ key: 'gpu', value: 'yes', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' }], []],
  [
    'one key with two effects',
    [
      { key: 'gpu', effect: 'NoSchedule' },
      { key: 'gpu', effect: 'NoExecute' },
    ],
    [],
  ],
  ['no key', [{ key: '', effect: 'NoSchedule' }], ['spec.taints.0.key Required value']],
  ['a key that is none', [{ key: 'a b', effect: 'NoSchedule' }], ['spec.taints.0.key Invalid value']],
  ['a value that is none', [{ key: 'a', value: 'b c', effect: 'NoSchedule' }], ['spec.taints.0.value Invalid value']],
  ['no effect', [{ key: 'a' }], ['spec.taints.0.effect Required value']],
  ['an effect that is none', [{ key: 'a', effect: 'NoPods' }], ['spec.taints.0.effect Unsupported value']],
  [
    'one twice',
    [
      { key: 'a', value: 'x', effect: 'NoSchedule' },
      { key: 'a', value: 'y', effect: 'NoSchedule' },
    ],
    ['spec.taints.1 Duplicate value'],
  ],
])('a node with %s', (_what, taints, problems) => {
  const told = validateObject(node(...taints)).map(
    ({ path, message }) => `${path.join('.')} ${message.split(':')[0] ?? ''}`,
  );
  expect(told).toEqual(problems);
});

test('a node in a manifest is warned of', () => {
  const [told, ...others] = validateObject(node(), { origin: 'manifest' });
  expect(told).toMatchObject({ code: 'KindInert', severity: 'warning', path: ['kind'] });
  expect(others).toEqual([]);
});

test('a taint that was taken before it was judged stays, so that the node can still be written', () => {
  const old = { key: 'a b', effect: 'NoSchedule' };
  const next = node(old, { key: 'c', effect: 'NoExecute' });
  expect(validateObject(next, { previous: node(old) })).toEqual([]);
  expect(validateObject(next)).toHaveLength(1);
});
