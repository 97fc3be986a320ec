import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { Pod, ReplicaSet } from '../../objects/types.ts';
import {
  ago,
  type DeploymentSketch,
  deploymentOf,
  NOW_MS,
  podOf,
  podsOf,
  replicaSetOf,
  type SetSketch,
} from '../testing/objects.ts';
import { computeDeployment, type DeploymentSnapshot } from './compute-deployment.ts';
import { computeDeploymentStatus } from './deployment-status.ts';
import { newReplicaSetName } from './new-replica-set.ts';

const NEW = { name: 'new', image: 'app:2', revision: 2 };
const OLD = { name: 'old', image: 'app:1', revision: 1, age: 6000 };

/** The annotations of a set that was sized when the Deployment wanted `desired` pods and allowed `max`. */
function sized(desired: number, max: number) {
  return {
    annotations: {
      'deployment.kubernetes.io/desired-replicas': `${desired}`,
      'deployment.kubernetes.io/max-replicas': `${max}`,
    },
  };
}

function compute(
  sketch: DeploymentSketch,
  sets: readonly SetSketch[],
  pods: readonly Pod[],
  over: Partial<DeploymentSnapshot> = {},
) {
  const deployment = deploymentOf({ annotations: { 'deployment.kubernetes.io/revision': '2' }, ...sketch });
  const replicaSets = sets.map(replicaSetOf);
  return computeDeployment(
    deepFreeze({ deployment, replicaSets, pods, nameHolder: undefined, nowMs: NOW_MS, ...over }),
  );
}

/** `new 3→5`, `create 2`, … for every action but annotations alone. */
function steps(...args: Parameters<typeof compute>): readonly string[] {
  return compute(...args).actions.flatMap((action): string[] => {
    if (action.type === 'createReplicaSet') return [`create ${action.replicas}`];
    if (action.type === 'setRevision') return [`revision ${action.revision}`];
    if (action.type !== 'changeReplicaSet') return [`${action.type} ${action.replicaSet.metadata.name}`];
    const { from, to } = action.replicas;
    return from === to ? [] : [`${action.replicaSet.metadata.name} ${from}→${to}`];
  });
}

describe('a rolling update of 10 replicas, 25 % of each', () => {
  it.each<[rule: string, sets: readonly SetSketch[], pods: readonly Pod[], expected: readonly string[]]>([
    [
      'creates the new set with what the surge allows, and takes down what may be unavailable',
      [{ ...OLD, replicas: 10, revision: 1 }],
      podsOf('old', 10),
      ['create 3', 'old 10→8'],
    ],
    [
      'grows the new set by what the old one has given up',
      [
        { ...OLD, replicas: 8 },
        { ...NEW, replicas: 3 },
      ],
      [...podsOf('old', 8), ...podsOf('new', 3, { ready: false })],
      ['new 3→5'],
    ],
    [
      'waits while old pods that are not wanted any more still exist',
      [
        { ...OLD, replicas: 8 },
        { ...NEW, replicas: 3 },
      ],
      [...podsOf('old', 10), ...podsOf('new', 3, { ready: false })],
      [],
    ],
    [
      'shrinks the old set as new pods get available',
      [
        { ...OLD, replicas: 8 },
        { ...NEW, replicas: 5 },
      ],
      [...podsOf('old', 8), ...podsOf('new', 2), ...podsOf('new', 3, { ready: false })],
      ['old 8→6'],
    ],
    [
      'leaves the old set alone when the new one does not get ready, even if an old pod fails',
      [
        { ...OLD, replicas: 8 },
        { ...NEW, replicas: 5 },
      ],
      [...podsOf('old', 7), ...podsOf('old', 1, { ready: false }), ...podsOf('new', 5, { ready: false })],
      [],
    ],
    [
      'removes unhealthy old pods first, oldest set first',
      [
        { ...OLD, name: 'older', image: 'app:0', replicas: 2, age: 9000 },
        { ...OLD, replicas: 8 },
        { ...NEW, replicas: 3 },
      ],
      [...podsOf('older', 2, { ready: false }), ...podsOf('old', 8), ...podsOf('new', 3)],
      ['older 2→0', 'old 8→5'],
    ],
    [
      'does not rely on pods that a set has yet to delete',
      [
        { ...OLD, replicas: 3 },
        { ...NEW, replicas: 6 },
      ],
      [...podsOf('old', 6), ...podsOf('new', 5), ...podsOf('new', 1, { ready: false })],
      ['new 6→7'],
    ],
    ['brings a set that was scaled by hand back', [{ ...NEW, replicas: 14 }], podsOf('new', 14), ['new 14→10']],
    [
      'does nothing when all is done',
      [
        { ...OLD, replicas: 0 },
        { ...NEW, replicas: 10 },
      ],
      podsOf('new', 10),
      [],
    ],
  ])('%s', (_rule, sets, pods, expected) => {
    expect(steps({}, sets, pods).filter((step) => !step.startsWith('revision'))).toEqual(expected);
  });
});

