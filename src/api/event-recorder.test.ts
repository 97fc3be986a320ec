import { describe, expect, it } from 'vitest';
import { LIMITS } from '../lib/limits.ts';
import type { Event } from '../objects/types.ts';
import type { Client, EventInput } from './client.ts';
import { configMap, createTestRegistry, type TestRegistry } from './testing.ts';

function inputFor(client: Client, change: Partial<EventInput> = {}): EventInput {
  const regarding = client.get('ConfigMap', { namespace: 'default', name: 'a' }) ?? client.create(configMap('a'));
  const stored = client.getObject({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
  if (stored === undefined) throw new Error(`no ${regarding.metadata?.name}`);
  return {
    regarding: stored,
    type: 'Warning',
    reason: 'BackOff',
    message: 'it fails',
    component: 'kubelet',
    ...change,
  };
}

function events(client: Client): readonly Event[] {
  return client.list('Event').toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Moves time and fires what is due on the way. */
function advance({ clock }: TestRegistry, byMs: number): void {
  const endMs = clock.monotonicMs() + byMs;
  for (let due = clock.nextDueMs(); due !== undefined && due <= endMs; due = clock.nextDueMs()) clock.fireNext();
  clock.moveTo(endMs);
}

describe('recordEvent', () => {
  it('writes an event as core/v1 has it', () => {
    const { client } = createTestRegistry();
    client.recordEvent(inputFor(client, { fieldPath: 'data.x' }));
    const [event] = events(client);
    expect(event).toMatchObject({
      involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a', fieldPath: 'data.x' },
      type: 'Warning',
      reason: 'BackOff',
      message: 'it fails',
      source: { component: 'kubelet' },
      reportingComponent: 'kubelet',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(event?.metadata.name).toMatch(/^a\.[0-9a-f]+$/);
    expect(client.list('Event', { fieldSelector: 'involvedObject.name=a,type=Warning' })).toHaveLength(1);
  });

  it('counts a repetition up, with few writes and none lost', () => {
    const world = createTestRegistry();
    const { client, store } = world;
    client.recordEvent(inputFor(client));
    const revision = store.revision;
    for (let i = 0; i < 100; i++) client.recordEvent(inputFor(client));
    expect(store.revision).toBe(revision);
    advance(world, 10_000);
    expect(store.revision).toBe(revision + 1);
    expect(events(client)).toMatchObject([{ count: 101, lastTimestamp: '2026-01-01T00:00:00Z' }]);
    advance(world, 20_000);
    client.recordEvent(inputFor(client));
    expect(events(client)).toMatchObject([{ count: 102, lastTimestamp: '2026-01-01T00:00:30Z' }]);
  });

  it('says of a repetition when it happened last, and not when that was written', () => {
    const world = createTestRegistry();
    const { client } = world;
    for (let i = 0; i < 4; i++) {
      client.recordEvent(inputFor(client));
      advance(world, 1000);
    }
    advance(world, 20_000);
    const firstTimestamp = '2026-01-01T00:00:00Z';
    expect(events(client)).toMatchObject([{ count: 4, firstTimestamp, lastTimestamp: '2026-01-01T00:00:03Z' }]);
  });

  it('combines similar events and cuts off who reports too much', () => {
    const { client } = createTestRegistry();
    for (let i = 0; i < 12; i++) client.recordEvent(inputFor(client, { message: `number ${i}` }));
    const messages = events(client).map(({ message }) => message);
    expect(messages).toHaveLength(11);
    expect(messages.at(-1)).toBe('(combined from similar events): number 10');
    for (let i = 0; i < 50; i++) client.recordEvent(inputFor(client, { reason: `Reason${i}` }));
    expect(events(client)).toHaveLength(25);
  });

  it('goes with the transaction that it was recorded in, and is written anew after', () => {
    const { client } = createTestRegistry();
    const input = inputFor(client);
    expect(() =>
      client.transaction(() => {
        client.recordEvent(input);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(events(client)).toHaveLength(0);
    client.recordEvent(input);
    expect(events(client)).toMatchObject([{ count: 1 }]);
  });

  it('keeps warnings only where that is asked for', () => {
    const { client } = createTestRegistry({ events: 'warnings' });
    client.recordEvent(inputFor(client, { type: 'Normal', reason: 'Pulled' }));
    client.recordEvent(inputFor(client));
    expect(events(client)).toMatchObject([{ type: 'Warning', reason: 'BackOff' }]);
  });

  it('records nothing in a namespace that is gone or going', () => {
    const { client } = createTestRegistry();
    client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const regarding = client.create({ ...configMap('x'), metadata: { name: 'x', namespace: 'shop' } });
    client.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    client.recordEvent({ ...inputFor(client), regarding });
    expect(events(client)).toHaveLength(0);
  });

  it('keeps a bounded number, and each for an hour after it was last seen', () => {
    const world = createTestRegistry();
    const { client } = world;
    const input = inputFor(client);
    for (let i = 0; i < LIMITS.eventsPerNamespace + 50; i++) {
      const metadata = { ...input.regarding.metadata, uid: `uid-${i}`, name: `o-${i}` };
      client.recordEvent({ ...input, regarding: { ...input.regarding, metadata } as EventInput['regarding'] });
    }
    expect(events(client).length).toBeLessThanOrEqual(LIMITS.eventsPerNamespace);
    advance(world, 30 * 60_000);
    client.recordEvent(input);
    advance(world, 45 * 60_000);
    expect(events(client).map(({ involvedObject }) => involvedObject.name)).toEqual(['a']);
    advance(world, 60 * 60_000);
    expect(events(client)).toHaveLength(0);
    expect(world.clock.nextDueMs()).toBeUndefined();
  });
});
