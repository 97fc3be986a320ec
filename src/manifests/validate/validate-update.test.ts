import { expect, test } from 'vitest';
import { formatFieldPath } from '../../objects/field-problem.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { validateUpdate } from './validate-update.ts';

// biome-ignore lint/suspicious/noExplicitAny: a draft to write anything into.
type Draft = any;

const OBJECTS: Record<string, KubernetesObject> = {
  Deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { replicas: 1, selector: { matchLabels: { a: 'b' } } },
  },
  Pod: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'a', image: 'a:1' }], tolerations: [{ key: 'x', operator: 'Exists' }] },
  },
  Service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a' },
    spec: { clusterIP: '10.0.0.1', ports: [{ port: 1 }] },
  },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, immutable: true, data: { a: 'b' } },
  Secret: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'Opaque', data: { a: 'aGk=' } },
};

test.each<[string, string, (draft: Draft) => void, readonly string[]]>([
  [
    'replicas',
    'Deployment',
    (d) => {
      d.spec.replicas = 5;
    },
    [],
  ],
  [
    'selector',
    'Deployment',
    (d) => {
      d.spec.selector.matchLabels.a = 'c';
    },
    ['FieldImmutable spec.selector: Invalid value: field is immutable'],
  ],
  [
    'name',
    'Deployment',
    (d) => {
      d.metadata.name = 'b';
    },
    ['FieldImmutable metadata.name: Invalid value: field is immutable'],
  ],
  [
    'image',
    'Pod',
    (d) => {
      d.spec.containers[0].image = 'a:2';
    },
    [],
  ],
  [
    'binding',
    'Pod',
    (d) => {
      d.spec.nodeName = 'n';
    },
    [],
  ],
  [
    'more tolerations',
    'Pod',
    (d) => {
      d.spec.tolerations.push({ operator: 'Exists' });
    },
    [],
  ],
  [
    'command',
    'Pod',
    (d) => {
      d.spec.containers[0].command = ['x'];
    },
    ['FieldImmutable spec.containers: Forbidden: pod updates may not change fields other than'],
  ],
  [
    'a container more',
    'Pod',
    (d) => {
      d.spec.containers.push({ name: 'b', image: 'b' });
    },
    ['FieldImmutable spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  [
    'a toleration for a time',
    'Pod',
    (d) => {
      d.spec.tolerations[0].tolerationSeconds = 5;
    },
    [],
  ],
  [
    'a toleration of something else',
    'Pod',
    (d) => {
      d.spec.tolerations[0].key = 'y';
    },
    ['FieldImmutable spec.tolerations: Forbidden: existing toleration can not be modified exce'],
  ],
  [
    'a deadline',
    'Pod',
    (d) => {
      d.spec.activeDeadlineSeconds = 5;
    },
    [],
  ],
  [
    'a toleration less',
    'Pod',
    (d) => {
      d.spec.tolerations = [];
    },
    ['FieldImmutable spec.tolerations: Forbidden: existing toleration can not be modified exce'],
  ],
  [
    'ports',
    'Service',
    (d) => {
      d.spec.ports[0].port = 2;
    },
    [],
  ],
  [
    'no address',
    'Service',
    (d) => {
      delete d.spec.clusterIP;
    },
    [],
  ],
  [
    'address',
    'Service',
    (d) => {
      d.spec.clusterIP = '10.0.0.2';
    },
    ['FieldImmutable spec.clusterIP: Invalid value: field is immutable'],
  ],
  [
    'address of an ExternalName',
    'Service',
    (d) => {
      d.spec = { type: 'ExternalName', externalName: 'x' };
    },
    [],
  ],
  [
    'labels of an immutable',
    'ConfigMap',
    (d) => {
      d.metadata.labels = { a: 'b' };
    },
    [],
  ],
  [
    'data of an immutable',
    'ConfigMap',
    (d) => {
      d.data.a = 'c';
    },
    ['FieldImmutable data: Forbidden: field is immutable when `immutable` is set'],
  ],
  [
    'immutable no more',
    'ConfigMap',
    (d) => {
      d.immutable = false;
    },
    ['FieldImmutable immutable: Invalid value: field is immutable when `immutable` is set'],
  ],
  [
    'data',
    'Secret',
    (d) => {
      d.data.a = 'aG8=';
    },
    [],
  ],
  [
    'type',
    'Secret',
    (d) => {
      d.type = 'kubernetes.io/tls';
    },
    ['FieldImmutable type: Invalid value: field is immutable'],
  ],
])('%s of a %s', (_, kind, change, expected) => {
  const previous = OBJECTS[kind];
  if (previous === undefined) throw new Error('no object');
  const draft: Draft = structuredClone(previous);
  change(draft);
  const problems = validateUpdate(draft, previous).map((p) => `${p.code} ${formatFieldPath(p.path)}: ${p.message}`);
  expect(problems.map((problem, index) => problem.slice(0, expected[index]?.length))).toEqual(expected);
});

const JOB: KubernetesObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a' },
  spec: {
    completionMode: 'Indexed',
    completions: 3,
    parallelism: 3,
    suspend: true,
    template: {
      metadata: { labels: { a: 'b' } },
      spec: {
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } },
        containers: [{ name: 'a', image: 'a:1' }],
      },
    },
  },
};
const TANDEM =
  'FieldValueInvalid spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism';
