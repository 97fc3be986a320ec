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

it('names the pod of an older revision that a StatefulSet waits for, and what ends that', () => {
  const { client, clock } = createTestRegistry();
  const labels = { app: 'db' };
  const container = { name: 'app', image: 'app:2' };
  const set = client.create({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      serviceName: 'db',
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
  client.updateStatus({ ...set, status: { replicas: 1, updateRevision: 'db-2' } });
  const metadata = { name: 'db-0', namespace: 'default', labels: { ...labels, 'controller-revision-hash': 'db-1' } };
  const pod = client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container] } });
  const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "app:bad"' };
  const status = { name: 'app', image: 'app:bad', imageID: '', ready: false, restartCount: 0, state: { waiting } };
  client.updateStatus({ ...pod, status: { phase: 'Pending', containerStatuses: [status] } });
  const recentEvents = new RecentEvents(client);
  const tracker = new HealthTracker({ client, clock, recentEvents, findFinished: () => undefined });
  const id = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'default', name: 'db' };
  tracker.track(new Map([['db', { id }]]), clock.wallMs());
  expect(tracker.summarise().unhealthy.map(({ cause }) => cause?.message)).toEqual([
    `${waiting.message}; it is of an older revision and holds up the update: kubectl delete pod -n default db-0`,
  ]);
});

it('says that pods are stopping while a rollout waits for nothing else', () => {
  const { client, clock } = createTestRegistry();
  client.create(deployment('web'));
  const labels = (deployment('web')['spec'] as { selector: { matchLabels: Record<string, string> } }).selector
    .matchLabels;
  for (const name of ['web-1', 'web-2']) {
    const metadata = { name, namespace: 'default', labels };
    const spec = { nodeName: 'box', containers: [{ name: 'app', image: 'app:1' }] };
    const pod = client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
    const conditions = [{ type: 'Ready', status: 'True' }];
    client.updateStatus({ ...pod, status: { phase: 'Running', conditions } });
    client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name });
  }
  const recentEvents = new RecentEvents(client);
  const tracker = new HealthTracker({ client, clock, recentEvents, findFinished: () => undefined });
  const id = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  tracker.track(new Map([['web', { id }]]), clock.wallMs());
  expect(tracker.summarise().unhealthy.map(({ health }) => health.message)).toEqual([
    'its controller has not reported yet; 2 pods are stopping',
  ]);
});
