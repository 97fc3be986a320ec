import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deepFreeze, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { applyDefaults } from '../defaults/apply-defaults.ts';
import type { KubernetesObject } from '../types.ts';
import { type ApplyOwnedRequest, applyOwned, type ConflictDecision, type FieldConflict } from './apply-owned.ts';
import { ownedFieldPaths, touchManagedFields } from './managed-fields.ts';
import { ownUpdate } from './own-update.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

function deployment(spec: JsonObject, metadata: JsonObject = {}): KubernetesObject {
  return deepFreeze({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec,
  });
}
const withContainers = (...containers: JsonObject[]): JsonObject => ({ template: { spec: { containers } } });

/** Applies, fills in defaults as the registry does, and fails the test on a conflict. */
function apply(
  live: KubernetesObject | undefined,
  applied: KubernetesObject,
  more: Partial<ApplyOwnedRequest> = {},
): KubernetesObject {
  const result = applyOwned({ live, applied, manager: 'git', nowMs: NOW_MS, ...more });
  expect(result.conflicts).toEqual([]);
  return deepFreeze(applyDefaults(result.object));
}

/** Changes an object as a person or a controller does. */
function update(
  live: KubernetesObject,
  manager: string,
  change: (draft: KubernetesObject) => KubernetesObject,
  subresource = '',
): KubernetesObject {
  const updated = change(live);
  const managedFields = ownUpdate({ live, updated, manager, nowMs: NOW_MS + 60_000, subresource });
  return deepFreeze({ ...updated, metadata: { ...updated.metadata, managedFields: managedFields ?? [] } });
}
const setSpec = (change: JsonObject) => (object: KubernetesObject) => ({
  ...object,
  spec: { ...(object['spec'] as JsonObject), ...change },
});

function ownedBy(object: KubernetesObject, manager: string): readonly string[] {
  return (object.metadata?.managedFields ?? []).filter((entry) => entry.manager === manager).flatMap(ownedFieldPaths);
}
const spec = (object: KubernetesObject) => object['spec'] as JsonObject;
const containers = (object: KubernetesObject) =>
  (spec(object) as unknown as { template: { spec: { containers: readonly JsonObject[] } } }).template.spec.containers;

