import { describe, expect, it } from 'vitest';
import { orphanedPods } from './orphaned-pods.ts';
import { type Draft, find, workload } from './testing.ts';

describe('a selector that changes', () => {
  const other = { ...workload('Deployment', 'a'), spec: { ...(workload('Deployment', 'b').spec as object) } };
  it('orphans the pods that run', () => {
    expect(find(orphanedPods, { before: [workload('Deployment', 'a')], after: [other] })).toHaveLength(1);
  });
  it('orphans nothing where the object is deleted and made anew: its pods go with it', () => {
    expect(find(orphanedPods, { before: [workload('Deployment', 'a')], after: [other], isReplaced: true })).toEqual([]);
  });
  it('orphans pods of a ReplicationController, which takes it', () => {
    const controller = (app: string): Draft => ({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'a', namespace: 'shop' },
      spec: { selector: { app }, template: { metadata: { labels: { app } }, spec: { containers: [] } } },
    });
    expect(find(orphanedPods, { before: [controller('a')], after: [controller('b')] })).toEqual([
      'error ReplicationController/shop/a: its selector changes: the 2 pods that run belong to nobody from then on',
    ]);
  });
});
