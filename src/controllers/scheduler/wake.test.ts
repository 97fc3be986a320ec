import { describe, expect, it } from 'vitest';
import type { Labels } from '../../objects/index.ts';
import { type SchedulerWorld, useSchedulerWorld } from './testing.ts';

const ZONE = 'zone';
const web = { app: 'web' };
const selector = { matchLabels: web };
const spread = (over: object = {}) => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector, ...over },
  ],
});
const near = (over: object = {}) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ZONE, labelSelector: selector, ...over }],
    },
  },
});
const apart = (over: object = {}) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ZONE, labelSelector: selector, ...over }],
    },
  },
});
const high = { priorityClassName: 'high' };
const TAINT = { key: 'team', value: 'blue', effect: 'NoSchedule' as const };

/** Namespace `shop`, in which one of `web` has its node. */
function putNeighbourInto(world: SchedulerWorld, labels: Labels): void {
  world.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } });
  const metadata = { name: 'other', namespace: 'shop', labels: web };
  const spec = { containers: [{ name: 'app', image: 'app' }] };
  world.client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
  world.advance(10);
}

function giveShopTo(world: SchedulerWorld, team: string): void {
  const found = world.client.get('Namespace', { name: 'shop' });
  if (found === undefined) throw new Error('no namespace');
  world.client.update({ ...found, metadata: { ...found.metadata, labels: { team } } });
}

interface Case {
  readonly rule: string;
  /** Makes the pod `p` wait. */
  readonly given: (world: SchedulerWorld) => void;
  /** The only thing that happens then. */
  readonly event: (world: SchedulerWorld) => void;
  /** Where the pod is then; `undefined`: it made others give way. */
  readonly node: string | undefined;
}

/**
 * Nothing looks at pods that wait every five minutes here, so that each event after which a pod fits, or after which
 * others could give way for it, has to wake it.
 */
