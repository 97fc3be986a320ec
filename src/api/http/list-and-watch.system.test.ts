import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { createMemoryStore } from '../../store/index.ts';
import { REGISTRY_INDEXES } from '../indexes.ts';
import { configMap, createTestRegistry } from '../testing.ts';
import { CONFIG_MAPS, field, take, useTestApi } from './test-api.ts';

const t = useTestApi();

describe('lists', () => {
  it('come in pages of one revision', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) t.client.create(configMap(name));
    const first = await t.api.request({ path: '/api/v1/configmaps', query: { limit: 2 } });
    expect(field(first, 'metadata')).toMatchObject({
      remainingItemCount: 3,
      resourceVersion: String(t.world.store.revision),
    });
    t.client.create(configMap('aa'));
    t.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'd' });
    const names: unknown[] = (field(first, 'items') as object[]).map((item) => field(item, 'metadata', 'name'));
    let next = field(first, 'metadata', 'continue');
    while (typeof next === 'string') {
      const page = await t.api.request({ path: '/api/v1/configmaps', query: { limit: 2, continue: next } });
      expect(field(page, 'metadata', 'resourceVersion')).toBe(field(first, 'metadata', 'resourceVersion'));
      names.push(...(field(page, 'items') as object[]).map((item) => field(item, 'metadata', 'name')));
      next = field(page, 'metadata', 'continue');
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    const token = String(field(first, 'metadata', 'continue'));
    t.world.store.compact(t.world.store.revision);
    expect((await t.refused({ path: '/api/v1/configmaps', query: { continue: token } })).reason).toBe('Expired');
  });

  it('come whole when they are long', async () => {
    t.client.transaction(() => {
      for (let n = 0; n < 1050; n++) t.client.create(configMap(`c-${n}`, { x: 'y'.repeat(2000) }));
    });
    const list = await t.api.request({ path: CONFIG_MAPS });
    expect(list).toMatchObject({
      kind: 'ConfigMapList',
      metadata: { resourceVersion: String(t.world.store.revision) },
    });
    expect(field(list, 'items')).toEqual(t.client.list('ConfigMap'));
  });

  it('come as tables and as metadata', async () => {
    t.client.create(configMap('a', { x: '1' }));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = await t.api.request({ path: CONFIG_MAPS, accept });
    expect(table).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['a', 1, '0s'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
    expect(await t.api.request({ path: `${CONFIG_MAPS}/a`, accept, query: { includeObject: 'Object' } })).toMatchObject(
      {
        rows: [{ object: { data: { x: '1' } } }],
      },
    );
    const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    expect(await t.api.request({ path: CONFIG_MAPS, accept: partial })).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ metadata: { name: 'a' } }],
    });
  });

  it('are deleted as a whole', async () => {
    for (const name of ['a', 'b']) t.client.create(configMap(name));
    t.client.create({ ...configMap('kept'), metadata: { name: 'kept', namespace: 'kube-system' } });
    await t.api.request({ method: 'DELETE', path: CONFIG_MAPS });
    expect(t.client.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['kept']);
  });
});

