import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringifyObject } from './stringify-object.ts';
import { createTestRegistry, deployment } from './testing.ts';

test('the text of a stored object parses into an equal object', () => {
  const { client } = createTestRegistry();
  client.create({ ...deployment('web', 2), metadata: { name: 'web', annotations: { note: '"quoted"\n\u2028' } } });
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
  const applied = client.apply(deployment('web', 3), { fieldManager: 'git', force: true }).object;
  expect(applied.metadata.managedFields).toHaveLength(2);
  const stored = client.getObject(reference);
  // Once with the texts of its fields made, once with those that were kept.
  for (let run = 0; run < 2; run++) {
    expect(JSON.parse(stringifyObject(JSON.parse(JSON.stringify(stored))))).toEqual(stored);
    expect(JSON.parse(stringifyObject({ ...stored } as never))).toEqual(stored);
  }
});

test('any value keeps its fields in their order, whatever stands where managed fields would', () => {
  const part = fc.jsonValue();
  const metadata = fc.oneof(
    part,
    fc.record({ name: part, managedFields: part }),
    fc.record({ managedFields: fc.array(fc.oneof(part, fc.record({ manager: part, fieldsV1: part }))), labels: part }),
  );
  const value = fc.record({ apiVersion: part, metadata, spec: part }, { requiredKeys: [] });
  fc.assert(
    fc.property(value, (object) => {
      const text = stringifyObject(object as never);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(object)));
      expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(JSON.stringify(object))));
    }),
    { seed: 1 },
  );
});
