import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deepFreeze, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { schemaOf, type TypeSchema } from '../schema/schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

/**
 * The cases follow the behaviours that k8s.io/apimachinery/pkg/util/strategicpatch tests, on fields of the API that
 * have the same strategies.
 */
function typeOf(apiVersion: string, kind: string): TypeSchema {
  const type = schemaOf(apiVersion, kind);
  if (type === undefined) throw new Error(`no schema of ${kind}`);
  return type;
}

const POD = typeOf('v1', 'Pod');
const DEPLOYMENT = typeOf('apps/v1', 'Deployment');
const SERVICE = typeOf('v1', 'Service');

function patchSpec(spec: JsonObject, patch: JsonObject, type = POD): JsonValue | undefined {
  return applyStrategicMergePatch(deepFreeze({ spec }), deepFreeze({ spec: patch }), type)['spec'];
}

function patchMetadata(metadata: JsonObject, patch: JsonObject): JsonValue | undefined {
  return applyStrategicMergePatch(deepFreeze({ metadata }), deepFreeze({ metadata: patch }), POD)['metadata'];
}

const c = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });

describe('maps', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['add to nothing', {}, { labels: { a: '1' } }, { labels: { a: '1' } }],
    [
      'add, change, keep',
      { labels: { a: '1', b: '2' } },
      { labels: { b: '3', c: '4' } },
      { labels: { a: '1', b: '3', c: '4' } },
    ],
    ['null deletes a key', { labels: { a: '1', b: '2' } }, { labels: { a: null } }, { labels: { b: '2' } }],
    ['null deletes a map', { labels: { a: '1' }, name: 'n' }, { labels: null }, { name: 'n' }],
    [
      'null for what is not there is nothing',
      { name: 'n' },
      { labels: null, annotations: { a: null } },
      { name: 'n', annotations: {} },
    ],
    ['an empty patch', { labels: { a: '1' } }, { labels: {} }, { labels: { a: '1' } }],
    ['replace', { labels: { a: '1', b: '2' } }, { labels: { $patch: 'replace', c: '3' } }, { labels: { c: '3' } }],
    ['replace by nothing', { labels: { a: '1' } }, { labels: { $patch: 'replace' } }, { labels: {} }],
    ['replace what is not there', {}, { labels: { $patch: 'replace', c: '3' } }, { labels: { c: '3' } }],
    ['delete all', { labels: { a: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
    [
      'merge is the default',
      { labels: { a: '1' } },
      { labels: { $patch: 'merge', b: '2' } },
      { labels: { a: '1', b: '2' } },
    ],
    ['another type takes its place', { labels: { a: '1' } }, { labels: 'x' }, { labels: 'x' }],
    ['a map in place of text', { labels: 'x' }, { labels: { a: '1', b: null } }, { labels: { a: '1' } }],
  ])('%s', (_, metadata, patch, expected) => expect(patchMetadata(metadata, patch)).toEqual(expected));

  test('the object itself', () => {
    expect(applyStrategicMergePatch({ spec: { nodeName: 'n' } }, { $patch: 'replace', kind: 'Pod' }, POD)).toEqual({
      kind: 'Pod',
    });
    expect(applyStrategicMergePatch({ spec: { nodeName: 'n' } }, { $patch: 'delete' }, POD)).toEqual({});
    expect(() => applyStrategicMergePatch({}, ['x'], POD)).toThrow('is an object');
  });

  test('fields that no schema knows merge as JSON, with lists as a whole', () => {
    const patched = applyStrategicMergePatch(
      { spec: { unknown: { a: [1, 2], b: { c: 1 } } } },
      { spec: { unknown: { a: [3], b: { d: 2 } } } },
      POD,
    );
    expect(patched).toEqual({ spec: { unknown: { a: [3], b: { c: 1, d: 2 } } } });
  });
});

