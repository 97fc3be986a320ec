import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod, StatefulSet } from '../../objects/types.ts';
import { ago, NOW_MS, type PodSketch, podOf } from '../testing/objects.ts';
import { computeStatefulSet } from './compute-stateful-set.ts';
import { ordinalOf } from './stateful-identity.ts';

type Spec = NonNullable<StatefulSet['spec']>;

function setOf(replicas: number, spec: Partial<Spec> = {}, over: Partial<StatefulSet['metadata']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      namespace: 'default',
      uid: 'uid-db',
      resourceVersion: '1',
      creationTimestamp: ago(600),
      ...over,
    },
    spec: { replicas, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: {}, ...spec },
    status: { replicas, currentReplicas: replicas },
  };
}

/**
 * `0:new 1:old! 2:new~`: ordinal and revision; `!` not ready, `~` terminating, `x` failed; `held:3`: claims of an
 * earlier pod.
 */
function podsFrom(text: string, over: Partial<PodSketch> = {}): readonly Pod[] {
  return text
    .split(' ')
    .filter((part) => part !== '' && !part.startsWith('held:'))
    .map((part) => {
      const [, ordinal = '', revision = '', flag = ''] = /^(\d+):(\w+?)([!~x]?)$/.exec(part) ?? [];
      return podOf({
        name: `db-${ordinal}`,
        labels: { app: 'db', 'controller-revision-hash': revision },
        ready: flag !== '!' && flag !== 'x',
        deleted: flag === '~',
        ...(flag === 'x' ? { phase: 'Failed' } : {}),
        ...over,
      });
    });
}

function steps(set: StatefulSet, pods: string, over: Partial<PodSketch> = {}): string {
  const revisions = { currentRevision: 'old', updateRevision: 'new' };
  const held = new Set([...pods.matchAll(/held:(\d+)/g)].map(([, ordinal]) => Number(ordinal)));
  return computeStatefulSet({ ...deepFreeze({ set, pods: podsFrom(pods, over), ...revisions, nowMs: NOW_MS }), held })
    .map((action) => (action.type === 'createPod' ? `+${action.ordinal}:${action.revision}` : `-${action.ordinal}`))
    .join(' ');
}

const parallel: Partial<Spec> = { podManagementPolicy: 'Parallel' };
const rolling = (rollingUpdate: NonNullable<NonNullable<Spec['updateStrategy']>['rollingUpdate']>): Partial<Spec> => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate },
});

