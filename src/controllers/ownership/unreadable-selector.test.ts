import { afterEach, describe, expect, it } from 'vitest';
import { builtInRules } from '../../api/object-rules.ts';
import { createTestRegistry } from '../../api/testing.ts';
import { startTestControlPlane, type TestControlPlane, testDeployment } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const FAILURE = '"StartsWith" is not a valid label selector operator';
const selector = { matchExpressions: [{ key: 'app', operator: 'StartsWith', values: ['w'] }] };
const metadata = { name: 'web', namespace: 'default' };
const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
};

/** A store in which a Berth of another version has left an object that this one refuses. */
function startWith(
  ...objects: readonly { readonly apiVersion: string; readonly kind: string; readonly spec: object }[]
) {
  const lenient = createTestRegistry({
    rules: { ...builtInRules, validateObject: () => [], validateUpdate: () => [], validateStatus: () => [] },
  });
  for (const object of objects) lenient.client.create({ ...object, metadata });
  plane = startTestControlPlane({ store: lenient.store });
}

describe('a selector that cannot be read', () => {
  it.each([
    ['apps/v1', 'Deployment', { selector, template }],
    ['apps/v1', 'ReplicaSet', { replicas: 1, selector, template }],
    ['apps/v1', 'StatefulSet', { selector, serviceName: 'web', template }],
    ['apps/v1', 'DaemonSet', { selector, template }],
    [
      ...(['batch/v1', 'Job'] as const),
      { selector, manualSelector: true, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
    ],
  ])('of an %s %s is no reason to try again, and hinders nobody else', (apiVersion, kind, spec) => {
    startWith({ apiVersion, kind, spec });
    plane.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } });
    plane.settle();
    const errors = () => [...plane.manager.counters().values()].reduce((sum, counter) => sum + counter.errors, 0);
    const { revision } = plane.client;
    const before = errors();
    expect(before).toBeGreaterThan(0);
    plane.advance(3_600_000);
    expect([errors(), plane.client.revision]).toEqual([before, revision]);
    expect(plane.client.list('Pod')).toEqual([]);
    plane.client.create(testDeployment('other', { replicas: 2 }));
    plane.settle();
    expect(plane.client.list('Pod')).toHaveLength(2);
    plane.client.delete({ apiVersion, kind, ...metadata });
    plane.settle();
    expect(plane.client.getObject({ apiVersion, kind, ...metadata })).toBeUndefined();
  });

  it('is why an autoscaler cannot scale', () => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    startWith(
      { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector, template } },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 3 },
      },
    );
    plane.advance(60_000);
    const { status } = plane.client.get('HorizontalPodAutoscaler', metadata) ?? {};
    expect(status?.conditions?.[0]).toMatchObject({
      ...{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' },
      message: `the HPA controller was unable to get the target's current scale: ${FAILURE}`,
    });
  });
});