describe('lists of objects with a merge key', () => {
  test.each<[string, JsonObject[], JsonObject[], JsonObject[]]>([
    ['an empty patch', [c('a')], [], [c('a')]],
    ['an empty list', [], [c('a')], [c('a')]],
    [
      'merge into the right one',
      [c('a'), c('b')],
      [c('b', { image: 'i' })],
      [c('b', { image: 'i' }), c('a')].reverse(),
    ],
    [
      'null deletes a field of an item',
      [c('a', { image: 'i', tty: true })],
      [c('a', { tty: null })],
      [c('a', { image: 'i' })],
    ],
    [
      'a new item goes before those that the patch does not name',
      [c('a'), c('b')],
      [c('n'), c('b', { image: 'i' })],
      [c('n'), c('a'), c('b', { image: 'i' })],
    ],
    [
      'the order of the patch counts',
      [c('a'), c('b'), c('c')],
      [c('c', { tty: true }), c('a', { tty: true })],
      [c('b'), c('c', { tty: true }), c('a', { tty: true })],
    ],
    ['delete', [c('a'), c('b')], [{ $patch: 'delete', name: 'a' }], [c('b')]],
    ['delete what is not there', [c('a')], [{ $patch: 'delete', name: 'x' }], [c('a')]],
    ['delete and add', [c('a'), c('b')], [{ $patch: 'delete', name: 'a' }, c('n')], [c('n'), c('b')]],
    [
      'delete and add the same',
      [c('a', { image: 'i' })],
      [{ $patch: 'delete', name: 'a' }, c('a', { tty: true })],
      [c('a', { tty: true })],
    ],
    [
      'delete every one of a name',
      [c('a', { image: '1' }), c('a', { image: '2' })],
      [{ $patch: 'delete', name: 'a' }],
      [],
    ],
    ['replace', [c('a'), c('b')], [{ $patch: 'replace' }, c('n')], [c('n')]],
    ['replace by nothing', [c('a')], [{ $patch: 'replace' }], []],
    ['replace wins over delete', [c('a')], [{ $patch: 'delete', name: 'a' }, { $patch: 'replace' }, c('n')], [c('n')]],
    [
      'an item twice in the patch',
      [c('a')],
      [c('a', { image: 'i' }), c('a', { tty: true })],
      [c('a', { image: 'i', tty: true })],
    ],
    [
      'nested lists',
      [c('a', { env: [c('x', { value: '1' }), c('y')] })],
      [c('a', { env: [{ $patch: 'delete', name: 'y' }, c('z')] })],
      [c('a', { env: [c('z'), c('x', { value: '1' })] })],
    ],
    [
      'an item replaced whole',
      [c('a', { image: 'i', env: [c('x')] })],
      [{ $patch: 'delete', name: 'a' }, c('a', { image: 'j' })],
      [c('a', { image: 'j' })],
    ],
    [
      'nested maps of an item',
      [c('a', { resources: { limits: { cpu: '1', memory: '1' } } })],
      [c('a', { resources: { limits: { cpu: null } } })],
      [c('a', { resources: { limits: { memory: '1' } } })],
    ],
    ['nulls of a new item go', [], [c('a', { image: null, tty: true })], [c('a', { tty: true })]],
  ])('%s', (_, containers, patch, expected) => {
    expect(patchSpec({ containers }, { containers: patch })).toEqual({ containers: expected });
  });

  test('keys may be numbers', () => {
    const ports = [
      { port: 80, name: 'a' },
      { port: 443, name: 'b' },
    ];
    expect(patchSpec({ ports }, { ports: [{ port: 443, targetPort: 8443 }] }, SERVICE)).toEqual({
      ports: [
        { port: 80, name: 'a' },
        { port: 443, name: 'b', targetPort: 8443 },
      ],
    });
  });

  test('null deletes the list, and a list takes the place of anything else', () => {
    expect(patchSpec({ containers: [c('a')] }, { containers: null })).toEqual({});
    expect(patchSpec({ containers: 'x' }, { containers: [c('a', { image: null })] })).toEqual({ containers: [c('a')] });
  });

  test.each<[string, JsonValue, string]>([
    ['no merge key', [{ image: 'i' }], 'does not contain declared merge key: name'],
    ['a deletion without its key', [{ $patch: 'delete' }], 'does not contain declared merge key: name'],
    ['merge as a directive of an item', [{ $patch: 'merge', name: 'a' }], 'merging lists cannot yet be specified'],
    ['an unknown directive', [{ $patch: 'explode', name: 'n' }], 'unknown patch type found'],
    ['items that are no objects', ['a'], 'is an object'],
  ])('%s is refused', (_, patch, message) => {
    expect(() => patchSpec({ containers: [c('a')] }, { containers: patch })).toThrow(
      expect.objectContaining({ reason: 'malformed', message: expect.stringContaining(message) }),
    );
  });
});

