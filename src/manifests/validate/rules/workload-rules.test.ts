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