const CASES: readonly Case[] = [
  {
    rule: 'a node goes whose empty zone kept all others from more pods',
    given: (world) => {
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a' } });
      world.createNode('b1', { cpu: '100m', labels: { [ZONE]: 'b' } });
      world.createPod('first', '1', { labels: web, spec: spread() });
      world.advance(10);
      world.createPod('p', '1', { labels: web, spec: spread() });
    },
    event: (world) => world.removeNode('b1'),
    node: 'a1',
  },
  {
    rule: 'a node loses the label of the empty zone',
    given: (world) => {
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a' } });
      world.createNode('b1', { cpu: '100m', labels: { [ZONE]: 'b' } });
      world.createPod('first', '1', { labels: web, spec: spread() });
      world.advance(10);
      world.createPod('p', '1', { labels: web, spec: spread() });
    },
    event: (world) => {
      const { metadata, ...node } = world.node('b1');
      world.client.update({ ...node, metadata: { ...metadata, labels: {} } });
    },
    node: 'a1',
  },
  {
    rule: 'the node of the empty zone does not count any more as it is tainted',
    given: (world) => {
      const honor = { nodeTaintsPolicy: 'Honor' };
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a' } });
      world.createNode('b1', { cpu: '100m', labels: { [ZONE]: 'b' } });
      world.createPod('first', '1', { labels: web, spec: spread(honor) });
      world.advance(10);
      world.createPod('p', '1', { labels: web, spec: spread(honor) });
    },
    event: (world) => world.changeNode('b1', { spec: { taints: [TAINT] } }),
    node: 'a1',
  },
  {
    rule: 'the node of the empty zone is not selected any more',
    given: (world) => {
      const selects = { ...spread(), nodeSelector: { pool: 'own' } };
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a', pool: 'own' } });
      world.createNode('b1', { cpu: '100m', labels: { [ZONE]: 'b', pool: 'own' } });
      world.createPod('first', '1', { labels: web, spec: selects });
      world.advance(10);
      world.createPod('p', '1', { labels: web, spec: selects });
    },
    event: (world) => world.changeNode('b1', { labels: { pool: 'other' } }),
    node: 'a1',
  },
  {
    rule: 'a namespace gets the label by which the pod looks for others',
    given: (world) => {
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a' } });
      putNeighbourInto(world, {});
      world.createPod('p', '1', { spec: near({ namespaceSelector: { matchLabels: { team: 'a' } } }) });
    },
    event: (world) => giveShopTo(world, 'a'),
    node: 'a1',
  },
  {
    rule: 'a namespace loses the label by which the pod avoided others',
    given: (world) => {
      world.createNode('a1', { cpu: '4', labels: { [ZONE]: 'a' } });
      putNeighbourInto(world, { team: 'a' });
      world.createPod('p', '1', { spec: apart({ namespaceSelector: { matchLabels: { team: 'a' } } }) });
    },
    event: (world) => giveShopTo(world, 'b'),
    node: 'a1',
  },
  {
    rule: 'the last of its group goes, so that it is the first',
    given: (world) => {
      world.createNode('a1', { cpu: '1', labels: { [ZONE]: 'a' } });
      world.createNode('b1', { cpu: '1', labels: { [ZONE]: 'b' } });
      world.createPod('first', '1', { labels: web, spec: { ...near(), nodeSelector: { [ZONE]: 'a' } } });
      world.advance(10);
      world.createPod('p', '1', { labels: web, spec: { ...near(), nodeSelector: { [ZONE]: 'b' } } });
    },
    event: (world) => world.removePod('first'),
    node: 'b1',
  },
  {
    rule: 'an important pod goes, so that it would be enough if a less important one gave way',
    given: (world) => {
      world.createNode('a1', { cpu: '4' });
      world.createPod('low', '1');
      world.createPod('important', '3', { spec: high });
      world.advance(10);
      world.createPod('p', '4', { spec: high });
    },
    event: (world) => world.removePod('important'),
    node: undefined,
  },
  {
    rule: 'a node grows, full of less important pods',
    given: (world) => {
      world.createNode('a1', { cpu: '2' });
      world.createPod('low', '2');
      world.advance(10);
      world.createPod('p', '3', { spec: high });
    },
    event: (world) => {
      const allocatable = { cpu: '3', memory: '1Gi', pods: '110' };
      world.client.updateStatus({ ...world.node('a1'), status: { allocatable, capacity: allocatable } });
    },
    node: undefined,
  },
  {
    rule: 'one of the holders of its ports goes, the other one is less important',
    given: (world) => {
      const ports = (...numbers: number[]) => ({
        containers: [
          { name: 'app', image: 'app', ports: numbers.map((port) => ({ containerPort: port, hostPort: port })) },
        ],
      });
      world.createNode('a1');
      world.createPod('low', '0', { spec: ports(80) });
      world.createPod('important', '0', { spec: { ...high, ...ports(81) } });
      world.advance(10);
      world.createPod('p', '0', { spec: { ...high, ...ports(80, 81) } });
    },
    event: (world) => world.removePod('important'),
    node: undefined,
  },
  {
    rule: 'those that give way are gone at once',
    given: (world) => {
      world.createNode('a1');
      world.createPod('low', '1', { spec: { terminationGracePeriodSeconds: 0 } });
      world.advance(10);
    },
    event: (world) => world.createPod('p', '1', { spec: high }),
    node: 'a1',
  },
];

describe('a pod that waits is woken when', () => {
  const world = useSchedulerWorld();

  it.each(CASES)('$rule', ({ given, event, node }) => {
    given(world());
    world().advance(20_000);
    const isThere = world().client.get('Pod', { namespace: 'default', name: 'p' }) !== undefined;
    if (isThere) expect(world().nodeOf('p')).toBeUndefined();
    event(world());
    world().advance(20_000);
    expect(world().nodeOf('p')).toBe(node);
    if (node === undefined) expect(world().pod('low').metadata.deletionTimestamp).toBeDefined();
  });
});
