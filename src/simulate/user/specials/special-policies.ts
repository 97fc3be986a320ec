import {
  container,
  inTurn,
  numberOf,
  ON_THE_BOX,
  object,
  type Special,
  type SpecialInput,
  workload,
} from './special.ts';

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };

/** What watches over other workloads: autoscalers, disruption budgets, quotas. */
export const SPECIAL_POLICIES = {
  'autoscaler of a deployment': {
    fate: 'heals',
    goesFor: 'Deployment',
    make: (input) => [autoscaler(input.name, 'Deployment', inTurn(input.version, SCALINGS))],
  },
  'autoscaler of a stateful set': {
    fate: 'heals',
    goesFor: 'StatefulSet',
    make: (input) => [autoscaler(input.name, 'StatefulSet', inTurn(input.version, SCALINGS))],
  },
  // Each look at what is not there is an event.
  'autoscaler of nothing': {
    fate: 'passes',
    make: (input) => [autoscaler(input.name, 'Deployment', { maxReplicas: 2, metrics: [CPU] })],
  },
  'autoscaler with a rival': {
    fate: 'passes',
    goesFor: 'Deployment',
    make: ({ name }) =>
      ['first', 'second'].map((one) =>
        autoscaler(`${name}-${one}`, 'Deployment', { maxReplicas: 4, metrics: [CPU] }, name),
      ),
  },
  'autoscaler that is told nothing': {
    fate: 'passes',
    goesFor: 'Deployment',
    make: (input) => [autoscaler(input.name, 'Deployment', inTurn(input.version, BLIND_SCALINGS))],
  },
  'budget of another kind': {
    fate: 'heals',
    goesFor: 'Deployment',
    make: (input) => [
      object('policy/v1', 'PodDisruptionBudget', `${input.name}-at-least`, {
        spec: {
          ...inTurn<object>(input.version, [
            { minAvailable: 1 },
            { minAvailable: '50%' },
            { maxUnavailable: '30%' },
            {},
            { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
          ]),
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: [input.name] }] },
        },
      }),
    ],
  },
  // "Custom controllers that don't implement scale" and daemon sets: nobody says how many pods there should be.
  'budget of pods without a number': {
    fate: 'heals',
    make: (input) => [
      object('policy/v1', 'PodDisruptionBudget', input.name, {
        spec: {
          ...inTurn<object>(input.version, [{ minAvailable: '50%' }, { maxUnavailable: 1 }]),
          selector: { matchLabels: { app: input.name } },
        },
      }),
      workload(input, 'DaemonSet', {}, { ...ON_THE_BOX, containers: [container()] }),
    ],
  },
  'budget of pods without a controller': {
    fate: 'heals',
    make: (input) => [
      object('policy/v1', 'PodDisruptionBudget', input.name, {
        spec: {
          ...inTurn<object>(input.version, [{ minAvailable: '50%' }, { maxUnavailable: 1 }]),
          selector: { matchLabels: { declared: 'git' } },
        },
      }),
      object('v1', 'Pod', `${input.name}-alone`, podAlone(input), { declared: 'git' }),
    ],
  },
  'quota and limits': {
    fate: 'heals',
    make: (input) => [
      object('v1', 'LimitRange', input.name, {
        spec: {
          limits: [
            {
              type: 'Container',
              default: { memory: '64Mi' },
              defaultRequest: { cpu: '10m', memory: '8Mi' },
              max: { cpu: '2' },
              min: { cpu: '1m' },
            },
          ],
        },
      }),
      object('v1', 'ResourceQuota', input.name, {
        spec: {
          hard:
            input.version % 2 === 1 && !input.isResting
              ? { pods: '2', 'requests.cpu': '150m' }
              : { pods: '60', 'requests.cpu': '4', 'count/configmaps': '40', services: '20' },
        },
      }),
    ],
  },
} satisfies Record<string, Special>;

const podAlone = (input: SpecialInput) => ({
  spec: {
    terminationGracePeriodSeconds: 2,
    nodeSelector: { 'kubernetes.io/hostname': 'sim' },
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'main',
        image: 'app:1',
        ports: [{ containerPort: 8080, hostPort: 20_000 + numberOf(input.name) }],
        resources: { requests: { cpu: '10m' } },
      },
    ],
  },
});

function autoscaler(name: string, kind: string, spec: object, target = name) {
  return object('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: target }, ...spec },
  });
}

const SCALINGS: readonly [object, ...object[]] = [
  { minReplicas: 1, maxReplicas: 4, metrics: [CPU] },
  {
    minReplicas: 3,
    maxReplicas: 4,
    metrics: [
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '64Mi' } } },
      CPU,
    ],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 1, periodSeconds: 30 }] },
      scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 50, periodSeconds: 30 }] },
    },
  },
  {
    maxReplicas: 3,
    metrics: [
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'main', target: { type: 'AverageValue', averageValue: '40m' } },
      },
    ],
    behavior: { scaleDown: { selectPolicy: 'Disabled' }, scaleUp: { selectPolicy: 'Min' } },
  },
];

/** Metrics that nobody provides, beside one that is there. */
const BLIND_SCALINGS: readonly [object, ...object[]] = [
  {
    maxReplicas: 3,
    metrics: [
      { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } } },
      CPU,
    ],
  },
  {
    maxReplicas: 3,
    metrics: [{ type: 'External', external: { metric: { name: 'queue' }, target: { type: 'Value', value: '10' } } }],
  },
  {
    maxReplicas: 3,
    metrics: [
      CPU,
      {
        type: 'Object',
        object: {
          describedObject: { apiVersion: 'v1', kind: 'Service', name: 'nowhere' },
          metric: { name: 'requests' },
          target: { type: 'AverageValue', averageValue: '10' },
        },
      },
    ],
  },
];