describe('what is owned', () => {
  test('an apply owns its leaves and the items of keyed lists', () => {
    const object = apply(
      undefined,
      deployment(
        {
          replicas: 2,
          selector: { matchLabels: { a: 'b' } },
          ...withContainers({ name: 'c', args: ['x'], ports: [{ containerPort: 80 }] }),
        },
        { labels: { app: 'web' }, finalizers: ['x/y'] },
      ),
    );
    expect(object.metadata?.managedFields).toEqual([
      {
        manager: 'git',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:finalizers': { 'v:"x/y"': {} }, 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"c"}': {
                    '.': {},
                    'f:args': {},
                    'f:name': {},
                    'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ]);
    expect(ownedBy(object, 'git')).toContain(
      'spec.template.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
    );
    expect(ownedBy(object, 'git')).toContain('metadata.finalizers[="x/y"]');
  });

  test('status and what the registry sets are nobody’s', () => {
    const object = apply(undefined, {
      ...deployment({ replicas: 1 }, { uid: 'u', resourceVersion: '3' }),
      status: { replicas: 1 },
    });
    expect(object).not.toHaveProperty('status');
    expect(object.metadata).not.toHaveProperty('uid');
    expect(ownedBy(object, 'git')).toEqual(['spec.replicas']);
  });

  test('stringData is owned as the data that it becomes', () => {
    const secret = apply(
      undefined,
      deepFreeze({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } }),
    );
    expect(secret['data']).toEqual({ a: 'Yg==' });
    expect(ownedBy(secret, 'git')).toEqual(['data.a']);
    expect(
      apply(secret, deepFreeze({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } })),
    ).toBe(secret);
  });

  test('a creation owns everything, an update what it changes', () => {
    const created = deployment({ replicas: 1, paused: true });
    const managedFields = ownUpdate({ live: undefined, updated: created, manager: 'kubectl', nowMs: NOW_MS });
    const live = deepFreeze({ ...created, metadata: { ...created.metadata, managedFields } }) as KubernetesObject;
    expect(ownedBy(live, 'kubectl')).toEqual(['spec.paused', 'spec.replicas']);
    const scaled = update(live, 'hpa', setSpec({ replicas: 5 }), 'scale');
    expect(ownedBy(scaled, 'kubectl')).toEqual(['spec.paused']);
    expect(scaled.metadata?.managedFields).toContainEqual(
      expect.objectContaining({
        manager: 'hpa',
        operation: 'Update',
        subresource: 'scale',
        time: '2026-01-01T00:01:00Z',
      }),
    );
  });

  test('an update that changes no field returns the list as it was', () => {
    const live = apply(undefined, deployment({ replicas: 1 }));
    expect(ownUpdate({ live, updated: { ...live }, manager: 'x', nowMs: NOW_MS })).toBe(live.metadata?.managedFields);
    const marked = { ...live, metadata: { ...live.metadata, resourceVersion: '9', deletionTimestamp: 'now' } };
    expect(ownUpdate({ live, updated: marked, manager: 'x', nowMs: NOW_MS })).toBe(live.metadata?.managedFields);
  });

  test('what an update removes is owned by nobody any more', () => {
    const live = apply(undefined, deployment({ paused: true, ...withContainers({ name: 'c', image: 'i' }) }));
    const emptied = update(live, 'person', (object) => ({
      ...object,
      spec: { template: { spec: { containers: [] } } },
    }));
    expect(ownedBy(emptied, 'git')).toEqual([]);
  });
});

describe('apply again', () => {
  const first = deployment({
    replicas: 2,
    ...withContainers({
      name: 'c',
      image: 'i:1',
      livenessProbe: { httpGet: { port: 80 } },
      resources: { limits: { cpu: '0.5' } },
    }),
  });

  test('the same manifest changes nothing, by reference', () => {
    const live = apply(undefined, first);
    expect(apply(live, first, { nowMs: NOW_MS + 99_000 })).toBe(live);
    expect(apply(live, deepFreeze(structuredClone(first)))).toBe(live);
  });

  test('a changed value keeps the set of fields; touching the entry tells when', () => {
    const live = apply(undefined, first);
    const next = apply(live, deployment({ ...spec(first), replicas: 3 }), { nowMs: NOW_MS + 1_000 });
    expect(spec(next)['replicas']).toBe(3);
    expect(next.metadata?.managedFields).toBe(live.metadata?.managedFields);
    const touched = touchManagedFields(
      next.metadata?.managedFields,
      { manager: 'git', operation: 'Apply', subresource: '' },
      NOW_MS + 1_000,
    );
    expect(touched?.[0]).toEqual({ ...next.metadata?.managedFields?.[0], time: '2026-01-01T00:00:01Z' });
  });

  test('a dropped structure goes with the defaults that were filled into it', () => {
    const live = apply(undefined, first);
    expect(containers(live)[0]).toHaveProperty('livenessProbe.periodSeconds', 10);
    const next = apply(live, deployment({ ...withContainers({ name: 'c', image: 'i:1' }) }));
    expect(containers(next)[0]).not.toHaveProperty('livenessProbe');
    expect(containers(next)[0]).toHaveProperty('terminationMessagePath');
    expect(spec(next)['replicas']).toBe(1);
    expect(ownedBy(next, 'git')).not.toContain('spec.replicas');
  });

  test('a dropped item goes as a whole, others stay', () => {
    const live = apply(undefined, deployment(withContainers({ name: 'a', image: 'i' }, { name: 'b', image: 'i' })));
    const injected = update(live, 'mesh', (object) =>
      deployment(withContainers(...containers(object), { name: 'proxy', image: 'p' }), {
        managedFields: object.metadata?.managedFields as unknown as JsonValue,
      }),
    );
    const next = apply(injected, deployment(withContainers({ name: 'b', image: 'i' })));
    expect(containers(next).map((container) => container['name'])).toEqual(['b', 'proxy']);
  });

  test('an item stays, with its name, while somebody else owns a field in it', () => {
    const live = apply(undefined, deployment(withContainers({ name: 'a', image: 'i', tty: true })));
    const edited = update(live, 'person', (object) => ({
      ...object,
      spec: withContainers({ ...containers(object)[0], workingDir: '/w' }),
    }));
    const next = applyOwned({ live: edited, applied: deployment({ replicas: 1 }), manager: 'git', nowMs: NOW_MS });
    expect(containers(next.object)).toEqual([expect.objectContaining({ name: 'a', workingDir: '/w' })]);
    expect(containers(next.object)[0]).not.toHaveProperty('tty');
  });

  test('a dropped field stays while somebody else applies it, too', () => {
    const live = apply(apply(undefined, deployment({ replicas: 2 })), deployment({ replicas: 2, paused: true }), {
      manager: 'other',
    });
    const next = apply(live, deployment({}));
    expect(spec(next)['replicas']).toBe(2);
    expect(ownedBy(next, 'other')).toEqual(['spec.paused', 'spec.replicas']);
    expect(ownedBy(next, 'git')).toEqual(['spec']);
  });

  test.each([
    [
      'labels that Git drops go, those of others stay',
      { labels: { a: '1', b: '2' } },
      { labels: { theirs: 'x' } },
      { labels: { b: '2' } },
      { labels: { b: '2', theirs: 'x' } },
    ],
    ['all labels', { labels: { a: '1' } }, {}, {}, {}],
    [
      'finalizers are a set',
      { finalizers: ['a/a', 'b/b'] },
      { finalizers: ['a/a', 'b/b', 'c/c'] },
      { finalizers: ['b/b'] },
      { finalizers: ['b/b', 'c/c'] },
    ],
  ])('%s', (_, before, theirs, after, expected) => {
    const live = apply(undefined, deployment({}, before));
    const edited = update(live, 'person', (object) => {
      const labels = { ...object.metadata?.labels, ...(theirs as { labels?: Record<string, string> }).labels };
      return {
        ...object,
        metadata: { ...object.metadata, ...theirs, ...(Object.keys(labels).length > 0 && { labels }) },
      } as KubernetesObject;
    });
    const {
      managedFields: _owners,
      name: _name,
      namespace: _namespace,
      ...metadata
    } = apply(edited, deployment({}, after)).metadata ?? {};
    expect(metadata).toEqual(expected);
  });

  test('applied items stand in the applied order, foreign ones stay between them', () => {
    const live = apply(undefined, deployment(withContainers({ name: 'a' }, { name: 'b' })));
    const injected = update(live, 'mesh', (object) => ({
      ...object,
      spec: withContainers({ name: 'a' }, { name: 'x' }, { name: 'b' }),
    }));
    const next = apply(injected, deployment(withContainers({ name: 'a' }, { name: 'new' }, { name: 'b' })));
    expect(containers(next).map((container) => container['name'])).toEqual(['a', 'x', 'new', 'b']);
  });
});

describe('conflicts', () => {
  const base = deployment({ replicas: 2, paused: true });
  const scaled = () => update(apply(undefined, base), 'hpa', setSpec({ replicas: 5 }), 'scale');
  const conflict: FieldConflict = {
    manager: 'hpa',
    operation: 'Update',
    subresource: 'scale',
    apiVersion: 'apps/v1',
    field: 'spec.replicas',
  };

  test('another value of a field that somebody else owns fails', () => {
    const live = scaled();
    const result = applyOwned({ live, applied: base, manager: 'git', nowMs: NOW_MS });
    expect(result).toEqual({
      object: live,
      managedFields: live.metadata?.managedFields,
      conflicts: [conflict],
      ceded: [],
    });
    expect(result.object).toBe(live);
  });

  test('the same value is owned by both', () => {
    const live = apply(scaled(), deployment({ replicas: 5, paused: true }));
    expect([ownedBy(live, 'git'), ownedBy(live, 'hpa')]).toEqual([['spec.paused', 'spec.replicas'], ['spec.replicas']]);
  });

  test('force takes it over', () => {
    const live = apply(scaled(), base, { force: true });
    expect(spec(live)['replicas']).toBe(2);
    expect([ownedBy(live, 'git'), ownedBy(live, 'hpa')]).toEqual([['spec.paused', 'spec.replicas'], []]);
  });

  test('ceding leaves value and ownership, applies the rest, and is stable', () => {
    const resolveConflict = (found: FieldConflict): ConflictDecision => (found.manager === 'hpa' ? 'cede' : 'fail');
    const applied = deployment({ replicas: 2, paused: false });
    const result = applyOwned({ live: scaled(), applied, manager: 'git', nowMs: NOW_MS, resolveConflict });
    expect(result.ceded).toEqual([conflict]);
    expect(spec(result.object)).toMatchObject({ replicas: 5, paused: false });
    expect([ownedBy(result.object, 'git'), ownedBy(result.object, 'hpa')]).toEqual([
      ['spec.paused'],
      ['spec.replicas'],
    ]);
    const live = deepFreeze(result.object);
    const again = applyOwned({ live, applied, manager: 'git', nowMs: NOW_MS + 5_000, resolveConflict });
    expect([again.object === live, again.ceded]).toEqual([true, [conflict]]);
  });

  test('each conflict has its own answer; one failure stops all', () => {
    const live = update(scaled(), 'person', setSpec({ paused: false }));
    const answers =
      (person: ConflictDecision) =>
      (found: FieldConflict): ConflictDecision =>
        found.manager === 'hpa' ? 'cede' : person;
    const taken = applyOwned({ live, applied: base, manager: 'git', nowMs: NOW_MS, resolveConflict: answers('take') });
    expect(spec(taken.object)).toMatchObject({ replicas: 5, paused: true });
    expect(ownedBy(taken.object, 'person')).toEqual([]);
    const failed = applyOwned({ live, applied: base, manager: 'git', nowMs: NOW_MS, resolveConflict: answers('fail') });
    expect([failed.object === live, failed.conflicts.map((found) => found.field)]).toEqual([true, ['spec.paused']]);
  });

  test('atomic structures and lists are one field', () => {
    const live = apply(undefined, deployment({ selector: { matchLabels: { a: '1' } } }), { manager: 'other' });
    const result = applyOwned({
      live,
      applied: deployment({ selector: { matchLabels: { b: '2' } } }),
      manager: 'git',
      nowMs: NOW_MS,
    });
    expect(result.conflicts.map((found) => found.field)).toEqual(['spec.selector']);
  });
});

test('equal sets of fields are one object', () => {
  const a = apply(undefined, deployment({ replicas: 1 }, { labels: { app: 'x' } }));
  const b = apply(undefined, { ...deployment({ replicas: 7 }, { labels: { app: 'y' }, name: 'other' }) });
  const fieldsOf = (object: KubernetesObject) => object.metadata?.managedFields?.[0]?.fieldsV1;
  expect(fieldsOf(a)).toBe(fieldsOf(b));
});

describe('properties', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const anyContainer = (containerName: string) =>
    fc
      .record(
        {
          image: name,
          args: fc.array(name, { maxLength: 2 }),
          tty: fc.boolean(),
          livenessProbe: fc.record(
            { periodSeconds: fc.nat(3), exec: fc.record({ command: fc.array(name) }) },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      )
      .map((rest): JsonObject => ({ name: containerName, ...rest }) as JsonObject);
  const anySpec = fc
    .record(
      {
        replicas: fc.nat(3),
        strategy: fc.record(
          {
            type: fc.constant('RollingUpdate'),
            rollingUpdate: fc.record({ maxSurge: fc.nat(2) }, { requiredKeys: [] }),
          },
          { requiredKeys: [] },
        ),
        template: fc
          .uniqueArray(name, { maxLength: 3 })
          .chain((names) => fc.tuple(...names.map(anyContainer)))
          .map((list) => ({ metadata: { labels: { x: 'y' } }, spec: { containers: list, nodeSelector: { a: 'b' } } })),
      },
      { requiredKeys: [] },
    )
    .map((value) => value as unknown as JsonObject);

  test('without other managers an object is what was applied last', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (before, after) => {
        const live = applyOwned({ live: undefined, applied: deployment(before), manager: 'git', nowMs: NOW_MS }).object;
        const result = applyOwned({
          live: deepFreeze(live),
          applied: deployment(after),
          manager: 'git',
          nowMs: NOW_MS,
        });
        expect(result.object['spec'] ?? {}).toEqual(after);
      }),
      { seed: 1 },
    );
  });

  test('an apply is stable, and its result does not depend on what was there, but for defaults', () => {
    fc.assert(
      fc.property(anySpec, anySpec, (before, after) => {
        const applied = deployment(after);
        const direct = apply(undefined, applied);
        const detour = apply(apply(undefined, deployment(before)), applied, { nowMs: NOW_MS });
        expect(detour['spec'] ?? {}).toEqual(direct['spec'] ?? {});
        expect(apply(detour, applied, { nowMs: NOW_MS + 5_000 })).toEqual(detour);
      }),
      { seed: 1 },
    );
  });
});
