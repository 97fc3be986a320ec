import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deepFreeze, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { schemaOf } from '../schema/schema.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

describe('JSON patch (RFC 6902, appendix A)', () => {
  test.each<[string, JsonValue, JsonValue, JsonValue]>([
    [
      'adding an object member',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux' }],
      { baz: 'qux', foo: 'bar' },
    ],
    [
      'adding an array element',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['removing an object member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [
      'removing an array element',
      { foo: ['bar', 'qux', 'baz'] },
      [{ op: 'remove', path: '/foo/1' }],
      { foo: ['bar', 'baz'] },
    ],
    ['replacing a value', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      'moving a value',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'moving an array element',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    [
      'testing a value',
      { baz: 'qux', foo: ['a', 2, 'c'] },
      [
        { op: 'test', path: '/baz', value: 'qux' },
        { op: 'test', path: '/foo/1', value: 2 },
      ],
      { baz: 'qux', foo: ['a', 2, 'c'] },
    ],
    [
      'adding a nested member',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    [
      'ignoring unrecognized elements',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
      { foo: 'bar', baz: 'qux' },
    ],
    [
      'escapes',
      { '/': 9, '~1': 10 },
      [
        { op: 'replace', path: '/~01', value: 11 },
        { op: 'replace', path: '/~1', value: 8 },
      ],
      { '/': 8, '~1': 11 },
    ],
    [
      'adding an array value at the end',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc'] }],
      { foo: ['bar', ['abc']] },
    ],
    ['copying', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [
      'null is a value',
      { a: 1 },
      [
        { op: 'replace', path: '/a', value: null },
        { op: 'test', path: '/a', value: null },
      ],
      { a: null },
    ],
    ['the whole document', { a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
    [
      '__proto__ is a name like any other',
      {},
      [{ op: 'add', path: '/__proto__', value: { x: 1 } }],
      JSON.parse('{"__proto__":{"x":1}}'),
    ],
  ])('%s', (_, document, patch, expected) => {
    expect(applyJsonPatch(deepFreeze(document), deepFreeze(patch))).toStrictEqual(expected);
  });

  test.each<[string, JsonValue, JsonValue, string, string]>([
    [
      'a failed test',
      { baz: 'qux' },
      [{ op: 'test', path: '/baz', value: 'bar' }],
      'unprocessable',
      'testing value /baz failed',
    ],
    [
      'a missing parent',
      { foo: 'bar' },
      [{ op: 'add', path: '/baz/bat', value: 'qux' }],
      'unprocessable',
      '/baz/bat does not exist',
    ],
    ['a missing member to remove', { a: 1 }, [{ op: 'remove', path: '/b' }], 'unprocessable', '/b does not exist'],
    [
      'a missing member to replace',
      { a: 1 },
      [{ op: 'replace', path: '/b', value: 1 }],
      'unprocessable',
      '/b does not exist',
    ],
    [
      'an index out of range',
      { a: [1] },
      [{ op: 'add', path: '/a/2', value: 1 }],
      'unprocessable',
      'index 2 is out of range',
    ],
    ['a leading zero', { a: [1, 2] }, [{ op: 'remove', path: '/a/01' }], 'unprocessable', 'no index of a list'],
    ['an inherited member', {}, [{ op: 'test', path: '/toString', value: 1 }], 'unprocessable', 'does not exist'],
    [
      'a value moved into itself',
      { a: { b: 1 } },
      [{ op: 'move', from: '/a', path: '/a/b' }],
      'unprocessable',
      'into itself',
    ],
    ['no list', {}, {}, 'malformed', 'a list of operations'],
    ['an unknown operation', {}, [{ op: 'spam', path: '/a' }], 'malformed', 'unknown operation "spam"'],
    ['no value', {}, [{ op: 'add', path: '/a' }], 'malformed', 'needs a value'],
    ['no path', {}, [{ op: 'add', value: 1 }], 'malformed', 'needs a path'],
    ['no pointer', {}, [{ op: 'add', path: 'a', value: 1 }], 'malformed', 'is no JSON pointer'],
  ])('%s is refused', (_, document, patch, reason, message) => {
    expect(() => applyJsonPatch(document, patch)).toThrow(
      expect.objectContaining({ reason, message: expect.stringContaining(message) }),
    );
  });

  test('untouched parts are shared', () => {
    const document = deepFreeze({ a: { b: 1 }, c: { d: 1 } });
    expect((applyJsonPatch(document, [{ op: 'replace', path: '/c/d', value: 2 }]) as typeof document).a).toBe(
      document.a,
    );
  });
});

describe('JSON merge patch (RFC 7386, appendix A)', () => {
  test.each<[JsonValue, JsonValue, JsonValue]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j patched with %j is %j', (document, patch, expected) => {
    expect(applyMergePatch(deepFreeze(document), deepFreeze(patch))).toEqual(expected);
  });

  test('a patch that changes nothing returns the document', () => {
    const document = deepFreeze({ a: { b: [1, { c: 2 }] } });
    expect(applyMergePatch(document, { a: { b: [1, { c: 2 }], x: null } })).toBe(document);
  });

  test('patching twice is the same as once', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (document, patch) => {
        const once = applyMergePatch(document as JsonValue, patch as JsonValue);
        expect(applyMergePatch(once, patch as JsonValue)).toEqual(once);
      }),
      { seed: 1 },
    );
  });
});

describe('strategic merge patch', () => {
  const inPodSpec = (spec: JsonObject, patch: JsonObject): JsonValue | undefined => {
    const type = schemaOf('v1', 'Pod');
    if (type === undefined) throw new Error('no schema');
    return applyStrategicMergePatch(deepFreeze({ spec }), deepFreeze({ spec: patch }), type)['spec'];
  };
  const c = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });

  test.each<[string, JsonObject, JsonObject, JsonValue]>([
    [
      'containers merge by name',
      { containers: [c('a', { image: '1' }), c('b')] },
      { containers: [c('a', { image: '2' })] },
      { containers: [c('a', { image: '2' }), c('b')] },
    ],
    ['a new item comes first', { containers: [c('a')] }, { containers: [c('n')] }, { containers: [c('n'), c('a')] }],
    [
      'an item is deleted by its key',
      { containers: [c('a'), c('b')] },
      { containers: [{ $patch: 'delete', name: 'a' }] },
      { containers: [c('b')] },
    ],
    [
      'a list is replaced',
      { containers: [c('a'), c('b')] },
      { containers: [c('x'), { $patch: 'replace' }] },
      { containers: [c('x')] },
    ],
    [
      'an object is replaced',
      { securityContext: { runAsUser: 1 } },
      { securityContext: { $patch: 'replace', runAsGroup: 2 } },
      { securityContext: { runAsGroup: 2 } },
    ],
    [
      'an object is emptied',
      { securityContext: { runAsUser: 1 } },
      { securityContext: { $patch: 'delete' } },
      { securityContext: {} },
    ],
    ['null removes a field', { nodeName: 'n', hostname: 'h' }, { nodeName: null }, { hostname: 'h' }],
    [
      'atomic lists are replaced',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ key: 'b' }] },
      { tolerations: [{ key: 'b' }] },
    ],
    [
      'lists of texts are replaced',
      { containers: [c('a', { args: ['x', 'y'] })] },
      { containers: [c('a', { args: ['z'] })] },
      { containers: [c('a', { args: ['z'] })] },
    ],
    [
      'ports merge by number alone',
      { containers: [c('a', { ports: [{ containerPort: 53, protocol: 'TCP' }] })] },
      { containers: [c('a', { ports: [{ containerPort: 53, name: 'dns' }] })] },
      { containers: [c('a', { ports: [{ containerPort: 53, protocol: 'TCP', name: 'dns' }] })] },
    ],
    [
      'other keys of a volume go',
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: { secretName: 's' } }] },
      { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    ],
    [
      'directives in what is new are dropped',
      {},
      {
        containers: [
          c('a', {
            $patch: 'merge',
            env: [
              { name: 'x', $patch: 'delete' },
              { name: 'y', value: null },
            ],
          }),
        ],
      },
      { containers: [c('a', { env: [{ name: 'y' }] })] },
    ],
    [
      'the order is set',
      { containers: [c('a'), c('b'), c('c')] },
      {
        '$setElementOrder/containers': [c('c'), c('a'), c('b')],
        containers: [c('c', { image: 'i' })],
      },
      { containers: [c('c', { image: 'i' }), c('a'), c('b')] },
    ],
    [
      "the server's own items stay where they were",
      { containers: [c('s'), c('a'), c('b')] },
      { '$setElementOrder/containers': [c('b'), c('a')] },
      { containers: [c('s'), c('b'), c('a')] },
    ],
  ])('%s', (_, spec, patch, expected) => {
    expect(inPodSpec(spec, patch)).toEqual(expected);
  });

  test('finalizers are a merged list of texts', () => {
    const type = schemaOf('v1', 'Pod');
    if (type === undefined) throw new Error('no schema');
    const pod = deepFreeze({ metadata: { finalizers: ['a', 'b'] } });
    expect(applyStrategicMergePatch(pod, { metadata: { finalizers: ['c', 'a'] } }, type)).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    });
    expect(applyStrategicMergePatch(pod, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }, type)).toEqual(
      { metadata: { finalizers: ['b'] } },
    );
  });

  test.each<[string, JsonObject, string]>([
    ['an item without its key', { containers: [{ image: 'i' }] }, 'does not contain declared merge key: name'],
    ['an unknown directive', { securityContext: { $patch: 'explode' } }, 'unknown patch type found'],
    ['retained keys that miss one', { securityContext: { $retainKeys: ['a'], b: 1 } }, '$retainKeys does not list b'],
    [
      'an order that misses an item',
      { '$setElementOrder/containers': [c('x')], containers: [c('y')] },
      "doesn't match",
    ],
  ])('%s is refused', (_, patch, message) => {
    expect(() => inPodSpec({ containers: [c('a')], securityContext: {} }, patch)).toThrow(message);
  });

  test('untouched parts are shared', () => {
    const type = schemaOf('v1', 'Pod');
    if (type === undefined) throw new Error('no schema');
    const pod = deepFreeze({ spec: { containers: [c('a'), c('b')] } });
    const patched = applyStrategicMergePatch(
      pod,
      { spec: { containers: [c('a', { image: 'i' })] } },
      type,
    ) as typeof pod;
    expect(patched.spec.containers[1]).toBe(pod.spec.containers[1]);
  });
});
