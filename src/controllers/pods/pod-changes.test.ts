import { describe, expect, it } from 'vitest';
import type { Pod } from '../../objects/types.ts';
import { isCountedAlike, isServedAlike } from './pod-changes.ts';

const READY = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' } as const;

function testPod(part: { metadata?: object; spec?: object; status?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      uid: 'uid-1',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
      ...part.metadata,
    },
    spec: { containers: [{ name: 'app', image: 'app:1' }], nodeName: 'box', ...part.spec },
    status: { phase: 'Running', conditions: [READY], podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], ...part.status },
  };
}

const NOT_READY = { ...READY, status: 'False' };
const changes: [string, Parameters<typeof testPod>[0], { counted: boolean; served: boolean }][] = [
  ['nothing', {}, { counted: true, served: true }],
  ['the revision', { metadata: { resourceVersion: '2', managedFields: [] } }, { counted: true, served: true }],
  ['a state of a container', { status: { containerStatuses: [] } }, { counted: true, served: true }],
  ['the phase before it ends', { status: { phase: 'Pending' } }, { counted: true, served: true }],
  [
    'another condition',
    { status: { conditions: [{ ...READY, type: 'Initialized' }, READY] } },
    { counted: true, served: true },
  ],
  ['the node', { spec: { nodeName: 'other' } }, { counted: true, served: false }],
  ['the address', { status: { podIP: '10.0.0.2' } }, { counted: true, served: false }],
  [
    'a second address',
    { status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } },
    { counted: true, served: false },
  ],
  ['the readiness', { status: { conditions: [NOT_READY] } }, { counted: false, served: false }],
  [
    'the moment since when it is ready',
    { status: { conditions: [{ ...READY, lastTransitionTime: '2026-01-01T00:00:09Z' }] } },
    { counted: false, served: false },
  ],
  ['the end', { status: { phase: 'Failed' } }, { counted: false, served: false }],
  ['the deletion', { metadata: { deletionTimestamp: '2026-01-01T00:00:09Z' } }, { counted: false, served: false }],
  ['the labels', { metadata: { labels: { app: 'debug' } } }, { counted: false, served: false }],
  ['the annotations', { metadata: { annotations: { a: 'b' } } }, { counted: false, served: false }],
  [
    'the owner',
    { metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-9' }] } },
    { counted: false, served: false },
  ],
];

describe('a changed pod', () => {
  it.each(changes)('that differs in %s', (_what, part, { counted, served }) => {
    expect(isCountedAlike(testPod(part), testPod())).toBe(counted);
    expect(isServedAlike(testPod(part), testPod())).toBe(served);
  });

  it('that ends while it is being deleted serves no more', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:09Z' };
    expect(isServedAlike(testPod({ metadata, status: { phase: 'Failed' } }), testPod({ metadata }))).toBe(false);
  });

  it('that was not there before counts anew', () => {
    expect(isCountedAlike(testPod(), undefined)).toBe(false);
    expect(isServedAlike(testPod(), undefined)).toBe(false);
  });
});
