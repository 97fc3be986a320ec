import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../objects/types.ts';
import { validateObject } from '../validate-object.ts';

const TEMPLATE = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
const workload = (kind: string, spec: object): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'w' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: TEMPLATE, ...spec },
});
const job = (spec: object): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j' },
  spec: { template: { spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } }, ...spec },
});

// Found by a hostile pull request: a billion replicas kept the planner busy for ever.
test.each<[string, KubernetesObject, readonly string[]]>([
  ['as many pods as a box could have', workload('Deployment', { replicas: 10_000 }), []],
  ['a billion', workload('Deployment', { replicas: 1_000_000_000 }), ['spec.replicas']],
  ['a billion with names', workload('StatefulSet', { replicas: 1_000_000_000, serviceName: 'w' }), ['spec.replicas']],
  ['less than none', workload('ReplicaSet', { replicas: -1 }), ['spec.replicas']],
  ['a billion at once', job({ parallelism: 1_000_000_000 }), ['spec.parallelism']],
  ['a billion at once for three completions', job({ parallelism: 1_000_000_000, completions: 3 }), []],
  ['a billion one after the other', job({ completions: 1_000_000_000, parallelism: 2 }), []],
])('%s', (_what, object, paths) => {
  expect(validateObject(object).map(({ path }) => path.join('.'))).toEqual(paths);
});

const daemons = (rollingUpdate: object) =>
  workload('DaemonSet', { updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
const stateful = (updateStrategy: object, spec: object = {}) =>
  workload('StatefulSet', { serviceName: 'w', updateStrategy, ...spec });
const deployment = (rollingUpdate: object) =>
  workload('Deployment', { strategy: { type: 'RollingUpdate', rollingUpdate } });

// The cases of pkg/apis/apps/validation/validation_test.go about how pods are replaced.
test.each<[string, KubernetesObject, readonly string[]]>([
  ['one node at a time', daemons({ maxUnavailable: 1 }), []],
  ['a share of the nodes', daemons({ maxUnavailable: '100%', maxSurge: 0 }), []],
  ['a surge', daemons({ maxUnavailable: 0, maxSurge: '30%' }), []],
  [
    'more than all nodes',
    daemons({ maxUnavailable: '101%' }),
    ['maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'a surge beyond all nodes',
    daemons({ maxUnavailable: 0, maxSurge: '101%' }),
    ['maxSurge: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'neither of both',
    daemons({ maxUnavailable: 0, maxSurge: 0 }),
    ['maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
  ],
  [
    'both',
    daemons({ maxUnavailable: '10%', maxSurge: 1 }),
    ['maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
  ],
  [
    'a surge by default',
    daemons({ maxSurge: 0, maxUnavailable: '0%' }),
    ['maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
  ],
  ['a Deployment that surges beyond its size', deployment({ maxSurge: '200%', maxUnavailable: 0 }), []],
  [
    'more than all pods',
    deployment({ maxSurge: 1, maxUnavailable: '101%' }),
    ['maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'a negative surge',
    deployment({ maxSurge: -1, maxUnavailable: 1 }),
    ['maxSurge: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'three places at a time',
    stateful({ type: 'RollingUpdate', rollingUpdate: { partition: 2, maxUnavailable: 3 } }),
    [],
  ],
  [
    'no place at a time',
    stateful({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '0%' } }),
    ['maxUnavailable: Invalid value: "0%": cannot be 0'],
  ],
  [
    'more than all places',
    stateful({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '101%' } }),
    ['maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'a partition below nothing',
    stateful({ type: 'RollingUpdate', rollingUpdate: { partition: -1 } }),
    ['partition: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a partition of what is deleted by hand',
    stateful({ type: 'OnDelete', rollingUpdate: { partition: 1 } }),
    ['rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\''],
  ],
  [
    'ordinals below nothing',
    stateful({}, { ordinals: { start: -1 } }),
    ['start: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a policy for claims that is none',
    stateful({}, { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Forget' } }),
    ['whenScaled: Unsupported value: "Forget": supported values: "Retain", "Delete"'],
  ],
  [
    'an order that is none',
    stateful({}, { podManagementPolicy: 'Any' }),
    ['podManagementPolicy: Unsupported value: "Any": supported values: "OrderedReady", "Parallel"'],
  ],
])('%s', (_what, object, problems) => {
  expect(
    validateObject(object)
      .filter(({ severity }) => severity === 'error')
      .map(({ path, message }) => `${path.at(-1)}: ${message}`),
  ).toEqual(problems);
});

const revision = (over: object): KubernetesObject => ({
  ...{ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'r' } },
  ...{ data: { spec: {} }, revision: 1 },
  ...over,
});

/** After TestValidateControllerRevision. */
test.each<[string, KubernetesObject, readonly string[]]>([
  ['a revision', revision({}), []],
  ['a revision of nothing', revision({ data: undefined }), ['data']],
  ['a revision before all others', revision({ revision: -1 }), ['revision']],
])('%s', (_what, object, paths) => {
  expect(validateObject(object).map(({ path }) => path.join('.'))).toEqual(paths);
});
