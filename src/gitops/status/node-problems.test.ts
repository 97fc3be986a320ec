import { expect, test } from 'vitest';
import type { Node } from '../../objects/types.ts';
import { computeNodeProblems } from './node-problems.ts';

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
