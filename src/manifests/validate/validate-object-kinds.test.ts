import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../objects/types.ts';
import {
  CONFIG_MAP,
  changed,
  DEPLOYMENT,
  objectOf,
  POD,
  pod,
  problemsOf,
  SECRET,
  SERVICE,
  withField,
} from './testing/sample-objects.ts';
import { validateObject } from './validate-object.ts';

test.each<[string, KubernetesObject, string, unknown, string]>([
  ['no ports', SERVICE, 'spec.ports', [], 'FieldValueRequired spec.ports: Required value'],
  [
    'unnamed ports',
    SERVICE,
    'spec.ports',
    [{ name: 'a', port: 1 }, { port: 2 }],
    'FieldValueRequired spec.ports[1].name: Required value: a Service with more than one port needs a name for each | add name: to the port',
  ],
  [
    'port name twice',
    SERVICE,
    'spec.ports',
    [
      { name: 'a', port: 1 },
      { name: 'a', port: 2 },
    ],
    'FieldValueDuplicate spec.ports[1].name: Duplicate value: "a"',
  ],
  [
    'node port',
    SERVICE,
    'spec.ports.0.nodePort',
    80,
    'FieldValueInvalid spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  ],
  [
    'node port of a ClusterIP',
    SERVICE,
    'spec.type',
    'ClusterIP',
    "FieldValueForbidden spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP' | set type: NodePort or remove the field",
  ],
  [
    'target port',
    SERVICE,
    'spec.ports.0.targetPort',
    '8080',
    'FieldValueInvalid spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z) | remove the quotes',
  ],
  [
    'headless NodePort',
    SERVICE,
    'spec.clusterIP',
    'None',
    'FieldValueInvalid spec.clusterIP: Invalid value: "None": may not be set to \'None\' for NodePort services',
  ],
  [
    'address',
    SERVICE,
    'spec.clusterIP',
    '10.0.0.256',
    'FieldValueInvalid spec.clusterIP: Invalid value: "10.0.0.256": must be a valid IP address',
  ],
  [
    'service name',
    SERVICE,
    'metadata.name',
    '1web',
    'FieldValueInvalid metadata.name: Invalid value: "1web": a DNS-1035 label must consist of',
  ],
  [
    'config key',
    CONFIG_MAP,
    'data',
    { 'a/b': 'x' },
    'FieldValueInvalid data[a/b]: Invalid value: "a/b": a valid config key must consist of',
  ],
  [
    'key in both',
    CONFIG_MAP,
    'binaryData',
    { 'a.txt': 'aGk=' },
    'FieldValueInvalid binaryData[a.txt]: Invalid value: "a.txt": duplicate of key present in data',
  ],
  [
    'config size',
    CONFIG_MAP,
    'data.big',
    'x'.repeat(1024 * 1024),
    'FieldValueTooLong data: Too long: may not be more than 1048576 bytes',
  ],
  [
    'base64',
    SECRET,
    'data.a',
    'hunter2!',
    'FieldValueInvalid data.a: Invalid value: must be base64 | encode the value with `base64`, or use stringData in a Secret',
  ],
  [
    'secret type',
    SECRET,
    'type',
    'kubernetes.io/tls',
    'FieldValueRequired data[tls.crt]: Required value: a Secret of type kubernetes.io/tls needs this key',
  ],
  [
    'pull secret',
    { ...SECRET, type: 'kubernetes.io/dockerconfigjson' },
    'stringData',
    { '.dockerconfigjson': '{hunter2' },
    'FieldValueInvalid stringData[.dockerconfigjson]: Invalid value: must be a JSON object as Docker keeps it in its config.json',
  ],
  [
    'encoded pull secret',
    { ...SECRET, type: 'kubernetes.io/dockercfg' },
    'data',
    { '.dockercfg': 'W10=' },
    'FieldValueInvalid data[.dockercfg]: Invalid value: must be a JSON object as Docker keeps it in its config.json',
  ],
  [
    'secret value type',
    SECRET,
    'stringData.b',
    5,
    'FieldValueTypeInvalid stringData.b: Invalid value: must be a string | put the value in quotes',
  ],
  [
    'namespace of a Namespace',
    objectOf('{apiVersion: v1, kind: Namespace, metadata: {name: a}}'),
    'metadata.namespace',
    'x',
    '~FieldInert metadata.namespace: a Namespace belongs to no namespace; the field is ignored | remove it',
  ],
  [
    'finalizer of a namespace',
    objectOf('{apiVersion: v1, kind: Namespace, metadata: {name: a}}'),
    'spec',
    { finalizers: ['kubernetes', 'person.example/hold', 'hold'] },
    'FieldValueInvalid spec.finalizers[2]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    'host port twice',
    POD,
    'spec.containers',
    ['a', 'b'].map((name) => ({
      name,
      image: 'i',
      ports: [{ containerPort: 1, hostPort: 80 }],
    })),
    'FieldValueDuplicate spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"',
  ],
  [
    'toleration',
    POD,
    'spec.tolerations',
    [{ operator: 'Exists', value: 'x' }],
    'FieldValueInvalid spec.tolerations[0].value: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
  ],
])('%s', (_, object, path, value, expected) => {
  const problems = problemsOf(withField(object, path, value));
  expect(problems.map((problem) => problem.slice(0, expected.length))).toContain(expected);
});

test('base64 in lines is fine, as the API server takes it', () => {
  expect(
    problemsOf(
      changed(SECRET, (d) => {
        d.data.a = 'aGVs\nbG8=\n';
      }),
    ),
  ).toEqual([]);
});

test('null counts as absent', () => {
  const object = changed(DEPLOYMENT, (d) => {
    d.metadata.annotations = null;
    d.metadata.creationTimestamp = null;
    d.spec.strategy = null;
  });
  expect(problemsOf(object)).toEqual([]);
});

test('any shape is answered, not thrown at', () => {
  for (const odd of [null, 0, 'x', [], {}, [null], { a: [null] }]) {
    for (const field of ['metadata', 'spec', 'data', 'status']) {
      for (const object of [DEPLOYMENT, SERVICE, POD, SECRET]) {
        validateObject(
          changed(object, (d) => {
            d[field] = odd;
          }),
        );
      }
    }
    validateObject(
      changed(DEPLOYMENT, (d) => {
        pod(d).containers = [odd];
        pod(d).volumes = odd;
        d.spec.selector = odd;
      }),
    );
  }
});
