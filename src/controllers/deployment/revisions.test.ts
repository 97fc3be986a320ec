import { describe, expect, it } from 'vitest';
import { deploymentOf, replicaSetOf } from '../testing/objects.ts';
import { newReplicaSetAnnotations, REVISION_ANNOTATION, REVISION_HISTORY_ANNOTATION } from './revisions.ts';

function setOf(name: string, revision: string | undefined) {
  const annotations = revision === undefined ? {} : { [REVISION_ANNOTATION]: revision };
  return replicaSetOf({ name, replicas: 0, annotations });
}

describe('newReplicaSetAnnotations', () => {
  it.each<
    [
      rule: string,
      own: string | undefined,
      others: readonly (string | undefined)[],
      revision: string,
      history: string | undefined,
    ]
  >([
    ['gives the first its number', undefined, [], '1', undefined],
    ['counts on from the highest of the others', undefined, ['3', '7', '5'], '8', undefined],
    ['leaves the newest alone', '9', ['8'], '9', undefined],
    ['numbers anew what becomes the newest again', '2', ['3'], '4', '2'],
    ['passes over what is no number', undefined, ['words', undefined, '4'], '5', undefined],
    // Seen by reading: past 2^53 one more is the same number, and past 10^21 it is written with an exponent.
    ['passes over what is too large to be counted', undefined, ['9'.repeat(30), `${2 ** 53}`, '4'], '5', undefined],
    ['keeps the place of a rollback below such a number', '2', ['9'.repeat(30)], '2', undefined],
  ])('%s', (_rule, own, others, revision, history) => {
    const old = others.map((text, index) => setOf(`old${index}`, text));
    const annotations = newReplicaSetAnnotations(deploymentOf({}), setOf('new', own), old);
    expect(annotations[REVISION_ANNOTATION]).toBe(revision);
    expect(annotations[REVISION_HISTORY_ANNOTATION]).toBe(history);
  });
});
