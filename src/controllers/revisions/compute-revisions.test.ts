import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import { templateHash } from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';
import { computeRevisionCleanup, computeRevisions, type RevisionAction } from './compute-revisions.ts';

const template = (image: string) => ({
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'db', image }] },
});

function owner(name: string, kind = 'StatefulSet') {
  const metadata = { name, namespace: 'shop', uid: name, resourceVersion: '1', creationTimestamp: '' };
  return { apiVersion: 'apps/v1', kind, metadata };
}

const controlledBy = (uid: string) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: uid,
  uid,
  controller: true,
});

interface Kept {
  readonly name: string;
  readonly image?: string;
  readonly revision?: number;
  readonly made?: string;
  /** uid of its controller; `''` for an orphan. */
  readonly of?: string;
}

function kept({ name, image = 'db:1', revision = 1, made = '2026-01-01T00:00:00Z', of = 'ss1' }: Kept): StoredObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      ...{ name, namespace: 'shop', uid: name, resourceVersion: '1', creationTimestamp: made, labels: { app: 'db' } },
      ...(of === '' ? {} : { ownerReferences: [controlledBy(of)] }),
    },
    data: { spec: { template: { ...template(image), $patch: 'replace' } } },
    revision,
  } as StoredObject;
}

function described(action: RevisionAction): string {
  if (action.type === 'createRevision') return `create ${action.object.metadata?.name} ${action.object['revision']}`;
  if (action.type === 'renumberRevision') return `renumber ${action.revision.metadata.name} ${action.number}`;
  return `${action.type === 'adoptRevision' ? 'adopt' : 'delete'} ${action.revision.metadata.name}`;
}

function decided(image: string, revisions: readonly Kept[], collisionCount = 0) {
  const { actions, ...result } = computeRevisions(
    deepFreeze({
      ...{ owner: owner('ss1'), template: template(image), selector: { matchLabels: { app: 'db' } } },
      ...{ collisionCount, revisions: revisions.map(kept) },
    }),
  );
  return [actions.map(described), result.updateRevision, result.collisionCount];
}

const named = (image: string, collisions = 0) => `ss1-${templateHash(template(image), collisions)}`;

describe('the revisions of an owner', () => {
  // TestFindEqualRevisions, TestRealHistory_CreateControllerRevision and TestRealHistory_AdoptControllerRevision of
  // pkg/controller/history.
  it.each<[string, string, readonly Kept[], readonly unknown[]]>([
    ['finds nothing when empty', 'db:1', [], [[`create ${named('db:1')} 1`], named('db:1'), 0]],
    [
      'finds nothing with no matches',
      'db:1',
      [
        { name: 'a', of: 'ss2' },
        { name: 'b', of: 'ss2', revision: 7 },
      ],
      [[`create ${named('db:1')} 1`], named('db:1'), 0],
    ],
    ['finds equivalent', 'db:1', [{ name: 'a' }, { name: 'b', of: 'ss2' }], [[], 'a', 0]],
    [
      'finds equivalent, and not the newest',
      'db:1',
      [{ name: 'a' }, { name: 'b', image: 'db:2', revision: 4 }],
      [['renumber a 5'], 'a', 0],
    ],
    [
      'finds the newest of several that are equivalent',
      'db:1',
      [
        { name: 'a', revision: 3 },
        { name: 'b', revision: 2 },
        { name: 'c', image: 'db:2' },
      ],
      [[], 'a', 0],
    ],
    ['creates the next', 'db:2', [{ name: 'a', revision: 6 }], [[`create ${named('db:2')} 7`], named('db:2'), 0]],
    ['waits for another name where it is taken', 'db:1', [{ name: named('db:1'), of: 'ss2' }], [[], '', 1]],
    ['adopting an orphan', 'db:1', [{ name: 'a', of: '' }], [['adopt a'], 'a', 0]],
    [
      'adopting an owned revision',
      'db:1',
      [{ name: 'a', of: 'ss2' }],
      [[`create ${named('db:1')} 1`], named('db:1'), 0],
    ],
  ])('%s', (_name, image, revisions, expected) => expect(decided(image, revisions)).toEqual(expected));

  it('takes another name after a collision', () => {
    expect(decided('db:1', [{ name: named('db:1'), of: 'ss2' }], 1)).toEqual([
      [`create ${named('db:1', 1)} 1`],
      named('db:1', 1),
      1,
    ]);
  });

  // TestSortControllerRevisions.
  const LATER = '2026-01-01T00:00:01Z';
  it.each<[string, readonly Kept[], string]>([
    [
      'out of order',
      [
        { name: 'b', revision: 2 },
        { name: 'c', revision: 1 },
        { name: 'a', revision: 3 },
      ],
      'c b a',
    ],
    [
      'sorted',
      [
        { name: 'c', revision: 1 },
        { name: 'b', revision: 2 },
        { name: 'a', revision: 3 },
      ],
      'c b a',
    ],
    [
      'reversed',
      [
        { name: 'a', revision: 3 },
        { name: 'b', revision: 2 },
        { name: 'c', revision: 1 },
      ],
      'c b a',
    ],
    [
      'with ties',
      [
        { name: 'a', revision: 3, made: LATER },
        { name: 'b', revision: 3, made: LATER },
        { name: 'c', revision: 3 },
        { name: 'd', revision: 2 },
      ],
      'd c a b',
    ],
    ['empty', [], ''],
  ])('go in the order of their numbers: %s', (_name, revisions, expected) => {
    const snapshot = { owner: owner('ss1'), revisions: revisions.map(kept) };
    const gone = computeRevisionCleanup(deepFreeze(snapshot), { limit: 0, inUse: new Set() });
    expect(gone.map((action) => described(action).slice('delete '.length)).join(' ')).toBe(expected);
  });

  it.each([
    ['StatefulSet', 'controller.kubernetes.io/hash'],
    ['DaemonSet', 'controller-revision-hash'],
  ])('say their hash as Kubernetes does for a %s', (kind, label) => {
    const selector = { matchLabels: { app: 'db' } };
    const snapshot = {
      owner: owner('ss1', kind),
      template: template('db:1'),
      selector,
      collisionCount: 0,
      revisions: [],
    };
    const [action] = computeRevisions(deepFreeze(snapshot)).actions;
    const labels = action?.type === 'createRevision' ? action.object.metadata?.labels : undefined;
    expect(labels).toEqual({ app: 'db', [label]: templateHash(template('db:1'), 0) });
  });
});
