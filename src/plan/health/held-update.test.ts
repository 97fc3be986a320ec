import { expect, test } from 'vitest';
import type { Pod, StatefulSet } from '../../objects/types.ts';
import { findHeldUpdate } from './held-update.ts';

const BAD = { revision: 'db-1', ready: 'False' };

function setOf(spec: object = {}): StatefulSet {
  return { metadata: { name: 'db' }, spec, status: { updateRevision: 'db-2' } } as unknown as StatefulSet;
}

function podOf({ revision, ready }: typeof BAD, metadata: object = {}): Pod {
  return {
    metadata: { name: 'db-1', namespace: 'shop', labels: { 'controller-revision-hash': revision }, ...metadata },
    status: { phase: 'Pending', conditions: [{ type: 'Ready', status: ready }] },
  } as unknown as Pod;
}

test('a pod of an older revision that does not get ready holds an update up', () => {
  expect(findHeldUpdate(setOf(), [podOf(BAD)])).toEqual({ pod: 'db-1', command: 'kubectl delete pod -n shop db-1' });
});

test.each<readonly [string, StatefulSet, Pod]>([
  ['of the newest revision', setOf(), podOf({ ...BAD, revision: 'db-2' })],
  ['that is ready', setOf(), podOf({ ...BAD, ready: 'True' })],
  ['that goes', setOf(), podOf(BAD, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ['that a partition keeps', setOf({ updateStrategy: { rollingUpdate: { partition: 2 } } }), podOf(BAD)],
  ['of a set whose pods go by hand', setOf({ updateStrategy: { type: 'OnDelete' } }), podOf(BAD)],
  ['of a set that waits for none', setOf({ podManagementPolicy: 'Parallel' }), podOf(BAD)],
])('a pod %s does not', (_what, set, pod) => {
  expect(findHeldUpdate(set, [pod])).toBeUndefined();
});
