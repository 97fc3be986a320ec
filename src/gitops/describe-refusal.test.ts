import { expect, it } from 'vitest';
import type { ApiError } from '../api/api-error.ts';
import { createTestRegistry, pod, refusal, type TestRegistry } from '../api/testing.ts';
import type { FieldPath } from '../objects/field-problem.ts';
import type { KubernetesObject } from '../objects/types.ts';
import type { DeclaredObject } from './application.ts';
import { describeRefusal } from './describe-refusal.ts';

function declared(object: KubernetesObject): DeclaredObject {
  const { name = '', namespace } = object.metadata ?? {};
  return {
    key: name,
    id: { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) },
    decode: () => object,
    digest: name,
    origin: { path: 'a.yaml', line: 1 },
    // The place is written down as the path that was asked for.
    locate: (path: FieldPath) => ({ path: `a.yaml ${path.join('.')}`, line: 1, column: 1 }),
  };
}

function inDefault(kind: string, spec: object): KubernetesObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'rule', namespace: 'default' }, spec };
}

function priorityClass(name: string): KubernetesObject {
  const metadata = { name };
  return { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, ...{ value: 5, globalDefault: true } };
}

const BIG = { containers: [{ name: 'app', image: 'app:1', resources: { limits: { cpu: '2' } } }] };
const RANGE = inDefault('LimitRange', { limits: [{ type: 'Container', max: { cpu: '1' } }] });

it.each<[what: string, before: readonly KubernetesObject[], object: KubernetesObject, place: string, help: RegExp]>([
  [
    'a class that is not there',
    [],
    pod('a', { priorityClassName: 'no' }),
    'spec.priorityClassName',
    /add the PriorityC/,
  ],
  ['a priority of its own', [], pod('a', { priority: 7 }), 'spec.priority', /name a PriorityClass that has this value/],
  ['a second default', [priorityClass('one')], priorityClass('two'), 'globalDefault', /take globalDefault from one/],
  ['a quota that is used up', [inDefault('ResourceQuota', { hard: { pods: '0' } })], pod('a'), '', /raise the quota/],
  [
    'a quota that wants amounts',
    [inDefault('ResourceQuota', { hard: { 'requests.cpu': '1' } })],
    pod('a'),
    '',
    /write the named requests and limits/,
  ],
  ['an amount out of range', [RANGE], pod('a', BIG), '', /change the amount, or the LimitRange/],
])('tells where and how to mend %s', (_what, before, object, place, help) => {
  const { client } = createTestRegistry();
  for (const each of before) client.create(each);
  const error: ApiError = refusal(() => client.create(object));
  const [problem] = describeRefusal(declared(object), error, undefined);
  expect(problem).toMatchObject({ code: 'Forbidden', help: expect.stringMatching(help) });
  expect(problem?.place?.path).toBe(`a.yaml ${place}`);
  // The next step is said once.
  expect(problem?.message).not.toMatch(help);
});

it('leaves the help to the table of codes where the refusal has none of its own', () => {
  const { client }: TestRegistry = createTestRegistry({
    admission: [
      ({ kind }) =>
        kind.kind === 'Pod'
          ? { problems: [{ code: 'FieldRefused', severity: 'error', path: ['spec'], at: 'key', message: 'no pods' }] }
          : undefined,
    ],
  });
  const object = pod('a');
  const [problem] = describeRefusal(
    declared(object),
    refusal(() => client.create(object)),
    undefined,
  );
  expect(problem).toMatchObject({ code: 'Forbidden', field: 'spec', place: { path: 'a.yaml spec' } });
  expect(problem?.help).toBeUndefined();
});

const MISSPELT = { restartPolicyy: 'Always', containers: [{ name: 'app', image: 'app:1' }] };
const MISPLACED = { containers: [{ name: 'app', image: 'app:1', restartPolicy: 'Always' }] };

it.each<[what: string, spec: object, message: string, help: string | undefined]>([
  [
    'tells the next step of what is invalid apart from what is wrong',
    MISSPELT,
    'Pod "a" is invalid: spec.restartPolicyy: unknown field "spec.restartPolicyy"',
    'did you mean "restartPolicy"?',
  ],
  [
    'leaves each of several next steps with what it mends',
    { ...MISSPELT, ...MISPLACED },
    'Pod "a" is invalid: [spec.restartPolicyy: unknown field "spec.restartPolicyy"; did you mean "restartPolicy"?, ' +
      'spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers; set it on the pod]',
    undefined,
  ],
])('%s', (_what, spec, message, help) => {
  const { client }: TestRegistry = createTestRegistry();
  const object = pod('a', spec);
  const [problem] = describeRefusal(
    declared(object),
    refusal(() => client.create(object)),
    undefined,
  );
  expect(problem).toMatchObject({ code: 'Invalid', message, field: 'spec.restartPolicyy' });
  expect(problem?.help).toBe(help);
});
