import { formatTime } from '../../lib/clock.ts';
import { deepFreeze } from '../../lib/json.ts';
import type { Deployment, Pod, ReplicaSet, StoredMeta } from '../../objects/types.ts';

/** 2026-01-01T12:00:00Z: the present of tests of pure functions. */
export const NOW_MS = Date.UTC(2026, 0, 1, 12);

export function ago(seconds: number): string {
  return formatTime(NOW_MS - seconds * 1000);
}

export interface PodSketch {
  readonly name: string;
  readonly ready?: boolean;
  /** Seconds for which it has been ready. */
  readonly readyFor?: number;
  readonly age?: number;
  readonly phase?: 'Pending' | 'Running' | 'Unknown' | 'Succeeded' | 'Failed';
  readonly node?: string;
  readonly cost?: string;
  readonly restarts?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Name of the ReplicaSet that controls it; `''` for none. */
  readonly owner?: string;
  readonly deleted?: boolean;
}

function meta(name: string, over: Partial<StoredMeta>): StoredMeta {
  return { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: ago(600), ...over };
}

function controlledBy(kind: string, name: string): NonNullable<StoredMeta['ownerReferences']> {
  return [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }];
}

/** A running pod of ReplicaSet `web` on node `box`, ready for a minute, unless the sketch says otherwise. */
export function podOf(sketch: PodSketch): Pod {
  const { name, ready = true, readyFor = 60, owner = 'web', node = 'box' } = sketch;
  return deepFreeze<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, {
      labels: { ...(sketch.labels ?? { app: 'web' }) },
      creationTimestamp: ago(sketch.age ?? 600),
      ...(owner === '' ? {} : { ownerReferences: controlledBy('ReplicaSet', owner) }),
      ...(sketch.cost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': sketch.cost } }),
      ...(sketch.deleted === true ? { deletionTimestamp: ago(1) } : {}),
    }),
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...(node === '' ? {} : { nodeName: node }) },
    status: {
      phase: sketch.phase ?? 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: ago(readyFor) }],
      containerStatuses: [{ name: 'app', image: 'app:1', imageID: '', ready, restartCount: sketch.restarts ?? 0 }],
    },
  });
}

export interface SetSketch {
  readonly name: string;
  readonly replicas: number;
  readonly image?: string;
  readonly revision?: number;
  readonly age?: number;
  /** Name of the Deployment that controls it; `''` for none. */
  readonly owner?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: ReplicaSet['status'];
  readonly minReadySeconds?: number;
  readonly deleted?: boolean;
}

/** A ReplicaSet of Deployment `web`. */
export function replicaSetOf(sketch: SetSketch): ReplicaSet {
  const { name, replicas, image = 'app:1', owner = 'web', labels = { app: 'web' } } = sketch;
  const revision = sketch.revision === undefined ? {} : { 'deployment.kubernetes.io/revision': `${sketch.revision}` };
  return deepFreeze<ReplicaSet>({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(name, {
      generation: 1,
      labels: { ...labels },
      annotations: { ...revision, ...sketch.annotations },
      creationTimestamp: ago(sketch.age ?? 600),
      ...(owner === '' ? {} : { ownerReferences: controlledBy('Deployment', owner) }),
      ...(sketch.deleted === true ? { deletionTimestamp: ago(1) } : {}),
    }),
    spec: {
      replicas,
      selector: { matchLabels: { ...labels } },
      template: {
        metadata: { labels: { ...labels, 'pod-template-hash': name } },
        spec: { containers: [{ name: 'app', image }] },
      },
      ...(sketch.minReadySeconds === undefined ? {} : { minReadySeconds: sketch.minReadySeconds }),
    },
    status: sketch.status ?? { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 },
  });
}

export interface DeploymentSketch {
  readonly replicas?: number;
  readonly image?: string;
  readonly spec?: Partial<NonNullable<Deployment['spec']>>;
  readonly status?: Deployment['status'];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

/** Deployment `web`. */
export function deploymentOf(sketch: DeploymentSketch = {}): Deployment {
  return deepFreeze<Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web', {
      generation: 2,
      annotations: { ...sketch.annotations },
      ...(sketch.deleted === true ? { deletionTimestamp: ago(1) } : {}),
    }),
    spec: {
      replicas: sketch.replicas ?? 10,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'app', image: sketch.image ?? 'app:2' }] },
      },
      ...sketch.spec,
    },
    ...(sketch.status === undefined ? {} : { status: sketch.status }),
  });
}

/** `count` ready pods of a ReplicaSet, or not ready ones. */
export function podsOf(owner: string, count: number, over: Partial<PodSketch> = {}): readonly Pod[] {
  return Array.from({ length: count }, (_, index) =>
    podOf({ ...over, name: `${owner}-${over.ready === false ? 'u' : 'r'}${index}`, owner }),
  );
}