const TEMPLATE = 'FieldImmutable spec.template: Invalid value: field is immutable';

// The cases of TestValidateJobUpdate (pkg/apis/batch/validation/validation_test.go), with values of our own.
test.each<[string, (draft: Draft) => void, readonly string[], (previous: Draft) => void]>([
  [
    'what a Job may change',
    (d) =>
      Object.assign(d.spec, {
        activeDeadlineSeconds: 9,
        ttlSecondsAfterFinished: 9,
        backoffLimit: 9,
        suspend: false,
        maxFailedIndexes: 1,
        podReplacementPolicy: 'Failed',
      }),
    [],
    () => {},
  ],
  [
    'completions and parallelism together',
    (d) => Object.assign(d.spec, { completions: 2, parallelism: 2 }),
    [],
    () => {},
  ],
  ['completions alone', (d) => Object.assign(d.spec, { completions: 2 }), [TANDEM], () => {}],
  [
    'completions, and parallelism otherwise',
    (d) => Object.assign(d.spec, { completions: 2, parallelism: 1 }),
    [TANDEM],
    () => {},
  ],
  ['parallelism alone', (d) => Object.assign(d.spec, { parallelism: 1 }), [], () => {}],
  [
    'both without indexes',
    (d) => Object.assign(d.spec, { completions: 2, parallelism: 2 }),
    ['FieldImmutable spec.completions: Invalid value: field is immutable'],
    (p) => delete p.spec.completionMode,
  ],
  [
    'how it is completed',
    (d) => Object.assign(d.spec, { completionMode: 'NonIndexed' }),
    ['FieldImmutable spec.completionMode: Invalid value: field is immutable'],
    () => {},
  ],
  [
    'a limit for each index',
    (d) => Object.assign(d.spec, { backoffLimitPerIndex: 1 }),
    ['FieldImmutable spec.backoffLimitPerIndex: Invalid value: field is immutable'],
    () => {},
  ],
  [
    'who manages it',
    (d) => Object.assign(d.spec, { managedBy: 'example.com/a' }),
    ['FieldImmutable spec.managedBy: Invalid value: field is immutable'],
    () => {},
  ],
  [
    'when it succeeds',
    (d) => Object.assign(d.spec, { successPolicy: { rules: [{ succeededCount: 1 }] } }),
    ['FieldImmutable spec.successPolicy: Invalid value: field is immutable'],
    () => {},
  ],
  [
    'when it fails',
    (d) => Object.assign(d.spec, { podFailurePolicy: { rules: [] } }),
    ['FieldImmutable spec.podFailurePolicy: Invalid value: field is immutable'],
    () => {},
  ],
  ['its image', (d) => Object.assign(d.spec.template.spec.containers[0], { image: 'a:2' }), [TEMPLATE], () => {}],
  [
    'where its pods may run, before it starts',
    (d) => {
      d.spec.template.spec.affinity.nodeAffinity = {};
      Object.assign(d.spec.template.spec, {
        nodeSelector: { a: 'b' },
        tolerations: [{ key: 'a' }],
        schedulingGates: [{ name: 'a' }],
      });
    },
    [],
    () => {},
  ],
  [
    'labels and annotations of its pods, before it starts',
    (d) => {
      d.spec.template.metadata = { labels: { a: 'c' }, annotations: { a: 'b' } };
    },
    [],
    () => {},
  ],
  [
    'beside which pods they run',
    (d) => {
      d.spec.template.spec.affinity.podAffinity = {};
    },
    [TEMPLATE],
    () => {},
  ],
  ['no affinity but that to pods any more', (d) => delete d.spec.template.spec.affinity, [TEMPLATE], () => {}],
  [
    'no affinity to nodes any more',
    (d) => delete d.spec.template.spec.affinity,
    [],
    (p) => {
      p.spec.template.spec.affinity = { nodeAffinity: {} };
    },
  ],
  [
    'where its pods may run, once it has started',
    (d) => Object.assign(d.spec.template.spec, { nodeSelector: { a: 'b' } }),
    [TEMPLATE],
    (p) => {
      p.status = { startTime: '2026-01-01T00:00:00Z' };
    },
  ],
  [
    'where its pods may run, while it is not suspended',
    (d) => Object.assign(d.spec.template.spec, { nodeSelector: { a: 'b' } }),
    [TEMPLATE],
    (p) => {
      p.spec.suspend = false;
    },
  ],
])('of a Job: %s', (_what, change, expected, prepare) => {
  const previous: Draft = structuredClone(JOB);
  prepare(previous);
  const draft: Draft = structuredClone(previous);
  change(draft);
  const problems = validateUpdate(draft, previous).map((p) => `${p.code} ${formatFieldPath(p.path)}: ${p.message}`);
  expect(problems.map((problem, index) => problem.slice(0, expected[index]?.length))).toEqual(expected);
});

