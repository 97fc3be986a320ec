import fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { ControllerManager } from '../manager/controller-manager.ts';
import { PersistentVolumeBinder } from '../persistent-volume/persistent-volume-binder.ts';
import { SchedulerWorld } from './testing.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const NODES = ['n0', 'n1'] as const;
const CLAIMS = ['c0', 'c1'] as const;
const VOLUMES = ['v0', 'v1', 'v2'] as const;

/** Where a volume is, and for how many pods. */
interface Made {
  readonly node: string;
  readonly isForOnePod: boolean;
}

type Step =
  | { readonly type: 'pod'; readonly id: number; readonly claim: string }
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'claim'; readonly name: string; readonly className: string; readonly isForOnePod: boolean }
  | { readonly type: 'drop claim'; readonly name: string }
  | ({ readonly type: 'volume'; readonly name: string; readonly className: string } & Made)
  | { readonly type: 'drop volume'; readonly name: string }
  | { readonly type: 'move volume'; readonly name: string; readonly zone: string }
  | { readonly type: 'class'; readonly zone: string }
  | { readonly type: 'drop class' }
  | { readonly type: 'label'; readonly node: string; readonly zone: string };

const id = fc.nat(3);
const claim = fc.constantFrom(...CLAIMS);
const volume = fc.constantFrom(...VOLUMES);
const node = fc.constantFrom(...NODES);
const zone = fc.constantFrom('a', 'b');
const isForOnePod = fc.constantFrom(false, false, true);
/** `late` comes and goes; what it would provision is never made. */
const className = fc.constantFrom('static', 'static', 'now', 'late');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('pod' as const), id, claim }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('end' as const), id }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('claim' as const), name: claim, className, isForOnePod }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('drop claim' as const), name: claim }) },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('volume' as const), name: volume, className, node, isForOnePod }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('drop volume' as const), name: volume }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('move volume' as const), name: volume, zone }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('class' as const), zone }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('drop class' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('label' as const), node, zone }) },
);

const claimType = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
const volumeType = { apiVersion: 'v1', kind: 'PersistentVolume' };
const classType = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' };
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

function createClass(world: SchedulerWorld, name: string, volumeBindingMode: string, over: object = {}): void {
  world.client.create({
    ...classType,
    metadata: { name },
    provisioner: NO_PROVISIONER,
    volumeBindingMode,
    ...over,
  });
}

function play(world: SchedulerWorld, one: Step): void {
  const { client } = world;
  switch (one.type) {
    case 'pod': {
      if (client.get('Pod', { namespace: 'default', name: `p${one.id}` }) !== undefined) return;
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: one.claim } }];
      return world.createPod(`p${one.id}`, '100m', { spec: { volumes } });
    }
    case 'end':
      if (client.get('Pod', { namespace: 'default', name: `p${one.id}` }) === undefined) return;
      return world.removePod(`p${one.id}`);
    case 'claim': {
      if (client.get('PersistentVolumeClaim', { namespace: 'default', name: one.name }) !== undefined) return;
      const spec = {
        accessModes: modesOf(one),
        resources: { requests: { storage: '1Gi' } },
        storageClassName: one.className,
      };
      client.create({ ...claimType, metadata: { name: one.name, namespace: 'default' }, spec });
      return;
    }
    case 'drop claim':
      if (client.get('PersistentVolumeClaim', { namespace: 'default', name: one.name }) === undefined) return;
      return drop(world, { ...claimType, namespace: 'default', name: one.name });
    case 'volume':
      if (client.get('PersistentVolume', { name: one.name }) !== undefined) return;
      return createVolume(world, one.name, one.className, one);
    case 'drop volume':
      if (client.get('PersistentVolume', { name: one.name }) === undefined) return;
      return drop(world, { ...volumeType, name: one.name });
    case 'move volume':
      if (client.get('PersistentVolume', { name: one.name }) === undefined) return;
      client.patch({ ...volumeType, name: one.name }, 'merge', { metadata: { labels: { [ZONE]: one.zone } } });
      return;
    case 'class': {
      if (client.get('StorageClass', { name: 'late' }) !== undefined) return;
      const matchLabelExpressions = [{ key: ZONE, values: [one.zone] }];
      const allowed = { provisioner: 'example.com/never', allowedTopologies: [{ matchLabelExpressions }] };
      return createClass(world, 'late', 'WaitForFirstConsumer', allowed);
    }
    case 'drop class':
      if (client.get('StorageClass', { name: 'late' }) !== undefined) client.delete({ ...classType, name: 'late' });
      return;
    case 'label':
      return world.changeNode(one.node, { labels: { [ZONE]: one.zone } });
  }
}

function modesOf({ isForOnePod }: Pick<Made, 'isForOnePod'>): string[] {
  return [isForOnePod ? 'ReadWriteOncePod' : 'ReadWriteOnce'];
}

function createVolume(world: SchedulerWorld, name: string, storageClassName: string, made: Made): void {
  const terms = [{ matchExpressions: [{ key: HOST, operator: 'In', values: [made.node] }] }];
  world.client.create({
    ...volumeType,
    metadata: { name },
    spec: {
      accessModes: modesOf(made),
      capacity: { storage: '1Gi' },
      local: { path: `/srv/${name}` },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
      storageClassName,
    },
  });
}

type Reference = Parameters<SchedulerWorld['client']['delete']>[0];

/** Nobody keeps it: the controllers that protect what is in use do not run here. */
function drop(world: SchedulerWorld, reference: Reference): void {
  world.client.patch(reference, 'merge', { metadata: { finalizers: null } });
  world.client.delete(reference);
}

/** Where the pods are, and where volumes are to be made. */
function placements(world: SchedulerWorld): Record<string, string> {
  const pods = world.client.list('Pod').map(({ metadata, spec }) => [metadata.name, spec?.nodeName ?? 'waits']);
  const claims = world.client
    .list('PersistentVolumeClaim')
    .map(({ metadata: { name, annotations } }) => [name, annotations?.['volume.kubernetes.io/selected-node'] ?? '']);
  return Object.fromEntries([...pods, ...claims]);
}

/** Later than any back-off, and than the time for which volumes are waited for. */
function checkNothingMissed(world: SchedulerWorld): void {
  world.advance(700_000);
  const before = placements(world);
  world.start();
  world.advance(20_000);
  expect(placements(world)).toEqual(before);
}

it('a scheduler that begins anew finds no claim or volume that the one before it had missed', () => {
  const history = fc.array(fc.tuple(step, fc.boolean()), { minLength: 30, maxLength: 40, size: 'max' });
  const placed = new Set<string>();
  fc.assert(
    fc.property(history, (steps) => {
      const world = new SchedulerWorld();
      const context = { ...world.registry, logger: silentLogger };
      const manager = new ControllerManager({ ...context, controllers: [new PersistentVolumeBinder(context)] });
      try {
        for (const name of NODES) world.createNode(name, { labels: { [HOST]: name, [ZONE]: 'a' } });
        createClass(world, 'static', 'WaitForFirstConsumer');
        createClass(world, 'now', 'Immediate');
        manager.start();
        world.start();
        for (const [one, isChecked] of steps) {
          play(world, one);
          world.advance(10);
          if (isChecked) checkNothingMissed(world);
        }
        checkNothingMissed(world);
        for (const where of Object.values(placements(world))) placed.add(where);
      } finally {
        manager.stop();
        world.stop();
      }
    }),
    { numRuns: 60, seed: 3 },
  );
  expect([...placed].sort()).toEqual(['', 'n0', 'n1', 'waits']);
});
