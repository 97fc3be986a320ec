import { describe, expect, it, test } from 'vitest';
import { dataAtRisk } from './data-at-risk.ts';
import { claim, type Draft, find, namespace, type Situation, set, volume } from './testing.ts';

describe('data at risk of a claim that goes', () => {
  const gone = 'PersistentVolumeClaim/shop/data: the claim is deleted';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['what nobody knows counts as lost', undefined, [`error ${gone}, and the data of its volume with it`]],
    [
      'its volume is deleted',
      [claim('pv-1'), volume('Delete')],
      [`error ${gone}, and the data of its volume pv-1 with it`],
    ],
    [
      'its volume is retained',
      [claim('pv-1'), volume('Retain')],
      [`warning ${gone}; its volume pv-1 is retained and is not bound again by itself`],
    ],
    ['it was never bound', [claim()], [`info ${gone}; it was never bound, so that no data goes with it`]],
    ['it is not there', [], []],
  ])('%s', (_, live, expected) => {
    expect(find(dataAtRisk, { before: [claim()], after: [], ...(live === undefined ? {} : { live }) })).toEqual(
      expected,
    );
  });

  it('is none where its annotation keeps it', () => {
    const kept = {
      ...claim(),
      metadata: {
        name: 'data',
        namespace: 'shop',
        annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      },
    };
    expect(find(dataAtRisk, { before: [kept], after: [] })).toEqual([]);
  });

  it('is the same for one that is deleted and made anew', () => {
    const live = [claim('pv-1'), volume('Delete')];
    expect(
      find(dataAtRisk, {
        before: [claim()],
        after: [claim('', 'data', { storageClassName: 'x' })],
        live,
        isReplaced: true,
      }),
    ).toEqual([
      'error PersistentVolumeClaim/shop/data: the claim is deleted and made anew, and the data of its volume pv-1 with it',
    ]);
  });

  it('asks its class or volume where only those are known', () => {
    const kept: Draft = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'kept' },
      provisioner: 'x',
      reclaimPolicy: 'Retain',
    };
    const bound = claim('', 'data', { storageClassName: 'kept' });
    expect(find(dataAtRisk, { before: [kept, bound], after: [kept] })).toEqual([
      `warning ${gone}; its volume is retained and is not bound again by itself`,
    ]);
  });
});

describe('data at risk of a volume', () => {
  const gone = 'PersistentVolume/pv-1: the volume is deleted';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['nobody knows', undefined, [`error ${gone}; what a claim has on it is no longer reached`]],
    ['is bound', [volume('Retain')], [`error ${gone}; what the claim shop/data has on it is no longer reached`]],
    [
      'was left',
      [volume('Retain', 'Released')],
      [`warning ${gone}; what the claim shop/data had left on it is no longer reached`],
    ],
    ['was never used', [volume('Retain', 'Available')], []],
    ['is not there', [], []],
  ])('that %s and goes', (_, live, expected) => {
    const situation = { before: [volume('Retain')], after: [], ...(live === undefined ? {} : { live }) };
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });

  const becomes = 'PersistentVolume/pv-1: its reclaim policy becomes Delete';
  test.each<readonly [string, readonly Draft[] | undefined, readonly string[]]>([
    ['nobody knows', undefined, [`warning ${becomes}: data that was retained goes with its claim from now on`]],
    ['is bound', [volume('Retain')], [`warning ${becomes}: data that was retained goes with its claim from now on`]],
    [
      'was left',
      [volume('Retain', 'Released')],
      [`error ${becomes}: its claim has gone already, so that its data is deleted at once`],
    ],
    ['was never used', [volume('Retain', 'Available')], []],
  ])('that %s and is no longer retained', (_, live, expected) => {
    const situation = {
      before: [volume('Retain')],
      after: [volume('Delete')],
      ...(live === undefined ? {} : { live }),
    };
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });

  it('is told of a class that no longer retains, and not of one that begins to', () => {
    const storageClass = (reclaimPolicy: string): Draft => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'kept' },
      provisioner: 'x',
      reclaimPolicy,
    });
    expect(find(dataAtRisk, { before: [storageClass('Retain')], after: [storageClass('Delete')] })).toEqual([
      'warning StorageClass/kept: its reclaim policy becomes Delete: data on volumes that are made from now on goes with their claims',
    ]);
    expect(find(dataAtRisk, { before: [storageClass('Delete')], after: [storageClass('Retain')] })).toEqual([]);
  });
});

