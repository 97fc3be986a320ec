import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controllerOf, DELETION_COST_ANNOTATION, isPodActive, isPodAvailable } from '../../objects/index.ts';
import type { Deployment, Pod } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';
import { resolveRolloutSpec } from './deployment-spec.ts';

const NAME = { namespace: 'default', name: 'web' };
const REFERENCE = { apiVersion: 'apps/v1', kind: 'Deployment', ...NAME };
const BROKEN_IMAGE = 'app:3';

type Step =
  | { readonly do: 'setImage'; readonly image: string }
  | { readonly do: 'scale'; readonly replicas: number }
  | { readonly do: 'setBounds'; readonly maxSurge: string; readonly maxUnavailable: number }
  | { readonly do: 'pause'; readonly paused: boolean }
  | { readonly do: 'setReady'; readonly pod: number; readonly ready: boolean }
  | { readonly do: 'setCost'; readonly pod: number; readonly cost: string }
  | { readonly do: 'setMinReadySeconds'; readonly seconds: number }
  | { readonly do: 'deletePod'; readonly pod: number }
  | { readonly do: 'advance'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('setImage' as const), image: fc.constantFrom('app:1', 'app:2', BROKEN_IMAGE) }),
  fc.record({ do: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 12 }) }),
  fc.record({
    do: fc.constant('setBounds' as const),
    maxSurge: fc.constantFrom('0%', '10%', '25%', '100%'),
    maxUnavailable: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({ do: fc.constant('pause' as const), paused: fc.boolean() }),
  fc.record({ do: fc.constant('setReady' as const), pod: fc.nat(20), ready: fc.boolean() }),
  fc.record({ do: fc.constant('setCost' as const), pod: fc.nat(20), cost: fc.constantFrom('-5', '0', '5') }),
  fc.record({ do: fc.constant('setMinReadySeconds' as const), seconds: fc.constantFrom(0, 1, 3) }),
  fc.record({ do: fc.constant('deletePod' as const), pod: fc.nat(20) }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(20, 60, 120, 1000, 3500) }),
);

function patch(plane: TestControlPlane, spec: Parameters<TestControlPlane['client']['patch']>[2]): void {
  plane.client.patch(REFERENCE, 'merge', { spec });
}

function perform(plane: TestControlPlane, todo: Step): void {
  const pods = plane.client.list('Pod').filter(isPodActive);
  switch (todo.do) {
    case 'setImage':
      return patch(plane, { template: { spec: { containers: [{ name: 'app', image: todo.image }] } } });
    case 'scale':
      return patch(plane, { replicas: todo.replicas });
    case 'setBounds': {
      const { maxSurge, maxUnavailable } = todo;
      // The registry refuses both to be zero, as Kubernetes does.
      const bounds =
        maxSurge === '0%' && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
      return patch(plane, { strategy: { type: 'RollingUpdate', rollingUpdate: bounds } });
    }
    case 'pause':
      return patch(plane, { paused: todo.paused });
    case 'advance':
      return plane.advance(todo.ms);
    case 'setReady': {
      const pod = pods[todo.pod % Math.max(1, pods.length)];
      if (pod !== undefined) plane.kubelet.setReady(pod, todo.ready);
      return;
    }
    case 'setMinReadySeconds':
      return patch(plane, { minReadySeconds: todo.seconds });
    case 'setCost': {
      const pod = pods[todo.pod % Math.max(1, pods.length)];
      const annotations = { [DELETION_COST_ANNOTATION]: todo.cost };
      if (pod !== undefined)
        plane.client.patch({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) }, 'merge', { metadata: { annotations } });
      return;
    }
    case 'deletePod': {
      const pod = pods[todo.pod % Math.max(1, pods.length)];
      if (pod !== undefined) plane.client.as(USER).delete({ apiVersion: 'v1', kind: 'Pod', ...nameOf(pod) });
    }
  }
}

const USER = { user: 'somebody', fieldManager: 'somebody' };

function nameOf({ metadata }: Pod) {
  return { namespace: metadata.namespace, name: metadata.name };
}

function deploymentIn(plane: TestControlPlane): Deployment {
  const deployment = plane.client.get('Deployment', NAME);
  if (deployment === undefined) throw new Error('the Deployment is gone');
  return deployment;
}

/**
 * Watches every pod that the controllers create or delete, and notes what breaks the bounds of the Deployment as it was
 * then.
 */
