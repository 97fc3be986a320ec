import { expect, test } from 'vitest';
import { createTestRegistry } from '../../api/testing.ts';
import type { Node } from '../../objects/types.ts';
import { computeNodeProblems, NodeProblems } from './node-problems.ts';

function node(spec: object, conditions: readonly object[]): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' }, spec, status: { conditions } } as unknown as Node;
}

test.each<readonly [string, Node, readonly string[]]>([
  [
    'is ready',
    node({}, [
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
    ]),
    [],
  ],
  ['was drained', node({ unschedulable: true }, []), ['NodeCordoned: let it take pods again: kubectl uncordon box']],
  [
    'is short of two things',
    node({}, [
      { type: 'MemoryPressure', status: 'True' },
      { type: 'DiskPressure', status: 'True' },
    ]),
    [
      'NodePressure: free some of it; `berth doctor` says what is short',
      'NodePressure: free some of it; `berth doctor` says what is short',
    ],
  ],
])('a node that %s', (_what, one, said) => {
  expect(computeNodeProblems(one).map(({ code, help }) => `${code}: ${help}`)).toEqual(said);
});

test('a change of what a node lacks is told once, and goes with the node', () => {
  const { client } = createTestRegistry();
  const reference = { apiVersion: 'v1', kind: 'Node', name: 'box' };
  client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } });
  let told = 0;
  const problems = new NodeProblems(client, () => told++);
  problems.start();
  client.patch(reference, 'merge', { metadata: { labels: { a: 'b' } } });
  expect([told, problems.problems]).toEqual([0, []]);
  client.patch(reference, 'merge', { spec: { unschedulable: true } });
  client.patch(reference, 'merge', { metadata: { labels: { a: 'c' } } });
  expect([told, problems.problems.map(({ code }) => code)]).toEqual([1, ['NodeCordoned']]);
  client.delete(reference);
  expect([told, problems.problems]).toEqual([2, []]);
  problems.stop();
});
