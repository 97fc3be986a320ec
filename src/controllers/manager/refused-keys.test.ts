import { afterEach, describe, expect, it } from 'vitest';
import type { Client } from '../../api/client.ts';
import type { Admission } from '../../api/context.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const QUOTA = { apiVersion: 'v1', kind: 'ResourceQuota', namespace: 'default', name: 'small' };
const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
};
const selector = { matchLabels: { app: 'web' } };

function workload(apiVersion: string, kind: string, spec: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'default' }, spec };
}

const WORKLOADS: readonly KubernetesObject[] = [
  workload('apps/v1', 'ReplicaSet', { replicas: 1, selector, template }),
  workload('apps/v1', 'StatefulSet', { replicas: 1, selector, serviceName: 'web', template }),
  workload('batch/v1', 'Job', { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }),
];

const CHANGES: readonly (readonly [what: string, change: (client: Client) => void])[] = [
  ['a quota is raised', (client) => client.patch(QUOTA, 'merge', { spec: { hard: { pods: '9' } } })],
  ['a quota goes', (client) => client.delete(QUOTA)],
  [
    'less of a quota is used',
    (client) =>
      client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'other' }, { gracePeriodSeconds: 0 }),
  ],
  [
    'a limit range is made',
    (client) =>
      client.create({
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'a', namespace: 'default' },
        spec: { limits: [] },
      }),
  ],
  [
    'an account is made',
    (client) =>
      client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'default' } }),
  ],
  [
    'a priority class is made',
    (client) =>
      client.create({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'a' },
        value: 1,
      } as KubernetesObject),
  ],
  [
    'its namespace gets other labels',
    (client) =>
      client.patch({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }, 'merge', {
        metadata: { labels: { a: 'b' } },
      }),
  ],
];

/** A world in which a pod of the workload is refused for so long that the next attempt is minutes away. */
function startRefused(object: KubernetesObject): { allow(): void } {
  let isFull = false;
  const admit: Admission = ({ kind, verb }) => {
    if (kind.kind !== 'Pod' || verb !== 'create' || !isFull) return undefined;
    const path = ['spec'];
    return { problems: [{ code: 'FieldValueForbidden', severity: 'error', path, at: 'value', message: 'too many' }] };
  };
  plane = startTestControlPlane({ admission: [admit] });
  const { apiVersion, kind, namespace, name } = QUOTA;
  plane.client.create({ apiVersion, kind, metadata: { name, namespace }, spec: { hard: { pods: '2' } } });
  plane.client.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'other', namespace }, spec: template.spec });
  plane.advance(1_000);
  isFull = true;
  plane.client.create(object);
  plane.advance(600_000);
  return { allow: () => (isFull = false) };
}

const podsOfWeb = () => plane.client.list('Pod').filter(({ metadata }) => metadata.name.startsWith('web')).length;

describe('what was refused', () => {
  it.each(
    WORKLOADS.flatMap((object) => CHANGES.map(([what, change]) => ({ kind: object.kind, what, object, change }))),
  )('is tried again at once when $what ($kind)', ({ object, change }) => {
    const world = startRefused(object);
    world.allow();
    plane.advance(100);
    expect(podsOfWeb()).toBe(0);
    change(plane.client);
    plane.advance(100);
    expect(podsOfWeb()).toBe(1);
  });

  it('waits where something else is changed', () => {
    startRefused(WORKLOADS[0] as KubernetesObject).allow();
    plane.client.patch(QUOTA, 'merge', { metadata: { labels: { a: 'b' } } });
    plane.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } });
    plane.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
    plane.client.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'elsewhere' } });
    plane.advance(100);
    expect(podsOfWeb()).toBe(0);
  });

  it('is not looked at once it has gone well', () => {
    startRefused(WORKLOADS[0] as KubernetesObject).allow();
    plane.client.delete(QUOTA);
    plane.settle();
    const before = plane.manager.counters().get('replicaset-controller')?.reconciles;
    plane.client.patch({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }, 'merge', {
      metadata: { labels: { a: 'c' } },
    });
    plane.settle();
    expect(plane.manager.counters().get('replicaset-controller')?.reconciles).toBe(before);
  });
});
