import { expect, test } from 'vitest';
import { createTestRegistry, pod, type TestRegistry } from '../api/testing.ts';
import type { StoredObject } from '../objects/types.ts';
import { RecentEvents } from './recent-events.ts';

function record({ client }: TestRegistry, regarding: StoredObject, reason: string, message: string): void {
  const type = reason.startsWith('Failed') ? 'Warning' : 'Normal';
  client.recordEvent({ regarding, type, reason, message, component: 'kubelet' });
}

function begin() {
  const world = createTestRegistry();
  const one = world.client.create(pod('a')) as StoredObject;
  const { uid } = one.metadata;
  const open = () => {
    const events = new RecentEvents(world.client);
    events.start();
    return events;
  };
  return { world, one, uid, open };
}

test('the events of a pod are known, also after a restart, and not longer than they are kept', () => {
  const { world, one, uid, open } = begin();
  const events = open();
  record(world, one, 'FailedMount', 'no such volume');
  world.clock.moveTo(world.clock.monotonicMs() + 5_000);
  record(world, one, 'Pulled', 'it is there');
  const both = [
    { type: 'Warning', reason: 'FailedMount', message: 'no such volume' },
    { type: 'Normal', reason: 'Pulled', message: 'it is there' },
  ];
  expect(events.of(uid)).toEqual(both);
  events.stop();
  const next = open();
  expect(next.of(uid)).toEqual(both);
  for (const { metadata } of world.client.list('Event'))
    world.client.delete({ apiVersion: 'v1', kind: 'Event', namespace: 'default', name: metadata.name });
  expect(next.of(uid)).toEqual([]);
});

test('an older event that goes takes nothing from a newer one, and other kinds are left out', () => {
  const { world, one, uid, open } = begin();
  const events = open();
  record(world, one, 'FailedMount', 'no such volume');
  const [older] = world.client.list('Event');
  record(world, one, 'FailedCreatePodSandBox', 'the port is taken');
  world.client.delete({ apiVersion: 'v1', kind: 'Event', namespace: 'default', name: older?.metadata.name ?? '' });
  expect(events.of(uid).map(({ message }) => message)).toEqual(['the port is taken']);
  const node = world.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } }) as StoredObject;
  record(world, node, 'FailedMount', 'not of a pod');
  expect(events.of(node.metadata.uid)).toEqual([]);
});

test('a repetition that is written late is as old as it is, so that it hides nothing that has happened since', () => {
  const { world, one, uid, open } = begin();
  const { clock } = world;
  const events = open();
  record(world, one, 'FailedMount', 'no such volume');
  clock.moveTo(clock.monotonicMs() + 2000);
  record(world, one, 'FailedMount', 'no such volume');
  clock.moveTo(clock.monotonicMs() + 2000);
  record(world, one, 'Pulling', 'Pulling image "app:1"');
  clock.moveTo(clock.monotonicMs() + 10_000);
  clock.fireNext();
  expect(world.client.list('Event').map(({ reason, count }) => `${reason} ${count}`)).toEqual([
    'FailedMount 2',
    'Pulling 1',
  ]);
  expect(events.of(uid).map(({ reason }) => reason)).toEqual(['FailedMount', 'Pulling']);
});

test('an event that happens again is the newest, and one of a container names it', () => {
  const { world, one, uid, open } = begin();
  const events = open();
  record(world, one, 'FailedMount', 'no such volume');
  const fieldPath = 'spec.containers{app}';
  const started = { type: 'Normal', reason: 'Started', message: 'Started container app' } as const;
  world.client.recordEvent({ regarding: one, ...started, fieldPath, component: 'kubelet' });
  expect(events.of(uid).at(-1)).toEqual({ ...started, container: 'app' });
  world.clock.moveTo(world.clock.monotonicMs() + 20_000);
  record(world, one, 'FailedMount', 'no such volume');
  expect(events.of(uid).map(({ reason }) => reason)).toEqual(['Started', 'FailedMount']);
});
