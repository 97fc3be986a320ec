import { describe, expect, test } from 'vitest';
import { danglingReferences } from './dangling-references.ts';
import { type Draft, find, namespace, type Situation } from './testing.ts';

describe('a ConfigMap that a change deletes', () => {
  const page = (name = 'page', annotations: object = {}): Draft => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', annotations },
  });
  const reader = (kind: string, source: object = {}): Draft => ({
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      template: { spec: { containers: [], volumes: [{ name: 'page', configMap: { name: 'page', ...source } }] } },
    },
  });
  const waits =
    'its running pods go on, as it is pruned only after the rollout is healthy, but the next pod of it waits for ever';
  const what = 'the change deletes ConfigMap "page" in the namespace shop, and it refers to it';
  const live = [page(), reader('Deployment')];

  test.each<readonly [string, Situation, readonly string[]]>([
    [
      'is missed by a Deployment that the loading of manifests looks at, too',
      { before: [page(), reader('Deployment')], after: [reader('Deployment')], live },
      [`error Deployment/shop/web: ${what}: ${waits}`],
    ],
    [
      'is missed without knowledge of what runs',
      { before: [page(), reader('Deployment')], after: [reader('Deployment')] },
      [`error Deployment/shop/web: ${what}: ${waits}`],
    ],
    [
      'is missed under its old name where it is renamed',
      { before: [page(), reader('StatefulSet')], after: [page('page2'), reader('StatefulSet')] },
      [`error StatefulSet/shop/web: ${what}: ${waits}`],
    ],
    [
      'is a warning where the reference is optional',
      { before: [page()], after: [reader('Deployment', { optional: true })] },
      [`warning Deployment/shop/web: ${what}: the reference is optional, so its next pods start without it`],
    ],
    [
      'is missed by what somebody made by hand',
      { before: [page()], after: [], live },
      [
        `error ConfigMap/shop/page: the change deletes it, and Deployment/shop/web on the box refers to it (spec.template.spec.volumes[0].configMap.name): ${waits}`,
      ],
    ],
    ['goes with what reads it', { before: [page(), reader('Deployment')], after: [], live }, []],
    ['goes with its namespace', { before: [page(), namespace()], after: [], live }, []],
    [
      'stays where its annotation keeps it',
      {
        before: [page('page', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' })],
        after: [reader('Deployment')],
        live,
      },
      [],
    ],
    [
      'is of no matter to a Job that is over',
      {
        before: [page()],
        after: [reader('Job')],
        live: [{ ...reader('Job'), status: { conditions: [{ type: 'Complete', status: 'True' }] } }],
      },
      [],
    ],
  ])('%s', (_, situation, expected) => {
    expect(find(danglingReferences, situation)).toEqual(expected);
  });
});

describe('the class of a claim', () => {
  const claim = (spec: object): Draft => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'shop' },
    spec: { storageClassName: 'manual', ...spec },
  });
  const volume: Draft = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'disk' } };
  const missing =
    'warning PersistentVolumeClaim/shop/data: there is no StorageClass "manual": no volume is made for it';

  test.each<readonly [string, readonly Draft[], readonly string[]]>([
    ['has to be there', [claim({})], [missing]],
    ['is only a name where the claim names its volume', [claim({ volumeName: 'disk' })], []],
    ['is only a name where volumes are declared', [claim({}), volume], []],
  ])('%s', (_, after, expected) => {
    expect(find(danglingReferences, { before: [], after })).toEqual(expected);
  });
});
