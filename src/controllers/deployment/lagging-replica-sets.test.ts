import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Pod, ReplicaSet } from '../../objects/types.ts';
import { computeReplicaSet } from '../replica-set/compute-replica-set.ts';
import { deploymentOf, NOW_MS, podOf, replicaSetOf } from '../testing/objects.ts';
import { computeDeployment } from './compute-deployment.ts';
import { resolveRolloutSpec } from './deployment-spec.ts';

/**
 * A Deployment, its ReplicaSets and their pods without any registry: each controller acts on its own, in any order and
 * as late as it likes, while pods only ever get ready.
 */
class Model {
  deployment: Deployment;
  sets = new Map<string, ReplicaSet>();
  pods = new Map<string, { readonly set: string; ready: boolean }>();
  readonly broken: string[] = [];
  #count = 0;

  constructor(replicas: number, bounds: { readonly maxSurge: number; readonly maxUnavailable: number }) {
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: bounds } } as const;
    this.deployment = deploymentOf({ replicas, image: 'app:0', spec });
  }

  setImage(image: string): void {
    const { replicas, strategy } = this.deployment.spec ?? {};
    const spec = strategy === undefined ? {} : { strategy };
    this.deployment = deploymentOf({ replicas: replicas ?? 0, image, spec });
  }

  reconcileDeployment(): void {
    const pods = [...this.pods.keys()].map((name) => this.#podNamed(name));
    const replicaSets = [...this.sets.values()];
    const { deployment } = this;
    const { actions } = computeDeployment({ deployment, replicaSets, pods, nameHolder: undefined, nowMs: NOW_MS });
    for (const action of actions) {
      if (action.type === 'createReplicaSet')
        this.#size(action.name, action.replicas, this.#image(), action.object.metadata?.annotations);
      if (action.type !== 'changeReplicaSet') continue;
      const { metadata, spec } = action.replicaSet;
      const image = spec?.template?.spec?.containers[0]?.image ?? '';
      this.#size(metadata.name, action.replicas.to, image, action.annotations);
    }
  }

  reconcileSet(index: number): void {
    const replicaSet = [...this.sets.values()][index % Math.max(1, this.sets.size)];
    if (replicaSet === undefined) return;
    const { name } = replicaSet.metadata;
    const pods = [...this.pods].filter(([, pod]) => pod.set === name).map(([pod]) => this.#podNamed(pod));
    for (const action of computeReplicaSet({ replicaSet, pods, relatedPods: pods, nowMs: NOW_MS })) {
      if (action.type === 'createPods') for (let i = 0; i < action.count; i++) this.#create(name);
      if (action.type === 'deletePod') this.#delete(action.pod.metadata.name);
    }
  }

  /**
   * Not in a set that still has to remove pods: it was told to because they were not ready, and one that gets ready
   * just then is a race that only a common transaction of both controllers would exclude. (The manager works both off
   * in one turn, before the node agents are heard again.)
   */
  makeReady(index: number): void {
    const waiting = [...this.pods.values()].filter((pod) => !pod.ready && !this.#isShrinking(pod.set));
    const pod = waiting[index % Math.max(1, waiting.length)];
    if (pod !== undefined) pod.ready = true;
  }

  get isDone(): boolean {
    const images = [...this.pods.values()].map(
      ({ set }) => this.sets.get(set)?.spec?.template?.spec?.containers[0]?.image,
    );
    const areNew = images.every((image) => image === this.#image());
    return areNew && images.length === (this.deployment.spec?.replicas ?? 0);
  }

  #isShrinking(set: string): boolean {
    const pods = [...this.pods.values()].filter((pod) => pod.set === set).length;
    return pods > (this.sets.get(set)?.spec?.replicas ?? 0);
  }

  #image(): string {
    return this.deployment.spec?.template.spec?.containers[0]?.image ?? '';
  }

  #size(
    name: string,
    replicas: number,
    image: string,
    annotations: Readonly<Record<string, string>> | undefined,
  ): void {
    this.sets.set(
      name,
      replicaSetOf({ name, replicas, image, age: 1000 - this.sets.size, annotations: annotations ?? {} }),
    );
  }

  #podNamed(name: string): Pod {
    const pod = this.pods.get(name);
    return podOf({ name, owner: pod?.set ?? '', ready: pod?.ready ?? false });
  }

  #create(set: string): void {
    this.pods.set(`pod-${this.#count++}`, { set, ready: false });
    const { replicas, maxSurge } = resolveRolloutSpec(this.deployment);
    if (this.pods.size > replicas + maxSurge)
      this.broken.push(`${this.pods.size} pods of at most ${replicas + maxSurge}`);
  }

  #delete(name: string): void {
    const wasReady = this.pods.get(name)?.ready === true;
    this.pods.delete(name);
    const ready = [...this.pods.values()].filter((pod) => pod.ready).length;
    const { minAvailable } = resolveRolloutSpec(this.deployment);
    if (wasReady && ready < minAvailable) this.broken.push(`${ready} ready pods of at least ${minAvailable}`);
  }
}

type Act = readonly ['deployment' | 'set' | 'ready' | 'image', number];

describe('a rolling update whose ReplicaSets lag behind', () => {
  it('keeps its bounds in every order of events, and comes to its end', () => {
    const act: fc.Arbitrary<Act> = fc.tuple(
      fc.constantFrom('deployment', 'deployment', 'set', 'set', 'ready', 'ready', 'ready', 'image'),
      fc.nat(30),
    );
    const bounds = fc
      .record({ maxSurge: fc.nat(4), maxUnavailable: fc.nat(4) })
      .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        bounds,
        fc.array(act, { maxLength: 120, size: 'max' }),
        (replicas, allowed, acts) => {
          const model = new Model(replicas, allowed);
          for (const [kind, number] of acts) {
            if (kind === 'deployment') model.reconcileDeployment();
            if (kind === 'set') model.reconcileSet(number);
            if (kind === 'ready') model.makeReady(number);
            if (kind === 'image') model.setImage(`app:${number % 3}`);
          }
          for (let round = 0; round < 100 && !model.isDone; round++) {
            model.reconcileDeployment();
            for (let index = 0; index < model.sets.size; index++) model.reconcileSet(index);
            for (let index = 0; index < 20; index++) model.makeReady(0);
          }
          expect(model.broken).toEqual([]);
          expect(model.isDone).toBe(true);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });
});