describe('lists of values', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['merge', { finalizers: ['a', 'b'] }, { finalizers: ['c'] }, { finalizers: ['c', 'a', 'b'] }],
    ['no value twice', { finalizers: ['a', 'b'] }, { finalizers: ['b', 'b', 'c'] }, { finalizers: ['a', 'b', 'c'] }],
    [
      'delete values',
      { finalizers: ['a', 'b', 'a'] },
      { '$deleteFromPrimitiveList/finalizers': ['a', 'x'] },
      { finalizers: ['b'] },
    ],
    [
      'delete and add',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] },
      { finalizers: ['c', 'b'] },
    ],
    ['delete from nothing', { name: 'n' }, { '$deleteFromPrimitiveList/finalizers': ['a'] }, { name: 'n' }],
    [
      'set the order',
      { finalizers: ['a', 'b', 'c'] },
      { '$setElementOrder/finalizers': ['c', 'a', 'b'] },
      { finalizers: ['c', 'a', 'b'] },
    ],
    [
      'set the order with additions',
      { finalizers: ['a', 'b'] },
      { '$setElementOrder/finalizers': ['b', 'n', 'a'], finalizers: ['n'] },
      { finalizers: ['b', 'n', 'a'] },
    ],
    [
      'set the order, delete and add',
      { finalizers: ['a', 'b', 's'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['n', 'b'], finalizers: ['n'] },
      { finalizers: ['n', 'b', 's'] },
    ],
  ])('%s', (_, metadata, patch, expected) => expect(patchMetadata(metadata, patch)).toEqual(expected));

  test('atomic ones are replaced', () => {
    const containers = [c('a', { command: ['x', 'y'] })];
    expect(patchSpec({ containers }, { containers: [c('a', { command: ['z'] })] })).toEqual({
      containers: [c('a', { command: ['z'] })],
    });
    expect(patchSpec({ tolerations: [{ key: 'a' }] }, { tolerations: [] })).toEqual({ tolerations: [] });
  });
});

describe('$setElementOrder of objects', () => {
  const order = (...names: readonly string[]) => names.map((name) => c(name));
  test.each<[string, readonly string[], JsonObject, readonly string[]]>([
    ['as listed', ['a', 'b', 'c'], { '$setElementOrder/containers': order('c', 'b', 'a') }, ['c', 'b', 'a']],
    [
      "the server's own keep their place before",
      ['s', 'a', 'b'],
      { '$setElementOrder/containers': order('b', 'a') },
      ['s', 'b', 'a'],
    ],
    [
      "the server's own keep their place between",
      ['a', 's', 'b'],
      { '$setElementOrder/containers': order('a', 'b') },
      ['a', 's', 'b'],
    ],
    [
      "the server's own keep their place behind",
      ['a', 'b', 's'],
      { '$setElementOrder/containers': order('b', 'a') },
      ['b', 'a', 's'],
    ],
    [
      'with an addition',
      ['a', 'b'],
      { '$setElementOrder/containers': order('b', 'n', 'a'), containers: [c('n')] },
      ['b', 'n', 'a'],
    ],
    [
      'with a deletion',
      ['a', 'b', 'c'],
      { '$setElementOrder/containers': order('c', 'a'), containers: [{ $patch: 'delete', name: 'b' }] },
      ['c', 'a'],
    ],
    ['of what is not there', ['a'], { '$setElementOrder/containers': order('x', 'a') }, ['a']],
  ])('%s', (_, names, patch, expected) => {
    const patched = patchSpec({ containers: names.map((name) => c(name)) }, patch);
    expect(patched).toEqual({ containers: expected.map((name) => c(name)) });
  });

  test('in a list inside of an item', () => {
    const containers = [c('a', { env: [c('x'), c('y')] })];
    const patch = { containers: [c('a', { '$setElementOrder/env': order('y', 'x'), env: [c('y', { value: '1' })] })] };
    expect(patchSpec({ containers }, patch)).toEqual({
      containers: [c('a', { env: [c('y', { value: '1' }), c('x')] })],
    });
  });

  test.each<[string, JsonObject]>([
    ['an item is not listed', { '$setElementOrder/containers': order('a'), containers: [c('b')] }],
    [
      'the items stand in another order',
      { '$setElementOrder/containers': order('a', 'b'), containers: [c('b'), c('a')] },
    ],
  ])('is refused where %s', (_, patch) => {
    expect(() => patchSpec({ containers: [c('a'), c('b')] }, patch)).toThrow("doesn't match");
  });
});

