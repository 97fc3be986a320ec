import { describe, expect, it } from 'vitest';
import type { Client } from '../client.ts';
import { builtInRules } from '../object-rules.ts';
import { createTestRegistry, deployment, referenceTo, refusal } from '../testing.ts';

const ALLOWS_ALL = { ...builtInRules, validateObject: () => [], validateUpdate: () => [] };
const REFERENCE = referenceTo(deployment('web'));

/** A Deployment that a Berth of another version has let in: with a label and a deadline that this one refuses. */
function leaveDeployment(): Client {
  const { store, client } = createTestRegistry({ rules: ALLOWS_ALL });
  const web = deployment('web');
  const metadata = { ...web.metadata, name: 'web', labels: { app: 'web', 'not a key': 'x' } };
  const spec = { ...(web['spec'] as object), minReadySeconds: 20, progressDeadlineSeconds: 10 };
  client.create({ ...web, metadata, spec });
  return createTestRegistry({ store }).client;
}

describe('an object that would be refused today', () => {
  it.each<[what: string, patch: object]>([
    ['another annotation', { metadata: { annotations: { note: 'x' } } }],
    ['a finalizer', { metadata: { finalizers: ['example.com/hold'] } }],
    ['its labels mended', { metadata: { labels: { 'not a key': null } } }],
    ['its spec mended', { spec: { progressDeadlineSeconds: 60 } }],
  ])('may be given %s', (_what, patch) => {
    expect(() => leaveDeployment().patch(REFERENCE, 'merge', patch as never)).not.toThrow();
  });

  it.each<[what: string, patch: object, subresource: 'scale' | undefined, message: RegExp]>([
    ['another label', { metadata: { labels: { more: 'x' } } }, undefined, /metadata\.labels/],
    ['another size', { spec: { replicas: 3 } }, undefined, /must be greater than minReadySeconds/],
    ['another size by its scale', { spec: { replicas: 3 } }, 'scale', /must be greater than minReadySeconds/],
  ])('may not be given %s, where the rest of it is judged with that', (_what, patch, subresource, message) => {
    const options = subresource === undefined ? {} : { subresource };
    const error = refusal(() => leaveDeployment().patch(REFERENCE, 'merge', patch as never, options));
    expect(error.message).toMatch(message);
  });

  it('goes when its last finalizer is taken off', () => {
    const client = leaveDeployment();
    client.delete(REFERENCE, { propagationPolicy: 'Orphan' });
    client.patch(REFERENCE, 'merge', { metadata: { finalizers: null } });
    expect(client.getObject(REFERENCE)).toBeUndefined();
  });
});

it.each<[what: string, patch: object, message: RegExp]>([
  ['the same key', { data: { b: 'x' } }, /duplicate of key/],
  ['too much', { binaryData: { b: Buffer.alloc(1_100_000).toString('base64') } }, /Too long|too long/],
])('a ConfigMap may not become wrong by %s in a field beside the one that is told', (_what, patch, message) => {
  const { client } = createTestRegistry();
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'settings' };
  client.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'default', name: 'settings' },
    data: { a: '1' },
    binaryData: { b: 'eA==' },
  });
  expect(refusal(() => client.patch(reference, 'merge', patch as never)).message).toMatch(message);
});
