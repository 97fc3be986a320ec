import { canonicalJson, type JsonValue } from '../../../lib/json.ts';
import { applyDefaults, formatFieldPath, storageKeyOf } from '../../../objects/index.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import type { PlannedObject, PlannedObjects } from '../planned-object.ts';
import type { LiveView, Rule, RuleSnapshot } from '../rule.ts';

/** An object as a test writes it. */
export type Draft = Omit<KubernetesObject, 'metadata'> & {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
};

function planned(objects: readonly Draft[]): PlannedObjects {
  return new Map(
    objects.map((draft): readonly [string, PlannedObject] => {
      const object = draft as unknown as KubernetesObject;
      const { name, namespace } = object.metadata ?? {};
      const id = {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: name ?? '',
        ...(namespace === undefined ? {} : { namespace }),
      };
      const key = storageKeyOf(id);
      const one = { key, id, application: 'shop', digest: canonicalJson(object as unknown as JsonValue) };
      const locate = (path: readonly (string | number)[]) => ({ path: formatFieldPath(path) });
      return [key, { ...one, decode: () => object, object: applyDefaults(object), locate }];
    }),
  );
}

function liveOf(objects: readonly Draft[]): LiveView {
  const all = objects as unknown as readonly KubernetesObject[];
  return {
    find: (kind, namespace, name) =>
      all.find((one) => one.kind === kind && one.metadata?.namespace === namespace && one.metadata?.name === name),
    list: (kind, namespace) => all.filter((one) => one.kind === kind && one.metadata?.namespace === namespace),
  };
}

export interface Situation {
  readonly before: readonly Draft[];
  readonly after: readonly Draft[];
  readonly live?: readonly Draft[];
  readonly isReplaced?: boolean;
}

/** What a rule finds, each as `severity object: message`. */
export function find(rule: Rule, { before, after, live, isReplaced = false }: Situation): readonly string[] {
  const old = planned(before);
  const snapshot: RuleSnapshot = {
    objects: planned(after),
    before: old,
    live: live === undefined ? undefined : liveOf(live),
    replaced: new Set(isReplaced ? old.keys() : []),
    existsLive: () => false,
    podsOf: () => 2,
  };
  return rule(snapshot).map(({ severity, object, message }) => `${severity} ${object}: ${message}`);
}

export const claim = (volumeName = '', name = 'data', more: object = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'shop' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName, ...more },
});
export const volume = (policy: 'Delete' | 'Retain', phase = 'Bound', name = 'pv-1'): Draft => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    persistentVolumeReclaimPolicy: policy,
    ...(phase === 'Available' ? {} : { claimRef: { namespace: 'shop', name: 'data' } }),
  },
  status: { phase },
});
export const set = (replicas: number, retention: object = {}, more: object = {}): Draft => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'db' } },
    template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db:1' }] } },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }],
    persistentVolumeClaimRetentionPolicy: retention,
    ...more,
  },
});
export const namespace = (labels: Readonly<Record<string, string>> = {}): Draft => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels },
});

export const workload = (
  kind: string,
  name: string,
  container: object = {},
  pod: object = {},
  spec: object = {},
): Draft => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec: {
    ...spec,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'app:1', ...container }], ...pod },
    },
  },
});