describe('data at risk of a StatefulSet', () => {
  const policy = 'persistentVolumeClaimRetentionPolicy.whenDeleted deletes the claims of its pods with it';
  const live = [
    claim('pv-0', 'data-db-0'),
    claim('pv-1', 'data-db-1'),
    claim('', 'data-db-2'),
    claim('pv-9', 'data-other-0'),
    volume('Delete', 'Bound', 'pv-0'),
    volume('Retain', 'Bound', 'pv-1'),
  ];
  test.each<readonly [string, Situation, readonly string[]]>([
    [
      'goes and keeps its claims',
      { before: [set(3)], after: [] },
      ['warning StatefulSet/shop/db: it is deleted; the claims of its pods stay and are no longer declared anywhere'],
    ],
    [
      'goes and keeps those that have data',
      { before: [set(3)], after: [], live },
      [
        'warning StatefulSet/shop/db: it is deleted; the claims data-db-0, data-db-1 stay and are no longer declared anywhere',
      ],
    ],
    [
      'goes and keeps the one that has data',
      { before: [set(1)], after: [], live: [claim('pv-0', 'data-db-0'), volume('Delete', 'Bound', 'pv-0')] },
      ['warning StatefulSet/shop/db: it is deleted; the claim data-db-0 stays and is no longer declared anywhere'],
    ],
    [
      'goes with its namespace, which takes the claims along',
      { before: [namespace(), set(3)], after: [], live },
      [
        'error Namespace/shop: the namespace is deleted with everything in it, whoever made it, and the data of the claims data-db-0, data-other-0',
      ],
    ],
    ['goes and has none', { before: [set(3)], after: [], live: [] }, []],
    [
      'goes with its claims',
      { before: [set(3, { whenDeleted: 'Delete' })], after: [] },
      [`error StatefulSet/shop/db: it is deleted, and ${policy}`],
    ],
    [
      'goes with its claims, one of which loses data',
      { before: [set(3, { whenDeleted: 'Delete' })], after: [], live },
      [`error StatefulSet/shop/db: it is deleted, and ${policy}, the data of the claim data-db-0 included`],
    ],
    [
      'goes with its claims, all of which are retained',
      {
        before: [set(3, { whenDeleted: 'Delete' })],
        after: [],
        live: live.slice(1).filter(({ metadata }) => metadata.name !== 'pv-0'),
      },
      [`warning StatefulSet/shop/db: it is deleted, and ${policy}; the volumes of the claim data-db-1 are retained`],
    ],
    [
      'is made anew and keeps its claims',
      { before: [set(3)], after: [set(3, {}, { serviceName: 'x' })], live, isReplaced: true },
      [
        'info StatefulSet/shop/db: it is deleted and made anew; the claims data-db-0, data-db-1 stay and are taken up again',
      ],
    ],
    ['shrinks and keeps its claims', { before: [set(3)], after: [set(1)], live }, []],
    [
      'shrinks with its claims',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(0, { whenScaled: 'Delete' })], live },
      [
        'error StatefulSet/shop/db: it is scaled from 3 to 0, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go: the claim data-db-0',
      ],
    ],
    [
      'shrinks by pods whose volumes are retained',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(1, { whenScaled: 'Delete' })], live },
      [
        'warning StatefulSet/shop/db: it is scaled from 3 to 1, and persistentVolumeClaimRetentionPolicy.whenScaled deletes the claims of the pods that go; the volumes of the claim data-db-1 are retained',
      ],
    ],
    [
      'shrinks by pods that never had any',
      { before: [set(3, { whenScaled: 'Delete' })], after: [set(2, { whenScaled: 'Delete' })], live },
      [],
    ],
  ])('that %s', (_, situation, expected) => {
    expect(find(dataAtRisk, situation)).toEqual(expected);
  });
});

it('a namespace that goes is an error where claims lose data with it', () => {
  const everything = 'Namespace/shop: the namespace is deleted with everything in it, whoever made it';
  const situation = { before: [namespace()], after: [] };
  expect(find(dataAtRisk, situation)).toEqual([`error ${everything}`]);
  expect(find(dataAtRisk, { ...situation, live: [claim()] })).toEqual([`warning ${everything}`]);
  expect(find(dataAtRisk, { ...situation, live: [claim('pv-1'), volume('Delete')] })).toEqual([
    `error ${everything}, and the data of the claim data`,
  ]);
});
