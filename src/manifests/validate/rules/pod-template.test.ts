import { expect, test } from 'vitest';
import { formatFieldPath } from '../../../objects/field-problem.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { validateObject } from '../validate-object.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

function pod(metadata: object): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec: CONTAINERS };
}
const CONTAINERS = { containers: [{ name: 'a', image: 'a:1' }] };

const template = (metadata: object, spec: object = CONTAINERS) => ({
  metadata: { ...metadata, labels: { app: 'a', ...(metadata as { labels?: object }).labels } },
  spec,
});
const ending = { ...CONTAINERS, restartPolicy: 'Never' };
const KINDS: readonly (readonly [kind: string, of: (metadata: object) => KubernetesObject])[] = [
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].map(
    (kind) =>
      [
        kind,
        (metadata: object) => ({
          apiVersion: 'apps/v1',
          kind,
          metadata: { name: 'w' },
          spec: {
            selector: { matchLabels: { app: 'a' } },
            template: template(metadata),
            ...(kind === 'StatefulSet' ? { serviceName: 'w' } : {}),
          },
        }),
      ] as const,
  ),
  [
    'ReplicationController',
    (metadata) => ({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'w' },
      spec: { template: template(metadata) },
    }),
  ],
  [
    'Job',
    (metadata) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'w' },
      spec: { template: template(metadata, ending) },
    }),
  ],
  [
    'CronJob',
    (metadata) => ({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'w' },
      spec: { schedule: '@daily', jobTemplate: { spec: { template: template(metadata, ending) } } },
    }),
  ],
];

const pathsOf = (object: KubernetesObject, previous?: KubernetesObject): readonly string[] =>
  validateObject(object, previous === undefined ? {} : { previous }).map(
    ({ path, message }) => `${path.at(-1)}: ${message}`,
  );

// "ValidatePodTemplateSpec validates the spec of a pod template": labels and annotations of it as well.
test.each(KINDS)('judges labels and annotations in the template of a %s', (_kind, of) => {
  expect(pathsOf(of({ labels: { tier: 'web' }, annotations: { note: 'a b', [COST]: '-5' } }))).toEqual([]);
  expect(pathsOf(of({ labels: { tier: 'no words' } }))).toEqual([
    expect.stringMatching(/^tier: Invalid value: "no words"/),
  ]);
  expect(pathsOf(of({ annotations: { 'a b': '' } }))).toEqual([expect.stringMatching(/^a b: Invalid value: "a b"/)]);
  expect(pathsOf(of({ annotations: { [COST]: '1.5' } }))).toEqual([
    `${COST}: Invalid value: "1.5": must be a 32bit integer`,
  ]);
});

test.each<[cost: string, isValid: boolean]>([
  ['0', true],
  ['100', true],
  ['-2147483648', true],
  ['-08', true],
  ['2147483648', false],
  ['+10', false],
  ['008', false],
  ['', false],
  ['much', false],
])('a deletion cost of "%s"', (cost, isValid) => {
  expect(pathsOf(pod({ annotations: { [COST]: cost } })).length === 0).toBe(isValid);
});

test('a cost that has got in does not hold up what else is written', () => {
  const odd = pod({ annotations: { [COST]: 'much' } });
  expect(pathsOf(odd, odd)).toEqual([]);
  expect(pathsOf(odd, pod({}))).toEqual([`${COST}: Invalid value: must be a 32bit integer`]);
});

test.each<[what: string, spec: object, expected: readonly string[]]>([
  ['a qualified name', { schedulingGates: [{ name: 'example.com/wait' }] }, []],
  ['another one', { schedulingGates: [{ name: 'a b' }] }, ['spec.schedulingGates[0].name']],
  ['beside a node', { schedulingGates: [{ name: 'wait' }], nodeName: 'n' }, ['spec.nodeName']],
])('scheduling gates: %s', (_what, spec, expected) => {
  const object = { ...pod({}), spec: { ...CONTAINERS, ...spec } };
  expect(validateObject(object).map(({ path }) => formatFieldPath(path))).toEqual(expected);
});
