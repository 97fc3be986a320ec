import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Labels } from '../../objects/index.ts';
import { SchedulerWorld } from './testing.ts';

const ZONE = 'zone';
/** Mostly the same: pods of one application concern each other. */
const APPS = ['web', 'web', 'web', 'db'] as const;
const NODES = ['n0', 'n1', 'n2'] as const;

type Kind =
  | 'plain'
  | 'spread'
  | 'honouring'
  | 'near'
  | 'foreign'
  | 'apart'
  | 'port'
  | 'selecting'
  | 'high'
  | 'high and apart'
  | 'high with a port'
  | 'polite';
type Step =
  | { readonly type: 'pod'; readonly id: number; readonly kind: Kind; readonly app: string; readonly cpu: number }
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'rename'; readonly id: number; readonly app: string }
  | { readonly type: 'node'; readonly name: string; readonly zone: string; readonly cpu: number }
  | { readonly type: 'lose'; readonly name: string }
  | { readonly type: 'label'; readonly name: string; readonly zone: string; readonly pool: string }
  | { readonly type: 'taint'; readonly name: string; readonly isOn: boolean }
  | { readonly type: 'cordon'; readonly name: string; readonly isOn: boolean }
  | { readonly type: 'grow'; readonly name: string; readonly cpu: number }
  | { readonly type: 'team'; readonly team: string };

const id = fc.nat(7);
const name = fc.constantFrom(...NODES);
const zone = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'b', '');
const cpu = fc.integer({ min: 1, max: 3 });
const app = fc.constantFrom(...APPS);
/** Only kinds of one family meet in a history: what happens to one concerns the others then. */
const FAMILIES: readonly (readonly Kind[])[] = [
  ['spread', 'plain'],
  ['honouring', 'plain'],
  ['near', 'plain'],
  ['near', 'apart', 'selecting'],
  ['foreign', 'plain'],
  ['apart', 'high and apart', 'plain'],
  ['port', 'high with a port'],
  ['plain', 'high', 'polite'],
  ['selecting', 'high', 'spread', 'high with a port', 'high and apart'],
];
const isOn = fc.boolean();
const stepOf = (kinds: readonly Kind[]): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('pod' as const), id, kind: fc.constantFrom(...kinds), app, cpu }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('end' as const), id }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('rename' as const), id, app }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('node' as const), name, zone, cpu }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('lose' as const), name }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('label' as const), name, zone, pool: fc.constantFrom('x', 'y') }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('taint' as const), name, isOn }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('cordon' as const), name, isOn }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('grow' as const), name, cpu }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('team' as const), team: fc.constantFrom('one', 'two') }) },
  );

const term = (own: string, over: object = {}) => ({
  topologyKey: ZONE,
  labelSelector: { matchLabels: { app: own } },
  ...over,
});

