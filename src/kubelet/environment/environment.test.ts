import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { ConfigMap, Pod, Secret, Service } from '../../objects/types.ts';
import type { Container } from '../observed-pod.ts';
import { computeEnvironment } from './compute-environment.ts';
import { type ConfigSources, MissingConfigError } from './config-sources.ts';
import { expandVariables } from './expand-variables.ts';
import { fieldValue, resourceFieldValue } from './field-value.ts';
import { serviceVariables } from './service-variables.ts';

const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '', namespace: 'shop' });
const configMap: ConfigMap = deepFreeze({
  apiVersion: 'v1' as const,
  kind: 'ConfigMap' as const,
  metadata: meta('settings'),
  data: { COLOR: 'blue', '1st.of-all': 'x', SHARED: 'map' },
});
const secret: Secret = deepFreeze({
  apiVersion: 'v1' as const,
  kind: 'Secret' as const,
  metadata: meta('keys'),
  data: { KEY: btoa('s3cret'), SHARED: btoa('secret') },
});
const service = (
  name: string,
  clusterIP: string,
  ports: { port: number; name?: string; protocol?: 'TCP' | 'UDP' }[],
): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { clusterIP, ports },
});
const sources: ConfigSources = {
  configMap: (name) => (name === 'settings' ? configMap : undefined),
  secret: (name) => (name === 'keys' ? secret : undefined),
  services: () => [service('my-db', '10.96.0.7', [{ port: 5432 }])],
};
const downward = { hostIp: '192.0.2.1', podIp: '10.88.0.5', allocatable: { cpu: '2', memory: '1048576Ki' } };

function podWith(container: Partial<Container>, spec: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta('web'), labels: { app: 'web', 'x.io/y': 'z' }, annotations: { note: 'a "b"' } },
    spec: { nodeName: 'box', containers: [{ name: 'app', ...container }], ...spec },
  };
}

function environmentOf(container: Partial<Container>, spec: object = {}) {
  const pod = deepFreeze(podWith(container, spec));
  const [app] = pod.spec?.containers ?? [];
  if (app === undefined) throw new Error('no container');
  const env = computeEnvironment({ pod, container: app, sources, downward });
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

test.each([
  ['$(A)', 'one'],
  ['x$(A)y$(B)', 'xoney'],
  ['$(NONE)', '$(NONE)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$$$$(A)', '$$(A)'],
  ['$', '$'],
  ['$A {A}', '$A {A}'],
  ['$(A', '$(A'],
  ['$($(A))', '$($(A))'],
  ['', ''],
  ['100$', '100$'],
])('expandVariables(%j) is %j', (text, expected) => {
  const values = new Map([
    ['A', 'one'],
    ['B', ''],
  ]);
  expect(expandVariables(text, (name) => values.get(name))).toBe(expected);
});

describe('environment', () => {
  test('later sources win, env wins over envFrom, and values see what came before', () => {
    const env = environmentOf({
      envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' }, prefix: '' }],
      env: [
        { name: 'FIRST', value: '$(COLOR)-$(SECOND)' },
        { name: 'SECOND', value: '$(FIRST)' },
        { name: 'COLOR', value: 'red' },
        { name: 'DB', value: '$(MY_DB_SERVICE_HOST)' },
      ],
    });
    expect(env).toMatchObject({
      SHARED: 'secret',
      '1st.of-all': 'x',
      FIRST: 'blue-$(SECOND)',
      SECOND: 'blue-$(SECOND)',
      COLOR: 'red',
      KEY: 's3cret',
      DB: '10.96.0.7',
    });
  });

  test('a prefix is put before every key', () => {
    expect(environmentOf({ envFrom: [{ prefix: 'P_', secretRef: { name: 'keys' } }] })).toMatchObject({
      P_KEY: 's3cret',
    });
  });

  // TestMakeEnvironmentVariables: "configmap", "env expansion" and "secret_invalid_keys_valid".
  test('a source may come twice, and names follow no rule of their own', () => {
    const env = environmentOf({
      envFrom: [
        { configMapRef: { name: 'settings' } },
        { prefix: '1_', configMapRef: { name: 'settings' } },
        { prefix: 'p_', secretRef: { name: 'keys' } },
      ],
      env: [
        { name: 'EMPTY_VAR' },
        { name: 'EMPTY_TEST', value: 'foo-$(EMPTY_VAR)' },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'POD_NAME_TEST', value: 'test-$(POD_NAME)' },
        { name: 'NESTED', value: '$(POD_NAME_TEST)-3' },
        { name: 'EXPANDED', value: '$(COLOR)' },
        { name: 'SHARED', value: 'ENV_VAR' },
      ],
    });
    expect(env).toMatchObject({
      COLOR: 'blue',
      '1_COLOR': 'blue',
      '1_1st.of-all': 'x',
      p_SHARED: 'secret',
      SHARED: 'ENV_VAR',
      '1_SHARED': 'map',
      EMPTY_VAR: '',
      EMPTY_TEST: 'foo-',
      NESTED: 'test-web-3',
      EXPANDED: 'blue',
    });
  });

  test('service links can be turned off', () => {
    expect(environmentOf({})).toHaveProperty('MY_DB_SERVICE_PORT', '5432');
    expect(environmentOf({}, { enableServiceLinks: false })).toEqual({});
  });

  test.each<[string, Partial<Container>, string]>([
    ['map', { envFrom: [{ configMapRef: { name: 'no' } }] }, 'configmap "no" not found'],
    ['secret', { envFrom: [{ secretRef: { name: 'no' } }] }, 'secret "no" not found'],
    [
      'key of a map',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no' } } }] },
      "couldn't find key no in ConfigMap shop/settings",
    ],
    [
      'key of a secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'no' } } }] },
      "couldn't find key no in Secret shop/keys",
    ],
    [
      'field',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.containers' } } }] },
      'unsupported fieldPath',
    ],
  ])('a missing %s is named', (_what, container, message) => {
    expect(() => environmentOf(container)).toThrow(MissingConfigError);
    expect(() => environmentOf(container)).toThrow(message);
  });

  test('what is optional may be missing', () => {
    const optional = true;
    const env = environmentOf(
      {
        envFrom: [{ configMapRef: { name: 'no', optional } }, { secretRef: { name: 'no', optional } }],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'no', key: 'k', optional } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'no', optional } } },
        ],
      },
      { enableServiceLinks: false },
    );
    expect(env).toEqual({});
  });
});