describe('$retainKeys', () => {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } };
  test.each<[string, JsonObject, JsonObject]>([
    ['what is not listed goes', { $retainKeys: ['type'], type: 'Recreate' }, { type: 'Recreate' }],
    ['what is listed stays', { $retainKeys: ['type', 'rollingUpdate'], type: 'RollingUpdate' }, strategy],
    ['nothing listed empties', { $retainKeys: [] }, {}],
    ['null may be unlisted', { $retainKeys: ['type'], rollingUpdate: null }, { type: 'RollingUpdate' }],
    [
      'what is listed and set is merged',
      { $retainKeys: ['rollingUpdate'], rollingUpdate: { maxUnavailable: 2 } },
      { rollingUpdate: { maxSurge: 1, maxUnavailable: 2 } },
    ],
  ])('%s', (_, patch, expected) => {
    expect(patchSpec({ strategy }, { strategy: patch }, DEPLOYMENT)).toEqual({ strategy: expected });
  });

  test('of an item, such as a volume that changes its source', () => {
    const volumes = [
      { name: 'v', emptyDir: {} },
      { name: 'w', emptyDir: {} },
    ];
    const patch = [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }];
    expect(patchSpec({ volumes }, { volumes: patch })).toEqual({
      volumes: [
        { name: 'v', configMap: { name: 'c' } },
        { name: 'w', emptyDir: {} },
      ],
    });
  });

  test('of what is new means nothing', () => {
    expect(patchSpec({}, { strategy: { $retainKeys: ['type'], type: 'Recreate' } }, DEPLOYMENT)).toEqual({
      strategy: { type: 'Recreate' },
    });
  });

  test.each<[string, JsonObject, string]>([
    ['misses what the patch sets', { $retainKeys: ['type'], rollingUpdate: {} }, 'does not list rollingUpdate'],
    ['is no list', { $retainKeys: 'type' }, 'is a list'],
  ])('is refused where it %s', (_, patch, message) => {
    expect(() => patchSpec({ strategy }, { strategy: patch }, DEPLOYMENT)).toThrow(message);
  });
});

describe('properties', () => {
  const container = fc.record(
    { name: fc.constantFrom('a', 'b', 'c'), image: fc.constantFrom('1', '2') },
    { requiredKeys: ['name'] },
  );
  const list = fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 });

  test('patching twice is the same as once, and an empty patch changes nothing', () => {
    fc.assert(
      fc.property(list, list, (containers, patch) => {
        const once = patchSpec({ containers }, { containers: patch }) as JsonObject;
        expect(patchSpec(once, { containers: patch })).toEqual(once);
        expect(patchSpec({ containers }, {})).toEqual({ containers });
      }),
      { seed: 1 },
    );
  });

  test('no directive is left in what comes out', () => {
    const directive = fc.constantFrom<JsonObject>(
      {},
      { $patch: 'replace' },
      { $patch: 'delete' },
      { $retainKeys: ['name', 'image'] },
    );
    const item = fc.tuple(container, directive).map(([one, more]) => ({ ...one, ...more }));
    const patch = fc.record({ containers: fc.uniqueArray(item, { selector: ({ name }) => name }) });
    fc.assert(
      fc.property(list, patch, (containers, spec) => {
        expect(JSON.stringify(patchSpec({ containers }, spec))).not.toContain('$');
      }),
      { seed: 1 },
    );
  });
});
