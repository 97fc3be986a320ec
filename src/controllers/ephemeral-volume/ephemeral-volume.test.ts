import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../objects/types.ts';
import { startTestControlPlane, type TestControlPlane } from '../testing/control-plane.ts';

let plane: TestControlPlane;
afterEach(() => plane.stop());

const CLAIM_SPEC = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

function pod(name: string, volumes: readonly object[], namespace = 'default'): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'app', image: 'app:1' }], volumes: [...volumes] },
  };
}

const ephemeral = (name: string) => ({ name, ephemeral: { volumeClaimTemplate: { spec: CLAIM_SPEC } } });

const claim = (name: string, namespace = 'default'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace },
  spec: CLAIM_SPEC,
});

const quota = (claims: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'few', namespace: 'default' },
  spec: { hard: { persistentvolumeclaims: claims } },
});

function start(...objects: readonly KubernetesObject[]): void {
  plane = startTestControlPlane();
  for (const object of objects) plane.client.create(object);
  plane.settle();
}

const controllers = () =>
  Object.fromEntries(
    plane.client
      .list('PersistentVolumeClaim')
      .map(({ metadata }) => [
        `${metadata.namespace}/${metadata.name}`,
        metadata.ownerReferences?.find(({ controller }) => controller === true)?.name ?? '',
      ]),
  );
const told = () =>
  plane.client
    .list('Event', { namespace: 'default' })
    .filter(({ reason, involvedObject }) => reason === 'FailedBinding' && involvedObject.kind === 'Pod')
    .map(({ type, message, source }) => `${type} from ${source?.component}: ${message}`);
const removed = (kind: string, name: string) => {
  plane.client.delete({ apiVersion: 'v1', kind, namespace: 'default', name });
  plane.settle();
};

const IN_THE_WAY =
  'Warning from ephemeral_volume: ephemeral volume scratch: PVC default/web-scratch was not created for pod default/web (pod is not owner)';

describe('the claims of ephemeral volumes', () => {
  // TestSyncHandler of pkg/controller/volume/ephemeral.
  it.each<[string, readonly KubernetesObject[], Record<string, string>, readonly string[]]>([
    ['create', [pod('web', [ephemeral('scratch')])], { 'default/web-scratch': 'web' }, []],
    ['no-volumes', [pod('web', [])], {}, []],
    ['not-ephemeral', [pod('web', [{ name: 'scratch', emptyDir: {} }])], {}, []],
    [
      'create-with-other-PVC',
      [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } },
        claim('web-scratch', 'other'),
        pod('web', [ephemeral('scratch')]),
      ],
      { 'default/web-scratch': 'web', 'other/web-scratch': '' },
      [],
    ],
    [
      'wrong-PVC-owner',
      [claim('web-scratch'), pod('web', [ephemeral('scratch')])],
      { 'default/web-scratch': '' },
      [IN_THE_WAY],
    ],
  ])('%s', (_name, objects, claims, events) => {
    start(...objects);
    expect([controllers(), told()]).toEqual([claims, events]);
  });

  it('are made once the claim in their way is gone, and anew when they are deleted', () => {
    start(claim('web-scratch'), pod('web', [ephemeral('scratch')]));
    removed('PersistentVolumeClaim', 'web-scratch');
    plane.advance(60_000);
    expect(controllers()).toEqual({ 'default/web-scratch': 'web' });
    const before = plane.client.get('PersistentVolumeClaim', { namespace: 'default', name: 'web-scratch' });
    removed('PersistentVolumeClaim', 'web-scratch');
    const after = plane.client.get('PersistentVolumeClaim', { namespace: 'default', name: 'web-scratch' });
    expect([controllers(), after?.metadata.uid === before?.metadata.uid]).toEqual([
      { 'default/web-scratch': 'web' },
      false,
    ]);
  });

  it('that are refused are told of on the pod, and tried again', () => {
    start(quota('1'), pod('web', ['first', 'second', 'third'].map(ephemeral)));
    expect(controllers()).toEqual({ 'default/web-first': 'web' });
    expect(told()).toEqual([
      expect.stringMatching(
        /^Warning from ephemeral_volume: ephemeral volume second: create PVC web-second: .*exceeded quota: few/,
      ),
    ]);
    removed('ResourceQuota', 'few');
    plane.advance(600_000);
    expect(Object.keys(controllers())).toEqual(['default/web-first', 'default/web-second', 'default/web-third']);
  });
});
