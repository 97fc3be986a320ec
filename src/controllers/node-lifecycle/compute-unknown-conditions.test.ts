import { expect, it } from 'vitest';
import type { Node } from '../../objects/types.ts';
import { ago, NOW_MS } from '../testing/objects.ts';
import { computeUnknownConditions } from './compute-unknown-conditions.ts';

const STOPPED = 'NodeStatusUnknown: Kubelet stopped posting node status.';
const NEVER = 'NodeStatusNeverUpdated: Kubelet never posted node status.';

/**
 * After TestMonitorNodeHealthUpdateStatus and TestMonitorNodeHealthUpdateStatusWithLease: `Type Status` of each
 * condition before, and what it is after.
 */
it.each<[rule: string, before: readonly string[], after: readonly string[] | undefined]>([
  [
    'one that never told anything',
    [],
    [`Ready ${NEVER}`, `MemoryPressure ${NEVER}`, `DiskPressure ${NEVER}`, `PIDPressure ${NEVER}`],
  ],
  [
    'one that was ready, and never told of pressure',
    ['Ready True'],
    [`Ready ${STOPPED}`, `MemoryPressure ${NEVER}`, `DiskPressure ${NEVER}`, `PIDPressure ${NEVER}`],
  ],
  [
    'one that was not ready',
    ['Ready False', 'MemoryPressure True', 'DiskPressure False', 'PIDPressure False'],
    [`Ready ${STOPPED}`, `MemoryPressure ${STOPPED}`, `DiskPressure ${STOPPED}`, `PIDPressure ${STOPPED}`],
  ],
  [
    'what was unknown before keeps its reason, and what others tell is left alone',
    ['Ready True', 'MemoryPressure Unknown', 'DiskPressure False', 'PIDPressure False', 'NetworkUnavailable False'],
    [
      ...[`Ready ${STOPPED}`, 'MemoryPressure Told: by itself', `DiskPressure ${STOPPED}`, `PIDPressure ${STOPPED}`],
      'NetworkUnavailable Told: by itself',
    ],
  ],
  ['one of which it is known already', ['Ready Unknown', 'MemoryPressure False'], undefined],
])('the conditions of a silent node: %s', (_rule, before, after) => {
  const told = { reason: 'Told', message: 'by itself', lastHeartbeatTime: ago(90), lastTransitionTime: ago(500) };
  const conditions = before.map((each) => {
    const [type = '', status = ''] = each.split(' ');
    return { type, status, ...told };
  });
  const metadata = { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: ago(600) };
  const node: Node = { apiVersion: 'v1', kind: 'Node', metadata, status: { conditions } };
  const unknown = computeUnknownConditions(node, NOW_MS);
  expect(unknown?.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toEqual(after);
  for (const { status, reason, lastHeartbeatTime, lastTransitionTime } of unknown ?? []) {
    if (reason === 'Told') continue;
    const heard = reason === 'NodeStatusUnknown' ? told.lastHeartbeatTime : metadata.creationTimestamp;
    expect([status, lastHeartbeatTime, lastTransitionTime]).toEqual(['Unknown', heard, ago(0)]);
  }
});