describe('a Recreate', () => {
  const sketch = { replicas: 3, spec: { strategy: { type: 'Recreate' } } } as const;
  it.each<[rule: string, sets: readonly SetSketch[], pods: readonly Pod[], expected: readonly string[]]>([
    ['scales the old set to nothing first', [{ ...OLD, replicas: 3 }], podsOf('old', 3), ['old 3→0']],
    [
      'waits for the last old pod to go',
      [{ ...OLD, replicas: 0 }],
      [podOf({ name: 'p', owner: 'old', deleted: true })],
      [],
    ],
    [
      'does not wait for pods that have ended',
      [{ ...OLD, replicas: 0 }],
      [podOf({ name: 'p', owner: 'old', phase: 'Failed' })],
      ['create 3'],
    ],
    [
      'starts an existing new set at once',
      [
        { ...OLD, replicas: 0 },
        { ...NEW, replicas: 0 },
      ],
      [],
      ['new 0→3'],
    ],
  ])('%s', (_rule, sets, pods, expected) => {
    expect(steps(sketch, sets, pods).filter((step) => !step.startsWith('revision'))).toEqual(expected);
  });
});

describe('scaling during a rollout', () => {
  const scaled = (replicas: number, spec: DeploymentSketch['spec'] = {}): DeploymentSketch => ({
    replicas,
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } }, ...spec },
  });
  const pods = (old: number, fresh: number) => [...podsOf('old', old), ...podsOf('new', fresh)];
  it.each<[rule: string, sketch: DeploymentSketch, old: number, fresh: number, expected: readonly string[]]>([
    ['splits 10→15 in proportion: 3 to the old set, 2 to the new one', scaled(15), 8, 5, ['new 5→7', 'old 8→11']],
    ['splits 10→5 in proportion', scaled(5), 8, 5, ['new 5→3', 'old 8→5']],
    ['gives what rounding leaves over to the largest', scaled(14), 12, 1, ['old 12→16']],
    ['takes everything down to 0', scaled(0), 8, 5, ['new 5→0', 'old 8→0']],
    ['gives the newer of two equal sets its share first', scaled(11), 6, 6, ['new 6→8']],
  ])('%s', (_rule, sketch, old, fresh, expected) => {
    const sets = [
      { ...OLD, replicas: old, ...sized(10, 13) },
      { ...NEW, replicas: fresh, ...sized(10, 13) },
    ];
    expect(steps(sketch, sets, pods(old, fresh)).filter((step) => !step.startsWith('revision'))).toEqual(expected);
  });

  it('scales the only set with pods', () => {
    const sets = [
      { ...OLD, replicas: 0 },
      { ...NEW, replicas: 10, ...sized(10, 13) },
    ];
    expect(steps(scaled(4), sets, podsOf('new', 10))).toContain('new 10→4');
  });

  it('drops the old sets when the new one is complete', () => {
    const sets = [
      { ...OLD, replicas: 2, ...sized(12, 15) },
      { ...NEW, replicas: 10, ...sized(10, 13) },
    ];
    expect(steps(scaled(10), sets, pods(2, 10))).toContain('old 2→0');
  });

  it('trades a healthy pod for one that is not when rounding would go below what must stay available', () => {
    const spec = {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } },
    } as const;
    const sets = [
      { ...OLD, replicas: 5, ...sized(10, 10) },
      { ...NEW, replicas: 5, ...sized(10, 10) },
    ];
    const unready = [...podsOf('old', 5), ...podsOf('new', 5, { ready: false })];
    expect(steps({ replicas: 5, spec }, sets, unready).filter((step) => step.includes('→'))).toEqual([
      'new 5→2',
      'old 5→3',
    ]);
  });

  it('remembers the new size on every set with pods, so that the rollout goes on', () => {
    const sets = [
      { ...OLD, replicas: 8, ...sized(9, 12) },
      { ...NEW, replicas: 5, ...sized(9, 12) },
    ];
    const { actions } = compute(scaled(10), sets, pods(8, 5));
    const desired = actions.map((action) =>
      action.type === 'changeReplicaSet' ? action.annotations['deployment.kubernetes.io/desired-replicas'] : '',
    );
    expect(desired).toEqual(['10', '10']);
  });
});

