import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { ModelValidators } from './model-validators.ts';
import {
  CONFIG_MAP,
  changed,
  container,
  DEPLOYMENT,
  type Draft,
  POD,
  pod,
  problemsOf,
  SECRET,
  SERVICE,
  withField,
} from './testing/sample-objects.ts';

const AT = 'spec.template.spec.containers[0]';

const TOO_LONG = 99_999_999_999;

test.each([DEPLOYMENT, SERVICE, POD, CONFIG_MAP, SECRET])('a good $kind has no problems', (object) => {
  expect(problemsOf(object)).toEqual([]);
  expect(problemsOf(object, {})).toEqual([]);
});

describe('an object that never changes', () => {
  const wrongVolume = changed(DEPLOYMENT, ({ spec }) => {
    spec.template.spec.volumes = [];
  });
  const wrongType = changed(DEPLOYMENT, ({ spec }) => {
    spec.template.spec.containers[0].image = 1;
  });

  test.each([DEPLOYMENT, wrongVolume, wrongType])('is judged again as it was the first time', (object) => {
    const frozen = deepFreeze(structuredClone(object));
    const first = problemsOf(frozen);
    expect(first).toEqual(problemsOf(object));
    expect(problemsOf(frozen)).toEqual(first);
  });

  test('hides nothing around what it shares with another', () => {
    const right = deepFreeze(structuredClone(DEPLOYMENT));
    expect(problemsOf(right)).toEqual([]);
    const sharing = changed(wrongVolume, ({ spec }) => {
      spec.selector.matchLabels = { app: 'other' };
    });
    const alone = problemsOf(sharing);
    const draft: Draft = sharing;
    draft.spec.template.spec.containers = (right as Draft).spec.template.spec.containers;
    expect(problemsOf(sharing)).toEqual(alone);
    expect(alone.length).toBeGreaterThan(1);
  });
});

describe('kinds', () => {
  test.each([
    [
      'apps/v1',
      'Deploymnet',
      'KindUnknown kind: no kind "Deploymnet" is known in version "apps/v1" | did you mean "Deployment"?',
    ],
    [
      'v1',
      'Deployment',
      'KindUnknown apiVersion: no kind "Deployment" is known in version "v1" | use apiVersion: apps/v1',
    ],
    [
      'extensions/v1beta1',
      'Deployment',
      'ApiVersionRemoved apiVersion: extensions/v1beta1 Deployment was removed in Kubernetes 1.16 | use apiVersion: apps/v1',
    ],
    [
      'policy/v1beta1',
      'PodSecurityPolicy',
      'ApiVersionRemoved apiVersion: policy/v1beta1 PodSecurityPolicy was removed in Kubernetes 1.25 | remove the object',
    ],
    [
      'x.io/v1',
      'Zebra',
      'KindUnknown kind: no kind "Zebra" is known in version "x.io/v1" | custom resources are not supported: remove the object, or list its file in .sourceignore',
    ],
  ])('%s %s', (apiVersion, kind, expected) => {
    expect(problemsOf({ apiVersion, kind, metadata: { name: 'Not Valid' } })).toEqual([expected]);
  });

  test('an inert kind is a warning, a refused one an error', () => {
    const inert = problemsOf({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } });
    expect(inert).toEqual([expect.stringMatching(/^~KindInert kind: ServiceAccount is stored and not acted on: /)]);
    const refused = problemsOf({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'a' },
    });
    expect(refused).toEqual([expect.stringMatching(/^KindRefused kind: APIService is refused: /)]);
  });
});

test('what sops encrypted is told from a typo', () => {
  expect(problemsOf({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, sops: {} })).toEqual([
    expect.stringMatching(/^FieldUnknown sops: .* sops encrypted this file: set spec.decryption/),
  ]);
});

