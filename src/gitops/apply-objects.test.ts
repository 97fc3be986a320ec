import { expect, it } from 'vitest';
import { createTestRegistry, pod } from '../api/testing.ts';
import { linuxClock } from '../host/linux/linux-clock.ts';
import type { Clock } from '../lib/clock.ts';
import { LIMITS } from '../lib/limits.ts';
import { storageKeyOf } from '../objects/index.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { DeclaredObject } from './application.ts';
import { applyObjects } from './apply-objects.ts';
import { GitopsState } from './gitops-state.ts';

function declared(object: KubernetesObject): DeclaredObject {
  const { apiVersion, kind, metadata } = object;
  const { name = '', namespace } = metadata ?? {};
  const id = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  return {
    key: storageKeyOf(id),
    id,
    decode: () => object,
    digest: name,
    origin: { path: 'a.yaml', line: 1 },
    locate: () => ({ path: 'a.yaml', line: 1, column: 1 }),
  };
}

const CLASS: KubernetesObject = {
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name: 'high' },
  value: 5,
};
const QUOTA: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'none', namespace: 'default' },
  spec: { hard: { 'count/configmaps': '0' } },
};
const MAP: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default' },
};

/** One object a turn, as on a machine that is slow. */
function slowClock(): Clock {
  let nowMs = 0;
  return {
    ...linuxClock,
    monotonicMs: () => {
      nowMs += LIMITS.turnMs;
      return nowMs;
    },
  };
}

it.each<[what: string, objects: readonly KubernetesObject[], changes: readonly string[], problems: readonly string[]]>([
  ['a class that pods name', [CLASS, pod('a', { priorityClassName: 'high' })], ['high created', 'a created'], []],
  ['a quota', [QUOTA, MAP], ['none created'], ['Forbidden a']],
])('a plan of several turns goes by %s of the same commit', async (_what, objects, changes, problems) => {
  const { client, store } = createTestRegistry();
  const options = {
    client,
    state: new GitopsState(store),
    clock: slowClock(),
    application: 'app',
    objects: objects.map(declared),
    isDeclaredBy: () => false,
    isDirty: () => true,
  };
  const planned = await applyObjects({ ...options, mode: 'plan' });
  expect(planned.changes.map(({ id, action }) => `${id.name} ${action}`)).toEqual(changes);
  expect(planned.problems.map(({ id, code }) => `${code} ${id.name}`)).toEqual(problems);
  // What then happens is the same.
  const applied = await applyObjects({ ...options, mode: 'apply' });
  expect([applied.changes, applied.problems]).toEqual([planned.changes, planned.problems]);
});
