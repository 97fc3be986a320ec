import { expect, it } from 'vitest';
import type { Node } from '../../objects/types.ts';
import { ago } from '../testing/objects.ts';
import { computeNodeLabels } from './compute-node-labels.ts';

const OS = { 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'linux' };
const ARCH = { 'kubernetes.io/arch': 'amd64', 'beta.kubernetes.io/arch': 'amd64' };

type Labels = Readonly<Record<string, string>>;

/** After TestReconcileNodeLabels. */
it.each<[rule: string, before: Labels | undefined, after: Labels | undefined]>([
  ['no labels at all', undefined, undefined],
  ['all there, and equal', { ...OS, ...ARCH, disk: 'ssd' }, { ...OS, ...ARCH, disk: 'ssd' }],
  ['the old names are missing', { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }, { ...OS, ...ARCH }],
  ['an old name says something else', { ...OS, ...ARCH, 'beta.kubernetes.io/arch': 'arm64' }, { ...OS, ...ARCH }],
  ['an old name alone stays', { 'beta.kubernetes.io/os': 'windows' }, { 'beta.kubernetes.io/os': 'windows' }],
])('the labels of a node: %s', (_rule, before, after) => {
  const labels = before === undefined ? {} : { labels: { ...before } };
  const metadata = { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: ago(60), ...labels };
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata };
  const computed = computeNodeLabels(node);
  expect(computed).toEqual(after);
  // The same object where nothing changes, so that nothing is written.
  expect(computed === metadata.labels).toBe(JSON.stringify(before) === JSON.stringify(after));
});