describe('computeStatefulSet', () => {
  it.each<[rule: string, set: StatefulSet, pods: string, expected: string]>([
    ['creates one pod at a time, in order', setOf(3, rolling({ partition: 0 })), '', '+0:new'],
    ['waits until a pod is ready before the next', setOf(3), '0:new!', ''],
    ['creates the next once it is ready', setOf(3, rolling({ partition: 0 })), '0:new', '+1:new'],
    [
      'creates all at once in parallel',
      setOf(3, { ...parallel, ...rolling({ partition: 0 }) }),
      '0:new!',
      '+1:new +2:new',
    ],
    [
      'counts from ordinals.start',
      setOf(2, { ordinals: { start: 5 }, ...rolling({ partition: 0 }) }),
      '5:new',
      '+6:new',
    ],
    ['deletes a failed pod, so that it comes back', setOf(2), '0:newx 1:new', '-0'],
    ['waits for a failed pod to be gone', setOf(1), '0:new~', ''],
    ['scales down one at a time, the largest first', setOf(1), '0:new 1:new 2:new', '-2'],
    ['waits for a larger one to be gone', setOf(1), '0:new 1:new 2:new~', ''],
    ['does not scale down while a smaller one ails', setOf(2), '0:new 1:new! 2:new', ''],
    ['waits for the smallest that ails before it removes a larger one that ails', setOf(1), '0:new 1:new! 2:new!', ''],
    ['scales down an ailing pod when it is the first that ails', setOf(2), '0:new 1:new 2:new!', '-2'],
    ['waits for several that ail and may recover', setOf(0), '0:new! 1:new! 2:new!', ''],
    ['waits for none that has failed for good', setOf(0), '1:newx 2:newx 3:newx', '-3'],
    ['takes a failed one away at its turn only', setOf(0), '0:new 1:newx 2:new', '-2'],
    ['scales down one that ails above a failed one', setOf(0), '0:new 1:newx 2:new!', '-2'],
    ['waits for one that ails below a failed one, which goes', setOf(0), '0:new! 1:newx', '-1'],
    ['does not scale down a failed one while a replica ails', setOf(1), '0:new! 1:newx', ''],
    ['scales down all at once in parallel', setOf(1, parallel), '0:new 1:new! 2:new', '-2 -1'],
    ['removes ordinals below the start', setOf(1, { ordinals: { start: 2 } }), '1:new 2:new', '-1'],
    ['updates from the largest ordinal, one at a time', setOf(3), '0:old 1:old 2:old', '-2'],
    ['waits for an updated pod before the one below', setOf(3, parallel), '0:old 1:old 2:new!', ''],
    ['goes on once it is ready', setOf(3), '0:old 1:old 2:new', '-1'],
    ['updates one at a time in parallel as well', setOf(3, parallel), '0:old 1:old 2:old', '-2'],
    ['is blocked by a broken pod until that is fixed', setOf(3), '0:old! 1:old 2:old', ''],
    ['leaves pods below the partition alone', setOf(3, rolling({ partition: 2 })), '0:old 1:old 2:new', ''],
    ['updates from the partition on', setOf(3, rolling({ partition: 1 })), '0:old 1:old 2:new', '-1'],
    [
      'counts the partition from the start',
      setOf(2, { ordinals: { start: 5 }, ...rolling({ partition: 1 }) }),
      '5:old 6:new',
      '',
    ],
    ['recreates below the partition as it was', setOf(2, rolling({ partition: 1 })), '1:new', '+0:old'],
    [
      'waits for somebody to delete with OnDelete',
      setOf(2, { updateStrategy: { type: 'OnDelete' } }),
      '0:old 1:old',
      '',
    ],
    ['recreates anew with OnDelete', setOf(2, { updateStrategy: { type: 'OnDelete' } }), '0:old', '+1:new'],
    [
      'updates as many at once as may be unavailable',
      setOf(4, rolling({ maxUnavailable: 2 })),
      '0:old 1:old 2:old 3:old',
      '-3 -2',
    ],
    [
      'rounds maxUnavailable down, once all are there',
      setOf(5, rolling({ maxUnavailable: '50%' })),
      '0:old 1:old 2:old 3:old 4:old',
      '-4 -3',
    ],
    ['but never to nothing', setOf(3, rolling({ maxUnavailable: '10%' })), '0:old 1:old 2:old', '-2'],
    [
      'in parallel replaces what is down anyway before it takes any more down',
      setOf(4, { ...parallel, ...rolling({ maxUnavailable: 2 }) }),
      '0:old! 1:old 2:old 3:old',
      '-0 -3',
    ],
    [
      'also where more are down than may be',
      setOf(4, { ...parallel, ...rolling({ maxUnavailable: 2 }) }),
      '0:old! 1:old! 2:old! 3:old',
      '-2 -1 -0',
    ],
    [
      'counts updated pods that are not available yet, and those that are going',
      setOf(5, { ...parallel, ...rolling({ maxUnavailable: 3 }) }),
      '0:old 1:old 2:old 3:old~ 4:new!',
      '-2',
    ],
    [
      'takes down nothing below the partition, even if it is down',
      setOf(4, { ...parallel, ...rolling({ maxUnavailable: 2, partition: 1 }) }),
      '0:old! 1:old 2:old 3:old',
      '-3',
    ],
    [
      'waits for a claim that goes with an earlier pod of the name',
      setOf(3, { ...rolling({ partition: 0 }) }),
      '0:new 1:new held:2',
      '',
    ],
    [
      'and meanwhile fills other places in parallel',
      setOf(4, { ...parallel, ...rolling({ partition: 0 }) }),
      '0:new held:1',
      '+2:new +3:new',
    ],
    ['does nothing while it is being deleted', setOf(3, {}, { deletionTimestamp: ago(1) }), '0:old', ''],
    ['does nothing when all is done', setOf(2), '0:new 1:new', ''],
    // ordinals.start of a set that runs: the places that are new are filled before those that it leaves are emptied.
    [
      'moves up by one place',
      setOf(2, { ...rolling({ partition: 0 }), ordinals: { start: 6 } }),
      '5:new 6:new',
      '+7:new',
    ],
    [
      'and then leaves the lowest',
      setOf(2, { ...rolling({ partition: 0 }), ordinals: { start: 6 } }),
      '5:new 6:new 7:new',
      '-5',
    ],
    ['moves down', setOf(3, { ...rolling({ partition: 0 }), ordinals: { start: 0 } }), '3:new 4:new 5:new', '+0:new'],
    [
      'and then leaves the highest first',
      setOf(2, { ...rolling({ partition: 0 }), ordinals: { start: 0 } }),
      '0:new 1:new 3:new 4:new',
      '-4',
    ],
    [
      'moves all at once in parallel',
      setOf(2, { ...parallel, ...rolling({ partition: 0 }), ordinals: { start: 3 } }),
      '0:new 1:new',
      '+3:new +4:new -1 -0',
    ],
  ])('%s', (_rule, set, pods, expected) => {
    expect(steps(set, pods)).toBe(expected);
  });

  it('never takes more down for an update than maxUnavailable leaves, and replaces all in the end', () => {
    const place = fc.constantFrom('old', 'old!', 'old~', 'new', 'new!', 'new~');
    const world = fc.record({
      places: fc.array(place, { minLength: 1, maxLength: 8 }),
      maxUnavailable: fc.integer({ min: 1, max: 4 }),
      partition: fc.nat(3),
    });
    fc.assert(
      fc.property(world, ({ places, maxUnavailable, partition }) => {
        const set = setOf(places.length, { ...parallel, ...rolling({ maxUnavailable, partition }) });
        const deleted = steps(set, places.map((state, ordinal) => `${ordinal}:${state}`).join(' '))
          .split(' ')
          .filter((step) => step !== '')
          .map((step) => Number(step.slice(1)));
        const down = places.filter((state) => /[!~]/.test(state)).length;
        const taken = deleted.filter((ordinal) => places[ordinal] === 'old').length;
        expect(taken).toBeLessThanOrEqual(maxUnavailable === 1 ? 1 : Math.max(0, maxUnavailable - down));
        expect(deleted.every((ordinal) => ordinal >= partition && places[ordinal]?.startsWith('old'))).toBe(true);
        const outdated = places.some((state, ordinal) => ordinal >= partition && /^old!?$/.test(state));
        if (outdated && down === 0) expect(deleted).not.toEqual([]);
      }),
      { seed: 5 },
    );
  });

  // stateful_set_control_test (TestStatefulSetControlRollingUpdateWithMaxUnavailableInOrderedModeVerifyInvariant): of
  // six pods those from the third on are updated, two at a time, and some are on their way already.
  it.each([
    ['', '-5 -4'],
    ['5', '-4'],
    ['3', '-5'],
    ['4', '-5'],
    ['4 5', ''],
    ['3 5', ''],
    ['3 4', ''],
    ['3 4 5', ''],
    ['2', '-5'],
    ['1', '-5'],
  ])('with %j going, takes down %j', (going, expected) => {
    const names = going.split(' ');
    const pods = [0, 1, 2, 3, 4, 5].map((ordinal) => `${ordinal}:old${names.includes(`${ordinal}`) ? '~' : ''}`);
    const set = setOf(6, { ...parallel, ...rolling({ partition: 3, maxUnavailable: 2 }) });
    expect(steps(set, pods.join(' '))).toBe(expected);
  });

  it('waits minReadySeconds between pods', () => {
    const set = setOf(2, { minReadySeconds: 30, ...rolling({ partition: 0 }) });
    expect(steps(set, '0:new', { readyFor: 10 })).toBe('');
    expect(steps(set, '0:new', { readyFor: 30 })).toBe('+1:new');
  });

  it.each`
    name         | ordinal
    ${'db-0'}    | ${0}
    ${'db-12'}   | ${12}
    ${'db-01'}   | ${undefined}
    ${'db-x'}    | ${undefined}
    ${'other-1'} | ${undefined}
    ${'my-db-1'} | ${undefined}
  `('$name has ordinal $ordinal', ({ name, ordinal }) => {
    expect(ordinalOf(setOf(1), name)).toBe(ordinal);
  });
});
