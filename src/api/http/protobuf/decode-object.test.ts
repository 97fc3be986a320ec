import { expect, test } from 'vitest';
import { isApiError } from '../../api-error.ts';
import { decodeObject } from './decode-object.ts';

/** The bytes of one field: a number, a text, or what was put together so. */
function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Uint8Array.from([number * 8, ...varint(BigInt(value))]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Uint8Array.from([number * 8 + 2, ...varint(BigInt(bytes.length)), ...bytes]);
}

function varint(value: bigint): number[] {
  const rest = BigInt.asUintN(64, value);
  return rest < 128n ? [Number(rest)] : [Number(rest & 127n) | 128, ...varint(rest >> 7n)];
}

function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

function body(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const type = message(field(1, apiVersion), field(2, kind));
  return message(Buffer.from('k8s\0'), field(1, type), field(2, raw), field(3, ''), field(4, ''));
}

function refusal(bytes: Uint8Array): string {
  try {
    return JSON.stringify(decodeObject(bytes));
  } catch (error) {
    if (isApiError(error)) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

test('an object has the fields that JSON would have', () => {
  const entry = (key: string, value: string) => message(field(1, key), field(2, value));
  const metadata = message(
    ...[field(1, 'a'), field(2, ''), field(7, 0), field(8, new Uint8Array())],
    ...[field(11, entry('x', '1')), field(11, entry('y', ''))],
  );
  const raw = message(field(1, metadata), field(3, entry('bin', 'hé')), field(4, 0));
  expect(decodeObject(body('v1', 'ConfigMap', raw))).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', labels: { x: '1', y: '' } },
    binaryData: { bin: Buffer.from('hé').toString('base64') },
    immutable: false,
  });
});

test('numbers may be negative, lists and quantities come through, and what only the server writes does not', () => {
  const target = message(field(1, 'AverageValue'), field(3, field(1, '10m')));
  const metric = message(field(1, 'Resource'), field(4, message(field(1, 'cpu'), field(2, target))));
  const spec = message(field(2, -1), field(3, 4), field(4, metric), field(4, metric));
  const raw = message(field(1, field(1, 'a')), field(2, spec), field(3, field(3, 0)));
  const read = { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '10m' } } };
  expect(decodeObject(body('autoscaling/v2', 'HorizontalPodAutoscaler', raw))).toEqual({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: { minReplicas: -1, maxReplicas: 4, metrics: [read, read] },
  });
});

test('what is part of its parent in JSON, numbers or texts, JSON inside and times with microseconds come through', () => {
  const handler = field(2, message(field(1, '/healthz'), field(2, message(field(1, 0), field(2, 8080)))));
  const named = field(2, message(field(1, '/'), field(2, message(field(1, 1), field(3, 'http')))));
  const probe = (action: Uint8Array) => message(field(1, action), field(4, 5));
  const container = message(field(1, 'app'), field(10, probe(handler)), field(11, probe(named)));
  const volume = message(field(1, 'data'), field(2, field(2, new Uint8Array())));
  const raw = message(field(1, field(1, 'a')), field(2, message(field(1, volume), field(2, container))));
  expect(decodeObject(body('v1', 'Pod', raw))['spec']).toEqual({
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [
      {
        name: 'app',
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 },
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 },
      },
    ],
  });
  const data = field(2, field(1, '{"a":[1]}'));
  expect(decodeObject(body('apps/v1', 'ControllerRevision', data))).toMatchObject({ data: { a: [1] } });
  const lease = field(2, field(3, message(field(1, 60), field(2, 7000))));
  expect(decodeObject(body('coordination.k8s.io/v1', 'Lease', lease))['spec']).toEqual({
    acquireTime: '1970-01-01T00:01:00.000007Z',
  });
});

test('many keys and list items cost what they are long, and a key is a key whatever it says', () => {
  const count = 5000;
  const keys = Array.from({ length: count }, (_, index) => field(2, message(field(1, `k${index}`), field(2, 'v'))));
  const proto = field(2, message(field(1, '__proto__'), field(2, 'v')));
  const finalizers = Array.from({ length: count }, (_, index) => field(14, `f${index}`));
  const metadata = field(1, message(field(1, 'a'), ...finalizers));
  // Each entry used to copy all before it, which took a quarter of a minute.
  const read = decodeObject(body('v1', 'ConfigMap', message(metadata, ...keys, proto)));
  expect(Object.keys(read.data ?? {}).length).toBe(count + 1);
  expect(read.metadata).toMatchObject({ finalizers: { length: count } });
  expect(Object.getPrototypeOf(read.data)).toBe(Object.prototype);
}, 5_000);

test.each([
  ['no magic', Buffer.from('{}'), 'BadRequest: the request body is no protobuf object'],
  [
    'a kind that is not known',
    body('example.com/v1', 'Widget', new Uint8Array()),
    'UnsupportedMediaType: example.com/v1 Widget',
  ],
  [
    'a field that is not known',
    body('v1', 'Namespace', field(9, 'x')),
    'UnsupportedMediaType: field 9 of core/v1.Namespace',
  ],
  [
    'a field of another type',
    body('v1', 'Namespace', field(1, 5)),
    'BadRequest: the request body is no protobuf message of its kind',
  ],
  [
    'a cut off text',
    body('v1', 'Namespace', field(1, field(1, 'abc')).subarray(0, 5)),
    'BadRequest: the request body is no protobuf message',
  ],
  [
    'a number without an end',
    body('v1', 'Namespace', Uint8Array.from([8, ...Array(12).fill(255)])),
    'BadRequest: the request body is no protobuf message',
  ],
  [
    'a text that is none',
    body('v1', 'Namespace', field(1, field(1, Uint8Array.from([255])))),
    'BadRequest: the request body holds a text that is not UTF-8',
  ],
])('%s is refused', (_what, bytes, why) => {
  expect(refusal(bytes)).toContain(why);
});