describe('revisions', () => {
  it('makes a set that is needed again the newest, and remembers what it was', () => {
    const sets = [
      { ...NEW, revision: 1, replicas: 0, annotations: { 'deployment.kubernetes.io/revision-history': '0' } },
      { ...OLD, revision: 2, replicas: 10 },
    ];
    const { actions } = compute({}, sets, podsOf('old', 10));
    const change = actions.find(
      (action) => action.type === 'changeReplicaSet' && action.replicaSet.metadata.name === 'new',
    );
    expect(change).toMatchObject({
      annotations: { 'deployment.kubernetes.io/revision': '3', 'deployment.kubernetes.io/revision-history': '0,1' },
    });
    expect(actions).toContainEqual({ type: 'setRevision', revision: '3', reason: 'NewestRevision' });
  });

  it('compares templates without the hash label, and takes the oldest of equal ones', () => {
    const sets = [
      { ...NEW, name: 'twin', replicas: 0 },
      { ...NEW, replicas: 10, age: 7000 },
    ];
    expect(steps({}, sets, podsOf('new', 10))).not.toContain('create 0');
    expect(steps({}, sets, podsOf('new', 10)).filter((step) => step.startsWith('new'))).toEqual([]);
  });

  it('passes annotations on, except those that are its own', () => {
    const annotations = { team: 'shop', 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const { actions } = compute({ annotations }, [], []);
    const created = actions.find((action) => action.type === 'createReplicaSet');
    expect(created?.type === 'createReplicaSet' && created.object.metadata?.annotations).toEqual({
      team: 'shop',
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '10',
      'deployment.kubernetes.io/max-replicas': '13',
    });
  });

  it('puts the hash into name, labels, selector and template', () => {
    const deployment = deploymentOf();
    const { actions } = compute({}, [], []);
    const created = actions.find((action) => action.type === 'createReplicaSet');
    if (created?.type !== 'createReplicaSet') throw new Error('nothing created');
    const hash = created.name.slice('web-'.length);
    const labels = { app: 'web', 'pod-template-hash': hash };
    expect(created.name).toBe(newReplicaSetName(deployment));
    expect(created.object).toMatchObject({
      metadata: {
        name: created.name,
        labels,
        ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } },
    });
  });

  it('deletes the oldest empty sets beyond the history limit once the rollout is complete', () => {
    const history = [1, 2, 3].map((revision) => ({
      name: `old${revision}`,
      image: `app:0${revision}`,
      replicas: 0,
      revision,
    }));
    const status = { observedGeneration: 2, replicas: 10, updatedReplicas: 10, availableReplicas: 10 };
    const sets = [...history, { ...NEW, replicas: 10, revision: 4 }];
    const limited = { spec: { revisionHistoryLimit: 1 }, annotations: { 'deployment.kubernetes.io/revision': '4' } };
    expect(steps({ ...limited, status }, sets, podsOf('new', 10))).toEqual([
      'deleteReplicaSet old1',
      'deleteReplicaSet old2',
    ]);
    expect(steps(limited, sets, podsOf('new', 10))).toEqual([]);
  });

  it('raises the collision count when the name is taken', () => {
    const nameHolder: ReplicaSet = replicaSetOf({ name: 'taken', replicas: 1, owner: 'other' });
    const { actions, collisionCount } = compute({ status: { collisionCount: 1 } }, [], [], { nameHolder });
    expect(actions).toEqual([]);
    expect(collisionCount).toBe(2);
    const [before, after] = [1, 2].map((count) =>
      newReplicaSetName(deploymentOf({ status: { collisionCount: count } })),
    );
    expect(before).not.toBe(after);
  });
});