describe('Deployment', () => {
  test.each<[string, string, unknown, string]>([
    ['typo', 'spec.replica', 2, 'FieldUnknown spec.replica: unknown field "spec.replica" | did you mean "replicas"?'],
    [
      'wrong level',
      'spec.containers',
      [],
      'FieldUnknown spec.containers: unknown field "spec.containers" | did you mean "spec.template.spec.containers"?',
    ],
    [
      'nothing near',
      'spec.template.zzz',
      1,
      'FieldUnknown spec.template.zzz: unknown field "spec.template.zzz" | remove it; known fields are metadata, spec',
    ],
    [
      'text for a number',
      'spec.replicas',
      '2',
      'FieldValueTypeInvalid spec.replicas: Invalid value: "2": must be a whole number | remove the quotes',
    ],
    [
      'a fraction',
      'spec.replicas',
      1.5,
      'FieldValueTypeInvalid spec.replicas: Invalid value: 1.5: must be a whole number',
    ],
    [
      'negative',
      'spec.replicas',
      -1,
      'FieldValueInvalid spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'number for a text',
      'C.env.0.value',
      1,
      `FieldValueTypeInvalid ${AT}.env[0].value: Invalid value: must be a string | put the value in quotes`,
    ],
    [
      'mapping for a list',
      'P.containers',
      {},
      'FieldValueTypeInvalid spec.template.spec.containers: Invalid value: must be a list | start each item with "- "',
    ],
    [
      'enum',
      'C.imagePullPolicy',
      'always',
      `FieldValueNotSupported ${AT}.imagePullPolicy: Unsupported value: "always": supported values: "Always", "IfNotPresent", "Never" | did you mean "Always"?`,
    ],
    ['missing', 'spec.selector', undefined, 'FieldValueRequired spec.selector: Required value'],
    ['null is missing', 'spec.selector', null, 'FieldValueRequired spec.selector: Required value'],
    ['no image', 'C.image', undefined, `FieldValueRequired ${AT}.image: Required value`],
    [
      'image in upper case',
      'C.image',
      'Nginx:1',
      `FieldValueInvalid ${AT}.image: Invalid value: "Nginx:1": is no image reference: a repository name must be lowercase | did you mean "nginx:1"?`,
    ],
    [
      'image with a space',
      'C.image',
      'nginx ',
      `FieldValueInvalid ${AT}.image: Invalid value: "nginx ": must not have leading or trailing whitespace | remove the whitespace`,
    ],
    [
      'selector',
      'spec.template.metadata.labels.app',
      'x',
      'FieldValueInvalid spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels` | add the label app: web to the template, or correct the selector',
    ],
    [
      'empty selector',
      'spec.selector',
      {},
      'FieldValueInvalid spec.selector: Invalid value: {}: empty selector is invalid for deployment | select a label of the template',
    ],
    [
      'both zero',
      'spec.strategy.rollingUpdate',
      { maxSurge: 0, maxUnavailable: '0%' },
      'FieldValueInvalid spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0 | let one of the two be at least 1',
    ],
    [
      'percent',
      'spec.strategy.rollingUpdate.maxSurge',
      '2',
      'FieldValueInvalid spec.strategy.rollingUpdate.maxSurge: Invalid value: "2": a valid percent string must be a numeric string followed by an ending \'%\' | remove the quotes',
    ],
    [
      'recreate',
      'spec.strategy.type',
      'Recreate',
      "FieldValueForbidden spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'deadline',
      'spec.minReadySeconds',
      600,
      'FieldValueInvalid spec.minReadySeconds: Invalid value: 600: must be less than progressDeadlineSeconds, which is 600 where it is left out | give it a longer progressDeadlineSeconds',
    ],
    [
      'restart policy',
      'P.restartPolicy',
      'Never',
      'FieldValueNotSupported spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always" | a Deployment keeps its pods running: remove the field',
    ],
    [
      'no volume',
      'C.volumeMounts.0.name',
      'pages',
      `FieldValueInvalid ${AT}.volumeMounts[0].name: Not found: "pages" | did you mean "page"?`,
    ],
    [
      'mount path twice',
      'C.volumeMounts.1.mountPath',
      '/www',
      `FieldValueDuplicate ${AT}.volumeMounts[1].mountPath: Duplicate value: "/www" | keep one of the two`,
    ],
    [
      'subPath',
      'C.volumeMounts.1.subPath',
      '../x',
      `FieldValueInvalid ${AT}.volumeMounts[1].subPath: Invalid value: "../x": must not contain '..'`,
    ],
    [
      'volume twice',
      'P.volumes',
      [
        { name: 'page', emptyDir: {} },
        { name: 'page', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
      ],
      'FieldValueDuplicate spec.template.spec.volumes[1].name: Duplicate value: "page" | keep one of the two',
    ],
    [
      'two volume types',
      'P.volumes.1.secret',
      { secretName: 'x' },
      'FieldValueForbidden spec.template.spec.volumes[1].secret: Forbidden: may not specify more than 1 volume type',
    ],
    [
      'mode',
      'P.volumes.0.configMap.defaultMode',
      644,
      'FieldValueInvalid spec.template.spec.volumes[0].configMap.defaultMode: Invalid value: 644: must be a number between 0 and 0777 (octal), both inclusive | did you mean 0644?',
    ],
    [
      'container name twice',
      'P.initContainers.0.name',
      'web',
      'FieldValueDuplicate spec.template.spec.initContainers[0].name: Duplicate value: "web"',
    ],
    [
      'port',
      'C.ports.0.containerPort',
      99999,
      `FieldValueInvalid ${AT}.ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive`,
    ],
    ['port name twice', 'C.ports.1.name', 'http', `FieldValueDuplicate ${AT}.ports[1].name: Duplicate value: "http"`],
    [
      'port twice',
      'C.ports.1.protocol',
      undefined,
      `FieldValueDuplicate ${AT}.ports[1].containerPort: Duplicate value: 80 (an earlier item has the same containerPort and protocol) | keep one of the two`,
    ],
    [
      'variable twice',
      'C.env.1.name',
      'A',
      `FieldValueDuplicate ${AT}.env[1].name: Duplicate value: "A" | keep one of the two`,
    ],
    [
      'value and source',
      'C.env.1.value',
      'x',
      `FieldValueInvalid ${AT}.env[1].valueFrom: Invalid value: {"fieldRef":{"fieldPath":"metadata.name"}}: may not be specified when \`value\` is not empty`,
    ],
    [
      'no source',
      'C.env.1.valueFrom',
      {},
      `FieldValueInvalid ${AT}.env[1].valueFrom: Invalid value: {}: must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
    ],
    [
      'no handler',
      'C.livenessProbe',
      {},
      `FieldValueRequired ${AT}.livenessProbe: Required value: must specify a handler type | add one of exec, httpGet, tcpSocket, grpc`,
    ],
    [
      'two handlers',
      'C.livenessProbe.exec',
      { command: ['a'] },
      `FieldValueForbidden ${AT}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
    ],
    [
      'success',
      'C.livenessProbe.successThreshold',
      2,
      `FieldValueInvalid ${AT}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
    ],
    [
      'port name',
      'C.readinessProbe.httpGet.port',
      'htpt',
      `~FieldValueInvalid ${AT}.readinessProbe.httpGet.port: the container has no port named "htpt" | did you mean "http"?`,
    ],
    [
      'port number as text',
      'C.readinessProbe.httpGet.port',
      '80',
      `FieldValueInvalid ${AT}.readinessProbe.httpGet.port: Invalid value: "80": must contain at least one letter (a-z) | remove the quotes`,
    ],
    [
      'request above limit',
      'C.resources.requests.cpu',
      2,
      `FieldValueInvalid ${AT}.resources.requests.cpu: Invalid value: 2: must be less than or equal to cpu limit of 1 | lower the request or raise limits.cpu`,
    ],
    [
      'quantity',
      'C.resources.limits.memory',
      '512MB',
      `FieldValueInvalid ${AT}.resources.limits.memory: Invalid value: "512MB": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' | did you mean "512Mi"?`,
    ],
    [
      'millibytes',
      'C.resources',
      { limits: { memory: '512m' } },
      `~FieldValueInvalid ${AT}.resources.limits.memory: fractional byte value "512m": must be an integer | did you mean "512M" or "512Mi"?`,
    ],
    [
      'init probe',
      'P.initContainers.0.livenessProbe',
      { tcpSocket: { port: 1 } },
      'FieldValueForbidden spec.template.spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      'a sleep longer than the grace',
      'P.containers.0.lifecycle',
      { preStop: { sleep: { seconds: 31 } } },
      'FieldValueInvalid spec.template.spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30) | shorten it, or set a longer terminationGracePeriodSeconds of the pod',
    ],
    [
      'grace',
      'P.terminationGracePeriodSeconds',
      -1,
      'FieldValueInvalid spec.template.spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'name',
      'metadata.name',
      'Web',
      'FieldValueInvalid metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'no name',
      'metadata.name',
      undefined,
      'FieldValueRequired metadata.name: Required value: name or generateName is required',
    ],
    [
      'generated name',
      'metadata',
      { generateName: 'x-' },
      'FieldValueRequired metadata.generateName: Required value: an object that is applied needs a name',
    ],
    [
      'label value',
      'metadata.labels.app',
      'a b',
      'FieldValueInvalid metadata.labels.app: Invalid value: "a b": a valid label must be an empty string or consist of',
    ],
    [
      'label key',
      'metadata.labels',
      { 'a b': 'x' },
      'FieldValueInvalid metadata.labels[a b]: Invalid value: "a b": name part must consist of',
    ],
    [
      'server field',
      'metadata.uid',
      'x',
      '~FieldInert metadata.uid: uid is set by the server and ignored in a manifest | remove it',
    ],
    [
      'status',
      'status',
      { replicas: 1 },
      '~FieldInert status: status is written by the server and ignored in a manifest | remove it',
    ],
    [
      'time',
      'metadata.creationTimestamp',
      'now',
      'FieldValueTypeInvalid metadata.creationTimestamp: Invalid value: "now": must be a time such as',
    ],
  ])('%s', (_, path, value, expected) => {
    const problems = problemsOf(withField(DEPLOYMENT, path, value));
    expect(problems.map((problem) => problem.slice(0, expected.length))).toContain(expected);
    expect(problems.length).toBeLessThanOrEqual(2);
  });

  test('several problems at once', () => {
    const object = changed(DEPLOYMENT, (d) => {
      d.spec.replica = 1;
      d.spec.replicas = 'x';
      container(d).ports[0].containerPort = 0;
      delete pod(d).containers[0].name;
    });
    expect(problemsOf(object).map((line) => line.split(':')[0])).toEqual([
      'FieldValueTypeInvalid spec.replicas',
      `FieldValueRequired ${AT}.name`,
      'FieldUnknown spec.replica',
      `FieldValueInvalid ${AT}.ports[0].containerPort`,
    ]);
  });
});

test.each([
  ['Deployment', 'apps/v1', { replicas: TOO_LONG, minReadySeconds: TOO_LONG }, ['replicas', 'minReadySeconds']],
  ['HorizontalPodAutoscaler', 'autoscaling/v2', { minReplicas: TOO_LONG, maxReplicas: 5 }, ['minReplicas']],
  ['Job', 'batch/v1', { parallelism: TOO_LONG, completions: TOO_LONG }, ['parallelism', 'completions']],
  ['Service', 'v1', { type: 'NodePort', ports: [{ port: TOO_LONG }] }, ['ports[0].port']],
])(
  'a number of a %s that its field cannot hold is told once, without what would follow from it',
  (kind, apiVersion, spec, fields) => {
    const told = problemsOf({ apiVersion, kind, metadata: { name: 'a' }, spec });
    expect(
      told.filter((line) => fields.some((field) => line.includes(` spec.${field}:`)) || line.includes('inReplicas')),
    ).toEqual(
      fields.map(
        (field) => `FieldValueTypeInvalid spec.${field}: Invalid value: ${TOO_LONG}: must be a whole number of 32 bits`,
      ),
    );
  },
);

test('the second opinion adds only what the walk has not said', () => {
  const errors = [
    { instancePath: '/spec/replicas', keyword: 'type', params: { type: 'integer' } },
    { instancePath: '/spec/strategy/type', keyword: 'enum', params: { allowedValues: ['Recreate'] } },
    { instancePath: '/spec/template', keyword: 'required', params: { missingProperty: 'x' } },
    { instancePath: '/metadata/annotations', keyword: 'type', params: { type: 'object' } },
  ];
  const models: ModelValidators = { validatorOf: () => () => errors };
  const object = changed(DEPLOYMENT, (d) => {
    d.spec.replicas = 'x';
    d.metadata.annotations = null;
  });
  expect(problemsOf(object, { models })).toEqual([
    'FieldValueTypeInvalid spec.replicas: Invalid value: "x": must be a whole number',
    'FieldValueNotSupported spec.strategy.type: Unsupported value: "RollingUpdate": supported values: "Recreate"',
    'FieldValueRequired spec.template.x: Required value',
  ]);
});

describe('a volume without a source', () => {
  test('is an emptyDir, as the API server defaults it', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: {
        containers: [{ name: 'a', image: 'a', volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
        volumes: [{ name: 'd' }],
      },
    };
    expect(problemsOf(object)).toEqual([]);
  });
});
