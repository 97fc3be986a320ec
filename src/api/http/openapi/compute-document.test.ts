import { describe, expect, test } from 'vitest';
import { field } from '../test-api.ts';
import { computeDocument, documentNames } from './compute-document.ts';

/** All values of a key, wherever they stand. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [...(name === key ? [child] : []), ...valuesOf(key, child)]);
}

describe.each([...documentNames()])('%s', (_name, apiVersion) => {
  const document = computeDocument(apiVersion);
  const schemas = field(document, 'components', 'schemas') as Readonly<Record<string, object>>;

  test('refers to nothing that is not there', () => {
    const names = valuesOf('$ref', document).map((reference) => String(reference).replace('#/components/schemas/', ''));
    expect(names.filter((name) => schemas[name] === undefined)).toEqual([]);
  });

  // What kubectl needs to let the server validate, and to find the schema of a kind.
  test('says of each kind where it is patched, and that fields are validated there', () => {
    const paths = Object.entries(field(document, 'paths') as Readonly<Record<string, object>>);
    const patched = paths.filter(([path]) => path.endsWith('/{name}')).map(([, item]) => field(item, 'patch'));
    const kinds = valuesOf('x-kubernetes-group-version-kind', schemas).flat();
    expect(patched.map((patch) => field(patch, 'x-kubernetes-group-version-kind'))).toEqual(
      expect.arrayContaining(kinds),
    );
    expect(kinds.length).toBe(patched.length);
    for (const patch of patched) {
      const names = (field(patch, 'parameters') as readonly object[]).map((parameter) => field(parameter, 'name'));
      expect(names).toContain('fieldValidation');
    }
  });
});

test('merge keys, enumerations, references and what Berth does not carry out are in it', () => {
  const schemas = field(computeDocument('v1'), 'components', 'schemas');
  const property = (type: string, name: string) => field(schemas, `io.k8s.api.v1.${type}`, 'properties', name);
  expect(property('PodSpec', 'containers')).toEqual({
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.v1.Container' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': 'name',
  });
  expect(property('PodSpec', 'volumes')).toMatchObject({ 'x-kubernetes-patch-strategy': 'merge,retainKeys' });
  expect(property('PodSpec', 'restartPolicy')).toEqual({ type: 'string', enum: ['Always', 'Never', 'OnFailure'] });
  expect(property('ObjectMeta', 'annotations')).toEqual({ type: 'object', additionalProperties: { type: 'string' } });
  expect(property('PodSpec', 'runtimeClassName')).toMatchObject({ description: expect.stringContaining('Berth') });
  expect(property('Pod', 'apiVersion')).toEqual({ type: 'string' });
});
