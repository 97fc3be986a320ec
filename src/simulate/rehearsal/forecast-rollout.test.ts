import { expect, test } from 'vitest';
import { forecastRollout } from './forecast-rollout.ts';

const ready = (count: number) => ({ ready: count, count });

test.each([
  ['only the number grows', { now: ready(2) }, { now: { ready: 2, count: 3 } }, '2 of 3 pods are ready'],
  [
    'the template changes',
    { old: ready(2) },
    { old: ready(2), now: { ready: 0, count: 1 } },
    '0 of 3 new pods are ready',
  ],
])('a rollout that is stuck says how many pods are ready where %s', (_, first, last, said) => {
  const samples = [
    { atMs: 0, pods: first },
    { atMs: 1_000, pods: last },
  ];
  const workload = { kind: 'StatefulSet', namespace: 'shop', name: 'db', pods: new Map(), steps: [], changedAtMs: 0 };
  const end = { wantedReplicas: 3, revision: 'now', isHealthy: false };
  const { outcome, reason } = forecastRollout({ ...workload, samples, restarts: 0 }, end);
  expect([outcome, reason]).toEqual(['stuck', `${said}, and nothing more happens`]);
});
