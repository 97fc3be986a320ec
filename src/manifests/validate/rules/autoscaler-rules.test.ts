import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };

function problemsOf(spec: object): readonly string[] {
  const object = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: { scaleTargetRef: TARGET, maxReplicas: 3, ...spec },
  };
  return validateObject(object)
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test.each<[what: string, spec: object, problems: readonly string[]]>([
  ['what is complete', { minReplicas: 1, metrics: [CPU] }, []],
  [
    'no minimum below 1',
    { minReplicas: 0 },
    ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
  ],
  ['a maximum above 0', { maxReplicas: 0 }, ['spec.maxReplicas: Invalid value: 0: must be greater than 0']],
  [
    'a maximum that a workload may have',
    { maxReplicas: 10_001 },
    ['spec.maxReplicas: Invalid value: 10001: Berth keeps at most 10000 pods of one workload (workloadPods)'],
  ],
  [
    'a maximum at the minimum at least',
    { minReplicas: 4 },
    ['spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`'],
  ],
  [
    'a target with a name',
    { scaleTargetRef: { kind: 'Deployment', name: '' } },
    ['spec.scaleTargetRef.name: Required value'],
  ],
  [
    'the source that goes with the type',
    { metrics: [{ ...CPU, type: 'Pods' }] },
    [
      'spec.metrics.0.resource: Forbidden: must populate the given metric source only',
      'spec.metrics.0.pods: Required value: must populate information for the given metric source',
    ],
  ],
  [
    'one target of a resource',
    { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }] },
    [
      'spec.metrics.0.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
  ],
  [
    'a utilization above nothing',
    {
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0 } } },
      ],
    },
    ['spec.metrics.0.resource.target.averageUtilization: Invalid value: 0: must be greater than 0'],
  ],
  [
    'a type of target that exists',
    { metrics: [{ type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'Mean', averageValue: 1 } } }] },
    ['spec.metrics.0.pods.target.type: Invalid value: "Mean": must be either Utilization, Value, or AverageValue'],
  ],
  [
    'a target for an object',
    {
      metrics: [
        {
          type: 'Object',
          object: {
            metric: { name: 'qps' },
            describedObject: { kind: 'Service', name: 'web' },
            target: { type: 'Value' },
          },
        },
      ],
    },
    ['spec.metrics.0.object.target.averageValue: Required value: must set either a target value or averageValue'],
  ],
  [
    'one target outside of the cluster',
    {
      metrics: [
        {
          type: 'External',
          external: { metric: { name: 'qps' }, target: { type: 'Value', value: 1, averageValue: 1 } },
        },
      ],
    },
    [
      'spec.metrics.0.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
    ],
  ],
  [
    'a name of the metric that is a part of a path',
    {
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'qps/s' }, target: { type: 'AverageValue', averageValue: 1 } } },
      ],
    },
    [`spec.metrics.0.pods.metric.name: Invalid value: "qps/s": may not contain '/'`],
  ],
  [
    'a container of a resource',
    {
      metrics: [
        {
          type: 'ContainerResource',
          containerResource: { name: 'cpu', target: { type: 'AverageValue', averageValue: 1 } },
        },
      ],
    },
    ['spec.metrics.0.containerResource.container: Required value'],
  ],
  ['a tolerance of nothing', { behavior: { scaleUp: { tolerance: '0' }, scaleDown: { tolerance: '50m' } } }, []],
  [
    'a tolerance that is not negative',
    { behavior: { scaleDown: { tolerance: '-0.1' } } },
    ['spec.behavior.scaleDown.tolerance: Invalid value: "-0.1": must be greater or equal to zero'],
  ],
  [
    'a positive target',
    { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '0' } } }] },
    ['spec.metrics.0.resource.target.averageValue: Invalid value: "0": must be positive'],
  ],
  [
    'windows, periods and policies that mean something',
    {
      behavior: {
        scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Median' },
        scaleDown: {
          policies: [
            { type: 'Pods', value: 0, periodSeconds: 1801 },
            { type: 'Nodes', value: 1, periodSeconds: 0 },
          ],
        },
      },
    },
    [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Median": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleDown.policies.0.value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleDown.policies.0.periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      'spec.behavior.scaleDown.policies.1.type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
      'spec.behavior.scaleDown.policies.1.periodSeconds: Invalid value: 0: must be greater than zero',
    ],
  ],
  ['policies only where they are not the usual ones', { behavior: { scaleUp: { selectPolicy: 'Min' } } }, []],
  [
    'a policy where policies are written',
    { behavior: { scaleDown: { policies: [] } } },
    ['spec.behavior.scaleDown.policies: Required value: must specify at least one Policy'],
  ],
])('an autoscaler needs %s', (_what, spec, problems) => {
  expect(problemsOf(spec)).toEqual(problems);
});