test.each([
  ['metadata.name', 'web'],
  ['metadata.namespace', 'shop'],
  ['metadata.uid', 'web'],
  ["metadata.labels['x.io/y']", 'z'],
  ["metadata.labels['none']", ''],
  ["metadata.annotations['note']", 'a "b"'],
  ['metadata.labels', 'app="web"\nx.io/y="z"'],
  ['metadata.annotations', 'note="a \\"b\\""'],
  ['spec.nodeName', 'box'],
  ['spec.serviceAccountName', 'default'],
  ['status.hostIP', '192.0.2.1'],
  ['status.podIP', '10.88.0.5'],
  ['status.podIPs', '10.88.0.5'],
])('field %s is %j', (path, expected) => {
  expect(fieldValue(podWith({}), path, downward)).toBe(expected);
});

test('a field or a resource that a pod does not offer is refused', () => {
  const pod = podWith({});
  expect(() => fieldValue(pod, 'spec.restartPolicy', downward)).toThrow('unsupported fieldPath: spec.restartPolicy');
  for (const resource of ['limits.pods', 'nothing'])
    expect(() => resourceFieldValue(pod, pod.spec?.containers[0], { resource }, downward)).toThrow(
      `unsupported container resource: ${resource}`,
    );
});

test.each([
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '1m', '500'],
  ['requests.cpu', '1m', '250'],
  ['limits.memory', '1Mi', '1024'],
  ['limits.memory', undefined, '1073741824'],
  ['requests.memory', '1Ki', '0'],
])('resource %s by %s is %s', (resource, divisor, expected) => {
  const pod = podWith({ resources: { limits: { cpu: '500m' }, requests: { cpu: '250m' } } });
  const ref = { resource, ...(divisor === undefined ? {} : { divisor }) };
  expect(resourceFieldValue(pod, pod.spec?.containers[0], ref, downward)).toBe(expected);
});

test('service variables have Kubernetes and Docker link forms; services without an address have none', () => {
  const variables = serviceVariables([
    service('my-db', '10.96.0.7', [
      { port: 5432, name: 'sql' },
      { port: 53, name: 'dns-x', protocol: 'UDP' },
    ]),
    service('headless', 'None', [{ port: 80 }]),
  ]);
  expect(Object.fromEntries(variables)).toEqual({
    MY_DB_SERVICE_HOST: '10.96.0.7',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL: '5432',
    MY_DB_SERVICE_PORT_DNS_X: '53',
    MY_DB_PORT: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
    MY_DB_PORT_53_UDP: 'udp://10.96.0.7:53',
    MY_DB_PORT_53_UDP_PROTO: 'udp',
    MY_DB_PORT_53_UDP_PORT: '53',
    MY_DB_PORT_53_UDP_ADDR: '10.96.0.7',
  });
});