function watchBounds(plane: TestControlPlane, isByUser: () => boolean): readonly string[] {
  const broken: string[] = [];
  const wasMarked = (pod: Pod | undefined) => pod?.metadata.deletionTimestamp !== undefined;
  plane.client.watch('Pod', ({ type, object, previous }) => {
    if (isByUser()) return;
    const spec = resolveRolloutSpec(deploymentIn(plane));
    const live = plane.client.list('Pod').filter(isPodActive);
    // After its bounds were tightened, a ReplicaSet still replaces what goes; only the Deployment may not ask for more.
    const most = Math.max(spec.replicas + spec.maxSurge, wantedIn(plane));
    if (type === 'ADDED' && live.length > most) {
      broken.push(`created ${object.metadata.name} as number ${live.length} of at most ${most}`);
    }
    const isDeletion = type !== 'ADDED' && !wasMarked(previous) && (wasMarked(object) || type === 'DELETED');
    const available = live.filter((pod) => isAvailableIn(plane, pod)).length;
    if (isDeletion && previous !== undefined && isAvailableIn(plane, previous) && available < spec.minAvailable) {
      broken.push(`deleted available ${object.metadata.name}: ${available} of at least ${spec.minAvailable} are left`);
    }
  });
  plane.client.watch('ReplicaSet', ({ object, previous }) => {
    const spec = resolveRolloutSpec(deploymentIn(plane));
    const wanted = wantedIn(plane);
    const isGrowing = (object.spec?.replicas ?? 0) > (previous?.spec?.replicas ?? 0);
    if (isGrowing && wanted > spec.replicas + spec.maxSurge) {
      broken.push(`asked for ${wanted} pods of at most ${spec.replicas + spec.maxSurge}`);
    }
  });
  return broken;
}

/** As the pod's own set sees it: an old set keeps the `minReadySeconds` that it had. */
function isAvailableIn(plane: TestControlPlane, pod: Pod): boolean {
  const set = plane.client.list('ReplicaSet').find(({ metadata }) => metadata.uid === controllerOf(pod)?.uid);
  return isPodAvailable(pod, set?.spec?.minReadySeconds ?? 0, plane.clock.wallMs());
}

function wantedIn(plane: TestControlPlane): number {
  return plane.client.list('ReplicaSet').reduce((sum, set) => sum + (set.spec?.replicas ?? 0), 0);
}

/**
 * Of the seed 870052: a ready pod that is not available yet is dropped, and an available one was deleted in its place
 * because it cost less.
 */
const CHEAP_AND_AVAILABLE: Step[] = [
  { do: 'setImage', image: 'app:2' },
  { do: 'setCost', pod: 0, cost: '-5' },
  { do: 'setMinReadySeconds', seconds: 3 },
  { do: 'advance', ms: 3500 },
  { do: 'setImage', image: 'app:1' },
];

describe('a rolling update', () => {
  it('keeps its bounds whatever happens, and comes to its end once pods get ready', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25, size: 'max' }), (steps) => {
        const plane = startTestControlPlane();
        let isByUser = false;
        const broken = watchBounds(plane, () => isByUser);
        plane.kubelet.isReady = (pod) => pod.spec?.containers[0]?.image !== BROKEN_IMAGE;
        plane.client.create(testDeployment('web', { replicas: 5 }));
        plane.advance(200);
        for (const todo of steps) {
          isByUser = todo.do === 'deletePod';
          perform(plane, todo);
          isByUser = false;
          plane.advance(0);
        }
        plane.kubelet.isReady = () => true;
        patch(plane, { paused: false });
        for (const pod of plane.client.list('Pod').filter(isPodActive)) plane.kubelet.setReady(pod, true);
        plane.settle();
        const { spec, status } = deploymentIn(plane);
        const replicas = spec?.replicas ?? 0;
        const pods = plane.client.list('Pod');
        const image = spec?.template.spec?.containers[0]?.image;
        plane.stop();
        expect(broken).toEqual([]);
        expect(pods.map((pod) => pod.spec?.containers[0]?.image)).toEqual(
          Array.from({ length: replicas }, () => image),
        );
        expect(status?.updatedReplicas ?? 0).toBe(replicas);
        expect(status?.conditions?.find(({ type }) => type === 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
      }),
      { numRuns: 40, seed: 1, examples: [[CHEAP_AND_AVAILABLE]] },
    );
  });
});