describe('a Deployment', () => {
  it('adopts and releases ReplicaSets by its selector', () => {
    const sets = [
      { ...NEW, replicas: 10 },
      { ...OLD, name: 'orphan', owner: '', replicas: 0 },
      { ...OLD, name: 'stray', labels: { app: 'other' }, replicas: 0 },
      { ...OLD, name: 'foreign', owner: 'somebody', replicas: 3 },
    ];
    const adoption = steps({}, sets, podsOf('new', 10)).filter((step) => step.includes('ReplicaSet'));
    expect(adoption).toEqual(['adoptReplicaSet orphan', 'releaseReplicaSet stray']);
  });

  it('does nothing while it is being deleted', () => {
    expect(steps({ deleted: true }, [{ ...OLD, replicas: 3 }], podsOf('old', 3))).toEqual([]);
  });

  it('passes minReadySeconds on to the new set only', () => {
    const sets = [
      { ...OLD, replicas: 0 },
      { ...NEW, replicas: 10 },
    ];
    const { actions } = compute({ spec: { minReadySeconds: 5 } }, sets, podsOf('new', 10));
    expect(actions).toMatchObject([
      { type: 'changeReplicaSet', replicaSet: { metadata: { name: 'new' } }, minReadySeconds: 5 },
    ]);
  });
});

