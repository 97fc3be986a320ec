import { expect, test } from 'vitest';
import { decodeObject, parseFile, validateObject } from '../../manifests/index.ts';
import { ModelValidatorLoader } from './model-validators.ts';

test('one file is loaded for each kind, and what has none is remembered', async () => {
  const loader = new ModelValidatorLoader();
  const { validators } = loader;
  expect(validators.validatorOf('apps/v1', 'Deployment')).toBeUndefined();
  await loader.load([
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { apiVersion: 'v1', kind: 'Affinity' },
    { apiVersion: 'x.io/v1', kind: 'Zebra' },
    { apiVersion: '..', kind: '../../package' },
    { apiVersion: '_schemas', kind: 'IoK8sApiCoreV1Pod' },
  ]);
  expect(validators.validatorOf('apps/v1', 'Deployment')).toBeTypeOf('function');
  expect(validators.validatorOf('v1', 'Affinity')).toBeNull();
  expect(validators.validatorOf('x.io/v1', 'Zebra')).toBeNull();
  expect(validators.validatorOf('..', '../../package')).toBeNull();
  expect(validators.validatorOf('_schemas', 'IoK8sApiCoreV1Pod')).toBeNull();
});

test('the validators agree with the field table about every wrong type', async () => {
  const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a, annotations: null}
spec:
  replicas: "2"
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      restartPolicy: Foo
      containers: [{name: c, image: i, resources: {limits: {cpu: 1..}}, env: [{value: 1}]}]
`;
  const [parsed] = parseFile(new TextEncoder().encode(text)).objects;
  if (parsed === undefined) throw new Error('no object');
  const object = decodeObject(parsed);
  const loader = new ModelValidatorLoader();
  await loader.load([object]);
  const validate = loader.validators.validatorOf(object.apiVersion, object.kind);
  expect(validate?.(object).length).toBeGreaterThan(5);
  expect(validateObject(object, { models: loader.validators })).toEqual(validateObject(object));
});
