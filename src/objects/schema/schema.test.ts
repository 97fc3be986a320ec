import { expect, test } from 'vitest';
import { KINDS } from '../kinds.ts';
import { fieldsOf, schemaAt, schemaOf, type TypeSchema, type ValueSchema } from './schema.ts';

function typeOf(apiVersion: string, kind: string): TypeSchema {
  const type = schemaOf(apiVersion, kind);
  if (type === undefined) throw new Error(`no ${kind}`);
  return type;
}
const deployment = typeOf('apps/v1', 'Deployment');
const inPod = (path: string) => schemaAt(typeOf('v1', 'Pod'), ['spec', ...path.split('.')]);

test('every kind has a type whose every part can be read', () => {
  const seen = new Set<TypeSchema>();
  const visit = (schema: ValueSchema): void => {
    if (schema.kind === 'list') return visit(schema.item);
    if (schema.kind === 'map') return visit(schema.value);
    if (schema.kind === 'object') visitType(schema.type);
  };
  const visitType = (type: TypeSchema): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const field of fieldsOf(type)) visit(field.schema);
  };
  for (const info of KINDS) visitType(typeOf(info.apiVersion, info.kind));
  expect(seen.size).toBeGreaterThan(400);
});

test.each([
  ['containers', { listType: 'map', mapKeys: ['name'], patch: 'merge', mergeKey: 'name', retainKeys: false }],
  ['containers.0.ports', { listType: 'map', mapKeys: ['containerPort', 'protocol'], mergeKey: 'containerPort' }],
  ['containers.0.env', { listType: 'map', mapKeys: ['name'] }],
  ['containers.0.volumeMounts', { mapKeys: ['mountPath'], mergeKey: 'mountPath' }],
  ['containers.0.args', { listType: 'atomic', patch: 'replace' }],
  ['volumes', { mapKeys: ['name'], mergeKey: 'name', retainKeys: true }],
  ['tolerations', { listType: 'atomic', patch: 'replace' }],
  ['topologySpreadConstraints', { mapKeys: ['topologyKey', 'whenUnsatisfiable'], mergeKey: 'topologyKey' }],
  ['hostAliases', { mapKeys: ['ip'] }],
])('list facts of a pod: %s', (path, facts) => expect(inPod(path)).toMatchObject({ kind: 'list', ...facts }));

test('lists of metadata', () => {
  expect(schemaAt(deployment, ['metadata', 'finalizers'])).toMatchObject({
    listType: 'set',
    patch: 'merge',
    mergeKey: undefined,
  });
  expect(schemaAt(deployment, ['metadata', 'ownerReferences'])).toMatchObject({
    listType: 'map',
    mapKeys: ['uid'],
    mergeKey: 'uid',
  });
});

test.each([
  ['apps/v1', 'Deployment', 'spec.selector', { kind: 'object', isAtomic: true }],
  ['apps/v1', 'Deployment', 'spec.strategy', { kind: 'object', patch: 'retainKeys', isAtomic: false }],
  ['v1', 'Service', 'spec.selector', { kind: 'map', isAtomic: true }],
  ['v1', 'Service', 'spec.ports.0.protocol', { scalar: 'string' }],
  ['v1', 'Service', 'spec.type', { enum: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] }],
  ['v1', 'Secret', 'data.x', { scalar: 'bytes' }],
  ['v1', 'PersistentVolume', 'spec.claimRef', { kind: 'object', isAtomic: false }],
  ['v1', 'Pod', 'spec.containers.0.resources.limits.cpu', { scalar: 'quantity' }],
  ['v1', 'Pod', 'spec.containers.0.livenessProbe.httpGet.port', { scalar: 'intOrString' }],
  ['v1', 'Pod', 'metadata.creationTimestamp', { scalar: 'time' }],
  ['policy/v1', 'PodDisruptionBudget', 'spec.selector', { patch: 'replace' }],
  [
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'spec.versions.0.schema.openAPIV3Schema.properties.x.default.anything',
    { scalar: 'any' },
  ],
])('%s %s %s', (apiVersion, kind, path, expected) => {
  expect(schemaAt(typeOf(apiVersion, kind), path.split('.'))).toMatchObject(expected);
});

test('what the API does not have is not found', () => {
  expect(schemaOf('apps/v2', 'Deployment')).toBeUndefined();
  expect(schemaOf('v1', 'constructor')).toBeUndefined();
  expect(schemaAt(deployment, ['spec', 'replica'])).toBeUndefined();
  expect(schemaAt(deployment, ['spec', 'replicas', 'x'])).toBeUndefined();
  expect(schemaAt(deployment, ['spec', 'toString'])).toBeUndefined();
});

test('required fields are those of the API', () => {
  const required = fieldsOf(deployment.fields.get('spec')?.schema.kind === 'object' ? specType() : deployment).filter(
    (field) => field.isRequired,
  );
  expect(required.map((field) => field.name)).toEqual(['selector', 'template']);
});

function specType(): TypeSchema {
  const spec = schemaAt(deployment, ['spec']);
  if (spec?.kind !== 'object') throw new Error('spec is no object');
  return spec.type;
}
