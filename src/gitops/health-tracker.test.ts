import { expect, it } from 'vitest';
import { builtInRules } from '../api/object-rules.ts';
import { createTestRegistry, deployment } from '../api/testing.ts';
import { HealthTracker } from './health-tracker.ts';
import { RecentEvents } from './recent-events.ts';

it('says of a workload whose selector cannot be read how it is, without its pods', () => {
  const { client, clock } = createTestRegistry({ rules: { ...builtInRules, validateObject: () => [] } });
  const selector = { matchExpressions: [{ key: 'app', operator: 'StartsWith', values: ['w'] }] };
  const web = deployment('web');
  client.create({ ...web, spec: { ...(web['spec'] as object), selector } });
  const findFinished = () => undefined;
  const tracker = new HealthTracker({ client, clock, recentEvents: new RecentEvents(client), findFinished });
  const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  tracker.track(new Map([['web', { id }]]), clock.wallMs());
  const [unhealthy, ...others] = tracker.summarise().unhealthy;
  expect(unhealthy).toMatchObject({ key: 'web', health: { status: 'InProgress' } });
  expect([unhealthy?.cause, others]).toEqual([undefined, []]);
});
