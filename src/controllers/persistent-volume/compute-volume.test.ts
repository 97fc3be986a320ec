import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import { claimOf, volumeOf } from '../../objects/storage/testing.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../objects/types.ts';
import { computeVolume } from './compute-volume.ts';

const MINE = { reservedFor: 'data', reservedUid: 'uid-data' };

function steps(volume: PersistentVolume, claim?: PersistentVolumeClaim): string {
  return computeVolume(deepFreeze({ volume, claim }))
    .map((action) => {
      if (action.type === 'setPhase') return action.phase;
      if (action.type === 'report') return `${action.reason}: ${action.message}`;
      if (action.type === 'lookAtClaim') return `look at ${action.namespace}/${action.name}`;
      return `unbind ${JSON.stringify(action.volume.spec?.claimRef ?? null)}`;
    })
    .join(', ');
}

describe('computeVolume', () => {
  it.each<[rule: string, volume: PersistentVolume, claim: PersistentVolumeClaim | undefined, expected: string]>([
    ['is available when nobody claims it', volumeOf('v', { phase: 'Pending' }), undefined, 'Available'],
    [
      'is available while it is only reserved',
      volumeOf('v', { phase: 'Pending', reservedFor: 'data' }),
      claimOf({}),
      'Available',
    ],
    ['looks at a claim that does not know of it yet', volumeOf('v', MINE), claimOf({}), 'look at default/data'],
    ['is bound when its claim names it', volumeOf('v', MINE), claimOf({ volumeName: 'v' }), 'Bound'],
    ['rests when it is bound', volumeOf('v', { ...MINE, phase: 'Bound' }), claimOf({ volumeName: 'v' }), ''],
    ['is released and kept when its claim is gone', volumeOf('v', { ...MINE, phase: 'Bound' }), undefined, 'Released'],
    [
      'is released when a claim of the same name came later',
      volumeOf('v', { ...MINE, reservedUid: 'old', phase: 'Bound' }),
      claimOf({}),
      'Released',
    ],
    [
      'is left to its provisioner when it was made twice and its claim took the other',
      volumeOf('v', { ...MINE, phase: 'Failed', policy: 'Delete', isProvisioned: true }),
      claimOf({ volumeName: 'other' }),
      '',
    ],
    [
      'waits for a claim of its name and another uid no more than for none',
      volumeOf('v', { ...MINE, reservedUid: 'old', phase: 'Bound', policy: 'Delete', isProvisioned: true }),
      claimOf({}),
      'Released',
    ],
    ['stays released', volumeOf('v', { ...MINE, phase: 'Released' }), undefined, ''],
    [
      'waits for its provisioner to delete it',
      volumeOf('v', { ...MINE, phase: 'Bound', policy: 'Delete', isProvisioned: true }),
      undefined,
      'Released',
    ],
    [
      'fails where nobody can delete it',
      volumeOf('v', { ...MINE, phase: 'Bound', policy: 'Delete' }),
      undefined,
      'Released, Failed, VolumeFailedDelete: error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
    ],
    ['fails once', volumeOf('v', { ...MINE, phase: 'Failed', policy: 'Delete' }), undefined, ''],
    [
      'is free again when the binder chose it and the claim went elsewhere',
      volumeOf('v', { ...MINE, phase: 'Bound', isChosen: true }),
      claimOf({ volumeName: 'other' }),
      'unbind null, Available',
    ],
    [
      'stays reserved when a person chose it',
      volumeOf('v', { ...MINE, phase: 'Bound' }),
      claimOf({ volumeName: 'other' }),
      'unbind {"namespace":"default","name":"data"}, Available',
    ],
    [
      'is given up when it was made for a claim that went elsewhere',
      volumeOf('v', { ...MINE, policy: 'Delete', isProvisioned: true }),
      claimOf({ volumeName: 'other' }),
      'Released',
    ],
  ])('%s', (_rule, volume, claim, expected) => {
    expect(steps(volume, claim)).toBe(expected);
  });
});