describe('watches', () => {
  const summary = (line: JsonValue) => `${field(line, 'type')} ${field(line, 'object', 'metadata', 'name')}`;

  it('go on from a list, once each and in order', async () => {
    t.client.create(configMap('a'));
    const resourceVersion = String(t.world.store.revision);
    const made = t.client.create(configMap('b'));
    t.client.update({ ...made, data: { x: '1' } });
    t.client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' });
    const lines = t.api.lines({ path: CONFIG_MAPS, query: { watch: true, resourceVersion } });
    expect((await take(lines, 3)).map(summary)).toEqual(['ADDED b', 'MODIFIED b', 'DELETED a']);
  });

  it('begin with what is there, and see an object come and go by its labels', async () => {
    const a = t.client.create({
      ...configMap('a'),
      metadata: { name: 'a', namespace: 'default', labels: { app: 'web' } },
    });
    t.client.create(configMap('b'));
    const seen: string[] = [];
    for await (const line of t.api.lines({ path: CONFIG_MAPS, query: { watch: 'true', labelSelector: 'app=web' } })) {
      seen.push(summary(line));
      if (seen.length === 1) t.client.update({ ...a, metadata: { ...a.metadata, labels: {} } });
      if (seen.length === 2)
        t.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'b' }, 'merge', {
          metadata: { labels: { app: 'web' } },
        });
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
  });

  it('mark the end of the initial events', async () => {
    t.client.create(configMap('a'));
    const query = {
      watch: true,
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: 'NotOlderThan',
    };
    const lines = await take(t.api.lines({ path: CONFIG_MAPS, query }), 2);
    expect(lines.map(summary)[0]).toBe('ADDED a');
    expect(lines[1]).toMatchObject({
      type: 'BOOKMARK',
      object: {
        metadata: {
          resourceVersion: String(t.world.store.revision),
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  it('end after their timeout, and with an error where history is gone', async () => {
    expect(
      await take(
        t.api.lines({
          path: CONFIG_MAPS,
          query: { watch: true, timeoutSeconds: 1, resourceVersion: t.world.store.revision },
        }),
        1,
      ),
    ).toEqual([]);
    t.client.create(configMap('a'));
    t.client.create(configMap('b'));
    t.world.store.compact(t.world.store.revision);
    const [line] = await take(t.api.lines({ path: CONFIG_MAPS, query: { watch: true, resourceVersion: 1 } }), 1);
    expect(line).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('tell only what is on disk', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 50 });
    await t.open(createTestRegistry({ clock: linuxClock, store }));
    const lines = t.api.lines({ path: CONFIG_MAPS, query: { watch: true } });
    setTimeout(() => t.client.create(configMap('a')), 50);
    const [line] = await take(lines, 1);
    expect(Number(field(line, 'object', 'metadata', 'resourceVersion'))).toBeLessThanOrEqual(store.durableRevision);
  });

  it('leave nothing behind of a client that goes before they have begun', async () => {
    const store = createMemoryStore({ indexes: REGISTRY_INDEXES, clock: linuxClock, syncDelayMs: () => 100 });
    await t.open(createTestRegistry({ clock: linuxClock, store }));
    await store.durable();
    const watch = vi.spyOn(store, 'watch');
    t.client.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } });
    const socket = connect(t.socketPath);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET ${CONFIG_MAPS}?watch=true HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(store.durableRevision).toBeLessThan(store.revision);
    socket.destroy();
    await store.durable();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(watch).not.toHaveBeenCalled();
  });

  it('cut off a client that does not read', async () => {
    t.client.create(configMap('a'));
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'a' };
    const socket = connect(t.socketPath).pause();
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`GET ${CONFIG_MAPS}?watch=true&resourceVersion=${t.world.store.revision} HTTP/1.1\r\nHost: x\r\n\r\n`);
    let writes = 0;
    while (!t.warnings.includes('watch ended: the client does not keep up')) {
      t.client.patch(reference, 'merge', { data: { x: `${writes++}`.padEnd(1_000_000, 'x') } });
      expect(writes).toBeLessThan(200);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(writes).toBeGreaterThan(LIMITS.watchBacklogBytes / 1_100_000);
    socket.destroy();
  });
});

describe('a version in which a kind is not kept', () => {
  const OLD = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
  const autoscaler = (name: string, percent: number) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      targetCPUUtilizationPercentage: percent,
    },
  });

  it('is what lists, watches and answers speak', async () => {
    const created = await t.api.request({ path: OLD, method: 'POST', body: autoscaler('a', 50) });
    expect(created).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 50 } });
    expect(await t.api.request({ path: OLD })).toMatchObject({
      kind: 'HorizontalPodAutoscalerList',
      apiVersion: 'autoscaling/v1',
      items: [{ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 50 } }],
    });
    const resourceVersion = t.world.store.revision;
    const lines = t.api.lines({ path: OLD, query: { watch: true, resourceVersion } });
    const status = { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 75 };
    const { metadata } = created as { metadata: JsonObject };
    await t.api.request({
      path: `${OLD}/a/status`,
      method: 'PUT',
      body: { ...autoscaler('a', 50), metadata, status },
    });
    await t.api.request({ path: OLD, method: 'DELETE' });
    expect(await take(lines, 2)).toMatchObject([
      { type: 'MODIFIED', object: { apiVersion: 'autoscaling/v1', status } },
      { type: 'DELETED', object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 50 } } },
    ]);
  });

  it('is refused where the body is of another one', async () => {
    const body = { ...autoscaler('a', 50), apiVersion: 'autoscaling/v2' };
    expect((await t.refused({ path: OLD, method: 'POST', body })).reason).toBe('BadRequest');
  });
});