test('what a revision keeps never changes', () => {
  const previous: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 'a' },
    revision: 1,
    data: { a: 1 },
  };
  expect(validateUpdate({ ...previous, revision: 2 }, previous)).toEqual([]);
  expect(validateUpdate({ ...previous, data: { a: 2 } }, previous).map(({ path }) => path)).toEqual([['data']]);
});

test.each([
  ['an earlier one', 9, []],
  ['the same', 10, []],
  ['a later one', 11, ['must be less than or equal to previous value']],
  ['none', undefined, ['must not update from a positive integer to nil value']],
])("a pod's deadline and %s", (_what, activeDeadlineSeconds, messages) => {
  const withDeadline = (seconds: number | undefined): KubernetesObject => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
    spec: { containers: [], ...(seconds === undefined ? {} : { activeDeadlineSeconds: seconds }) },
  });
  const problems = validateUpdate(withDeadline(activeDeadlineSeconds), withDeadline(10));
  expect(problems.map(({ path, message }) => [path.join('.'), message])).toEqual(
    messages.map((message) => ['spec.activeDeadlineSeconds', expect.stringContaining(message)]),
  );
});

const term = (...keys: readonly string[]) => ({ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) });
const required = (...terms: readonly object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
});
const preferring = {
  nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: term('a') }] },
};
const apart = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] } };
const GATE = { schedulingGates: [{ name: 'example.com/wait' }] };
const ONLY_MORE = 'only additions are allowed (no mutations or deletions)';

// The cases of TestValidatePodUpdate (core validation) for pods with scheduling gates.
test.each<[rule: string, before: object, after: object, expected: string]>([
  ['a selector comes', {}, { nodeSelector: { a: 'b' } }, ''],
  ['a selector is added to', { nodeSelector: { a: 'b' } }, { nodeSelector: { a: 'b', c: 'd' } }, ''],
  [
    'a selector is changed',
    { nodeSelector: { a: 'b' } },
    { nodeSelector: { a: 'c' } },
    'only additions to spec.nodeSelector',
  ],
  ['a selector goes', { nodeSelector: { a: 'b' } }, {}, 'only additions to spec.nodeSelector'],
  ['an affinity comes', {}, { affinity: required(term('a')) }, ''],
  ['a term asks for more', { affinity: required(term('a')) }, { affinity: required(term('b', 'a')) }, ''],
  ['a term asks for something else', { affinity: required(term('a')) }, { affinity: required(term('b')) }, ONLY_MORE],
  ['a term asks for less', { affinity: required(term('a', 'b')) }, { affinity: required(term('a')) }, ONLY_MORE],
  [
    'a term comes',
    { affinity: required(term('a')) },
    { affinity: required(term('a'), term('b')) },
    'no additions/deletions to non-empty',
  ],
  ['all terms go', { affinity: required(term('a')) }, {}, 'no additions/deletions to non-empty'],
  ['a term that matches nothing is filled', { affinity: required({}) }, { affinity: required(term('a')) }, ONLY_MORE],
  ['a preference comes', {}, { affinity: preferring }, ''],
  ['a preference goes', { affinity: preferring }, {}, ''],
  ['an affinity to pods comes', {}, { affinity: apart }, 'pod updates may not change fields other than'],
  [
    'an affinity to nodes comes beside one to pods',
    { affinity: apart },
    { affinity: { ...apart, ...required(term('a')) } },
    '',
  ],
])('of a gated pod %s', (_rule, before, after, expected) => {
  const pod = (over: object): KubernetesObject => ({
    ...(OBJECTS['Pod'] as KubernetesObject),
    spec: { containers: [{ name: 'a', image: 'a:1' }], ...over },
  });
  const [problem, ...others] = validateUpdate(pod({ ...GATE, ...after }), pod({ ...GATE, ...before }));
  expect(others).toEqual([]);
  expect(problem?.message ?? '').toContain(expected);
  expect(problem === undefined).toBe(expected === '');
  // Without gates nothing of it may change.
  expect(validateUpdate(pod(after), pod(before)).map(({ message }) => message)).toEqual([
    expect.stringContaining('pod updates may not change'),
  ]);
});
