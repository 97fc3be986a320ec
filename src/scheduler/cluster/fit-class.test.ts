import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outcome, testCluster, testNode, testPod } from '../testing.ts';
import { ClusterState } from './cluster-state.ts';

const NODES = ['a', 'b', 'c'];
const SIZES = ['100m', '1', '2'];

const step = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    pod: fc.integer({ min: 0, max: 9 }),
    node: fc.constantFrom(...NODES),
    cpu: fc.constantFrom(...SIZES),
  }),
  fc.record({ do: fc.constant('remove' as const), pod: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ do: fc.constant('size' as const), node: fc.constantFrom(...NODES), cpu: fc.constantFrom('1', '4', '8') }),
  fc.record({ do: fc.constant('drop' as const), node: fc.constantFrom(...NODES) }),
);

it('what is kept of nodes for pods of equal requests is what a cluster that has just been counted says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const kept = new ClusterState();
      const sizes = new Map<string, string>();
      const pods = new Map<number, { readonly node: string; readonly cpu: string }>();
      const podOf = (index: number, node: string, cpu: string) =>
        testPod(`p${index}`, { cpu, memory: '64Mi' }, { nodeName: node });
      for (const one of steps) {
        if (one.do === 'size') {
          sizes.set(one.node, one.cpu);
          kept.setNode(testNode(one.node, { allocatable: { cpu: one.cpu } }));
        } else if (one.do === 'drop') {
          sizes.delete(one.node);
          kept.removeNode(one.node);
        } else if (one.do === 'remove') {
          pods.delete(one.pod);
          kept.removePod(`pod-p${one.pod}`);
        } else {
          pods.set(one.pod, { node: one.node, cpu: one.cpu });
          kept.setPod(podOf(one.pod, one.node, one.cpu));
        }
        const counted = testCluster(
          [...sizes].map(([name, cpu]) => testNode(name, { allocatable: { cpu } })),
          [...pods].map(([index, { node, cpu }]) => podOf(index, node, cpu)),
        );
        for (const cpu of SIZES) {
          const pod = testPod('new', { cpu, memory: '64Mi' });
          expect(outcome(pod, kept)).toBe(outcome(pod, counted));
        }
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});
