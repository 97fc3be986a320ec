import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../../lib/json.ts';
import type { KubernetesObject } from '../types.ts';
import { applyDefaults } from './apply-defaults.ts';
import { pullPolicyOf } from './pod-defaults.ts';

const specOf = (apiVersion: string, kind: string, spec: object) =>
  applyDefaults(deepFreeze({ apiVersion, kind, spec }))['spec'];
const podSpec = (spec: object) =>
  specOf('v1', 'Pod', spec) as { readonly containers: readonly object[]; readonly volumes: readonly object[] };

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['registry:5000/nginx', 'Always'],
  ['registry:5000/nginx:1', 'IfNotPresent'],
  ['nginx@sha256:abc', 'IfNotPresent'],
  ['nginx:latest@sha256:abc', 'Always'],
])('%s is pulled %s', (image, policy) => expect(pullPolicyOf(image)).toBe(policy));

describe('Deployment', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
  test('an almost empty one', () => {
    expect(specOf('apps/v1', 'Deployment', { selector: {}, template })).toEqual({
      selector: {},
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'i:1',
              imagePullPolicy: 'IfNotPresent',
              resources: {},
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
            },
          ],
          dnsPolicy: 'ClusterFirst',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
      },
    });
  });

  test('what is set stays, also zero', () => {
    const spec = {
      replicas: 0,
      revisionHistoryLimit: 0,
      progressDeadlineSeconds: 5,
      strategy: { type: 'Recreate' },
      template,
    };
    expect(specOf('apps/v1', 'Deployment', spec)).toMatchObject({
      replicas: 0,
      revisionHistoryLimit: 0,
      progressDeadlineSeconds: 5,
      strategy: { type: 'Recreate' },
    });
    expect(specOf('apps/v1', 'Deployment', spec)).not.toHaveProperty('strategy.rollingUpdate');
  });
});

describe('Pod', () => {
  test('probes, ports and handlers', () => {
    const container = {
      name: 'c',
      ports: [{ containerPort: 80 }],
      livenessProbe: { httpGet: { port: 80 }, periodSeconds: 0, timeoutSeconds: 7 },
      lifecycle: { preStop: { httpGet: { port: 80 } } },
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    };
    expect(podSpec({ containers: [container] }).containers[0]).toMatchObject({
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      livenessProbe: {
        httpGet: { port: 80, path: '/', scheme: 'HTTP' },
        periodSeconds: 10,
        timeoutSeconds: 7,
        successThreshold: 1,
        failureThreshold: 3,
      },
      lifecycle: { preStop: { httpGet: { path: '/', scheme: 'HTTP' } } },
      env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }],
    });
  });

  test('limits stand in for requests in a pod, but not in a template', () => {
    const containers = [{ name: 'c', resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '0.5' } } }];
    expect(podSpec({ containers }).containers[0]).toMatchObject({
      resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
    });
    expect(specOf('apps/v1', 'ReplicaSet', { template: { spec: { containers } } })).toMatchObject({
      template: { spec: { containers: [{ resources: { requests: { cpu: '500m' } } }] } },
    });
    expect(specOf('apps/v1', 'ReplicaSet', { template: { spec: { containers } } })).not.toHaveProperty(
      'template.spec.containers.0.resources.requests.memory',
    );
  });

  test('volumes', () => {
    const volumes = [
      { name: 'a' },
      { name: 'b', configMap: { name: 'x' } },
      { name: 'c', secret: { secretName: 'x', defaultMode: 0o400 } },
      {
        name: 'd',
        projected: {
          sources: [
            { serviceAccountToken: { path: 't' } },
            { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          ],
        },
      },
      { name: 'e', emptyDir: { sizeLimit: '1024Mi' } },
    ];
    expect(podSpec({ containers: [], volumes }).volumes).toEqual([
      { name: 'a', emptyDir: {} },
      { name: 'b', configMap: { name: 'x', defaultMode: 420 } },
      { name: 'c', secret: { secretName: 'x', defaultMode: 256 } },
      {
        name: 'd',
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { path: 't', expirationSeconds: 3600 } },
            { downwardAPI: { items: [{ path: 'l', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.labels' } }] } },
          ],
        },
      },
      { name: 'e', emptyDir: { sizeLimit: '1Gi' } },
    ]);
  });

  test("ports on the host's network are host ports", () => {
    expect(
      podSpec({ hostNetwork: true, containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] }).containers[0],
    ).toMatchObject({
      ports: [{ containerPort: 80, hostPort: 80 }],
    });
  });
});

describe('Service', () => {
  test.each([
    [
      'ClusterIP by default',
      { ports: [{ port: 80 }] },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'NodePort',
      { type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }] },
      { externalTrafficPolicy: 'Cluster', ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }] },
    ],
    ['LoadBalancer', { type: 'LoadBalancer' }, { allocateLoadBalancerNodePorts: true }],
    ['affinity', { sessionAffinity: 'ClientIP' }, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }],
  ])('%s', (_, spec, expected) => expect(specOf('v1', 'Service', spec)).toMatchObject(expected));

  test('ExternalName has no traffic policies', () => {
    expect(specOf('v1', 'Service', { type: 'ExternalName', externalName: 'x.y' })).toEqual({
      type: 'ExternalName',
      externalName: 'x.y',
      sessionAffinity: 'None',
    });
  });
});

test('a secret folds its stringData into data', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', data: { a: 'b2xk', c: 'eA==' }, stringData: { a: 'grün' } };
  expect(applyDefaults(deepFreeze(secret))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    data: { a: 'Z3LDvG4=', c: 'eA==' },
  });
});

test('fields that are null count as left out; null in a map of a ConfigMap is not touched', () => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { annotations: null },
    spec: { replicas: null },
  } as unknown as KubernetesObject;
  expect(applyDefaults(object)).toMatchObject({ metadata: {}, spec: { replicas: 1 } });
  expect(applyDefaults(object).metadata).not.toHaveProperty('annotations');
});

test('an object that has its defaults is returned as it is', () => {
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } },
    { apiVersion: 'v1', kind: 'Service', spec: { type: 'NodePort', ports: [{ port: 1 }] } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: {
        hostNetwork: true,
        containers: [
          {
            name: 'c',
            ports: [{ containerPort: 1 }],
            resources: { limits: { cpu: '0.1' } },
            livenessProbe: { grpc: { port: 1 } },
          },
        ],
        volumes: [{ name: 'v' }],
      },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec: { containers: [{ name: 'c' }] } } } },
  ];
  for (const object of objects) {
    const once = deepFreeze(applyDefaults(deepFreeze(object)));
    expect(applyDefaults(once)).toBe(once);
  }
});

test('an unknown kind is left alone', () => {
  const object = { apiVersion: 'example.com/v1', kind: 'Thing', spec: { a: null } };
  expect(applyDefaults(object)).toBe(object);
});

test('an autoscaler without policies gets the usual ones, and an empty list of them stays, so that it is refused', () => {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const rulesOf = (scaleDown: object) =>
    specOf('autoscaling/v2', 'HorizontalPodAutoscaler', { maxReplicas: 2, scaleTargetRef, behavior: { scaleDown } });
  const usual = [{ type: 'Percent', value: 100, periodSeconds: 15 }];
  expect(rulesOf({})).toMatchObject({ behavior: { scaleDown: { policies: usual } } });
  expect(rulesOf({ policies: [] })).toMatchObject({ behavior: { scaleDown: { policies: [] } } });
});