function specOf(what: Kind, own: string): Record<string, unknown> {
  const spread = { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule' };
  const labelSelector = { matchLabels: { app: own } };
  const require = (of: 'podAffinity' | 'podAntiAffinity', over: object = {}) => ({
    affinity: { [of]: { requiredDuringSchedulingIgnoredDuringExecution: [term(own, over)] } },
  });
  const ports = [{ containerPort: 80, hostPort: 80 }];
  const priorityClassName = 'high';
  switch (what) {
    case 'plain':
      return {};
    case 'spread':
      return { topologySpreadConstraints: [{ ...spread, labelSelector }], nodeSelector: { pool: 'x' } };
    case 'honouring':
      return { topologySpreadConstraints: [{ ...spread, labelSelector, nodeTaintsPolicy: 'Honor' }] };
    case 'near':
      return require('podAffinity');
    case 'foreign':
      return require('podAntiAffinity', { namespaceSelector: { matchLabels: { team: 'one' } } });
    case 'apart':
      return require('podAntiAffinity');
    case 'port':
      return { containers: [{ name: 'app', image: 'app', ports }] };
    case 'selecting':
      return { nodeSelector: { pool: 'y' } };
    case 'high':
      return { priorityClassName };
    case 'high and apart':
      return { priorityClassName, ...require('podAntiAffinity') };
    case 'high with a port':
      return { priorityClassName, containers: [{ name: 'app', image: 'app', ports }] };
    case 'polite':
      return { priorityClassName: 'polite' };
  }
}

function labelsOf(zoneName: string, pool: string): Labels {
  return { pool, ...(zoneName === '' ? {} : { [ZONE]: zoneName }) };
}

function play(world: SchedulerWorld, one: Step): void {
  const nodeNamed = (wanted: string) => world.client.get('Node', { name: wanted });
  const podOf = (number: number) => world.client.get('Pod', { namespace: 'default', name: `p${number}` });
  switch (one.type) {
    case 'pod':
      if (podOf(one.id) !== undefined) return;
      return world.createPod(`p${one.id}`, `${one.cpu * 500}m`, {
        labels: { app: one.app },
        spec: specOf(one.kind, one.app),
      });
    case 'end':
      return podOf(one.id) === undefined ? undefined : world.removePod(`p${one.id}`);
    case 'rename': {
      const pod = podOf(one.id);
      if (pod === undefined) return;
      world.client.update({ ...pod, metadata: { ...pod.metadata, labels: { app: one.app } } });
      return;
    }
    case 'node':
      if (nodeNamed(one.name) !== undefined) return;
      return world.createNode(one.name, { cpu: `${one.cpu}`, labels: labelsOf(one.zone, 'x') });
    case 'lose':
      return nodeNamed(one.name) === undefined ? undefined : loseNode(world, one.name);
    case 'label': {
      const node = nodeNamed(one.name);
      if (node === undefined) return;
      world.client.update({ ...node, metadata: { ...node.metadata, labels: labelsOf(one.zone, one.pool) } });
      return;
    }
    case 'taint':
      if (nodeNamed(one.name) === undefined) return;
      return world.changeNode(one.name, { spec: { taints: one.isOn ? [{ key: 'team', effect: 'NoSchedule' }] : [] } });
    case 'cordon':
      return nodeNamed(one.name) && world.changeNode(one.name, { spec: { unschedulable: one.isOn } });
    case 'grow': {
      const node = nodeNamed(one.name);
      const allocatable = { cpu: `${one.cpu}`, memory: '1Gi', pods: '110' };
      if (node !== undefined) world.client.updateStatus({ ...node, status: { allocatable, capacity: allocatable } });
      return;
    }
    case 'team': {
      const namespace = world.client.get('Namespace', { name: 'default' });
      if (namespace === undefined) return;
      const metadata = { ...namespace.metadata, labels: { ...namespace.metadata.labels, team: one.team } };
      world.client.update({ ...namespace, metadata });
    }
  }
}

/** The node, and later its pods, as the pod garbage collector does it. */
function loseNode(world: SchedulerWorld, nodeName: string): void {
  world.removeNode(nodeName);
  world.advance(10);
  for (const { metadata, spec } of world.client.list('Pod'))
    if (spec?.nodeName === nodeName) world.removePod(metadata.name);
}

/** Pods that were told to go have gone. */
function settle(world: SchedulerWorld): void {
  for (let round = 0; round < 6; round++) {
    world.advance(30_000);
    const going = world.client.list('Pod').filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    for (const { metadata } of going) world.removePod(metadata.name);
    if (going.length === 0) return;
  }
}

function placements(world: SchedulerWorld): Record<string, string> {
  return Object.fromEntries(
    world.client.list('Pod').map(({ metadata, spec }) => {
      const state = metadata.deletionTimestamp === undefined ? '' : ' (going)';
      return [metadata.name, `${spec?.nodeName ?? 'waits'}${state}`];
    }),
  );
}

const history = fc
  .constantFrom(...FAMILIES)
  .chain((kinds) => fc.array(fc.tuple(stepOf(kinds), fc.boolean()), { minLength: 30, maxLength: 40, size: 'max' }));

function checkNothingMissed(world: SchedulerWorld): void {
  settle(world);
  const before = placements(world);
  world.start();
  world.advance(20_000);
  expect(placements(world)).toEqual(before);
}

it('a scheduler that begins anew finds nothing that the one before it had missed', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const world = new SchedulerWorld();
      try {
        world.createClass('high', 1000);
        world.createClass('polite', 1000, 'Never');
        if (world.client.get('Namespace', { name: 'default' }) === undefined)
          world.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
        world.createNode('n0', { cpu: '2', labels: labelsOf('a', 'x') });
        world.createNode('n1', { cpu: '1', labels: labelsOf('b', 'x') });
        world.start();
        for (const [one, isChecked] of steps) {
          play(world, one);
          world.advance(10);
          if (isChecked) checkNothingMissed(world);
        }
        checkNothingMissed(world);
      } finally {
        world.stop();
      }
    }),
    { numRuns: 80, seed: 7 },
  );
});