describe('computeDeploymentStatus', () => {
  type Sketch = { deployment?: DeploymentSketch; sets?: readonly SetSketch[]; nowMs?: number; judgeProgress?: boolean };
  const statusOf = ({
    deployment = {},
    sets = [{ ...NEW, replicas: 10 }],
    nowMs = NOW_MS,
    judgeProgress = true,
  }: Sketch) =>
    computeDeploymentStatus(
      deepFreeze({
        deployment: deploymentOf(deployment),
        replicaSets: sets.map(replicaSetOf),
        creation: undefined,
        judgeProgress,
        collisionCount: 0,
        nowMs,
      }),
    );
  const progressing = (reason: string, status = 'True', updated = 100) => ({
    conditions: [
      { type: 'Progressing', status, reason, lastUpdateTime: ago(updated), lastTransitionTime: ago(updated) },
    ],
  });
  const progress = (sketch: Sketch) => {
    const found = statusOf(sketch).status.conditions?.find(({ type }) => type === 'Progressing');
    return found === undefined ? undefined : `${found.status} ${found.reason}: ${found.message}`;
  };
  const rolling = [
    { ...OLD, replicas: 8 },
    { ...NEW, replicas: 5, status: { replicas: 5, readyReplicas: 2, availableReplicas: 2 } },
  ];

  it('adds up the sets', () => {
    expect(statusOf({ sets: rolling }).status).toMatchObject({
      observedGeneration: 2,
      replicas: 13,
      updatedReplicas: 5,
      readyReplicas: 10,
      availableReplicas: 10,
      unavailableReplicas: 3,
    });
  });

  it.each<[rule: string, sketch: Sketch, expected: string | undefined]>([
    [
      'found',
      {
        deployment: { status: { updatedReplicas: 5, replicas: 13, readyReplicas: 10, availableReplicas: 10 } },
        sets: rolling,
      },
      'True FoundNewReplicaSet: Found new replica set "new"',
    ],
    ['progressing', { sets: rolling }, 'True ReplicaSetUpdated: ReplicaSet "new" is progressing.'],
    ['complete', {}, 'True NewReplicaSetAvailable: ReplicaSet "new" has successfully progressed.'],
    [
      'too slow',
      {
        deployment: {
          status: {
            ...progressing('ReplicaSetUpdated', 'True', 601),
            updatedReplicas: 5,
            replicas: 13,
            readyReplicas: 10,
            availableReplicas: 10,
          },
        },
        sets: rolling,
      },
      'False ProgressDeadlineExceeded: ReplicaSet "new" has timed out progressing.',
    ],
    [
      'paused',
      { deployment: { spec: { paused: true } }, judgeProgress: false },
      'Unknown DeploymentPaused: Deployment is paused',
    ],
    [
      'resumed',
      { deployment: { status: progressing('DeploymentPaused', 'Unknown') }, judgeProgress: false },
      'Unknown DeploymentResumed: Deployment is resumed',
    ],
    [
      'not watched',
      { deployment: { spec: { progressDeadlineSeconds: 2147483647 }, status: progressing('ReplicaSetUpdated') } },
      undefined,
    ],
  ])('says Progressing when it is %s', (_rule, sketch, expected) => {
    expect(progress(sketch)).toBe(expected);
  });

  it('keeps a missed deadline through a pause', () => {
    const deployment = { spec: { paused: true }, status: progressing('ProgressDeadlineExceeded', 'False') };
    expect(progress({ deployment, judgeProgress: false })).toMatch(/^False ProgressDeadlineExceeded/);
  });

  it('asks to be looked at when the deadline passes, and not once complete', () => {
    const status = {
      ...progressing('ReplicaSetUpdated', 'True', 100),
      updatedReplicas: 5,
      replicas: 13,
      readyReplicas: 10,
      availableReplicas: 10,
    };
    expect(statusOf({ deployment: { status }, sets: rolling }).requeueAfterMs).toBe(501_000);
    expect(statusOf({}).requeueAfterMs).toBeUndefined();
  });

  it('renews only the update time while progress goes on', () => {
    const status = progressing('ReplicaSetUpdated', 'True', 100);
    const [condition] = (statusOf({ deployment: { status }, sets: rolling }).status.conditions ?? []).slice(-1);
    expect(condition).toMatchObject({ lastUpdateTime: ago(0), lastTransitionTime: ago(100) });
  });

  it.each`
    available | expected
    ${8}      | ${'True MinimumReplicasAvailable'}
    ${7}      | ${'False MinimumReplicasUnavailable'}
  `('is available with $available of 10, 2 of which may be missing: $expected', ({ available, expected }) => {
    const sets = [{ ...NEW, replicas: 10, status: { replicas: 10, availableReplicas: available } }];
    const found = statusOf({ sets }).status.conditions?.find(({ type }) => type === 'Available');
    expect(`${found?.status} ${found?.reason}`).toBe(expected);
  });

  it('shows the failure of a ReplicaSet, and drops it when it is over', () => {
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' };
    const sets = [{ ...NEW, replicas: 10, status: { replicas: 0, conditions: [failure] } }];
    const failed = statusOf({ sets }).status;
    expect(failed.conditions?.find(({ type }) => type === 'ReplicaFailure')).toMatchObject(failure);
    const healed = statusOf({ deployment: { status: failed } }).status;
    expect(healed.conditions?.some(({ type }) => type === 'ReplicaFailure')).toBe(false);
  });

  it('settles: the status of a settled Deployment is the same again', () => {
    const { status } = statusOf({});
    expect(statusOf({ deployment: { status }, nowMs: NOW_MS + 3_600_000 }).status).toEqual(status);
  });
});
