import { expect, test } from 'vitest';
import type { JsonObject } from '../../lib/json.ts';
import { referencesOf } from './references.ts';

const object = (apiVersion: string, kind: string, spec: JsonObject): JsonObject => ({
  ...{ apiVersion, kind, metadata: { name: 'a', namespace: 'shop' } },
  spec,
});
const pods = (spec: JsonObject): JsonObject => ({ template: { spec } });
const hpa = (kind: string, name: string) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', { scaleTargetRef: { apiVersion: 'apps/v1', kind, name } });
const backend = (name: string): JsonObject => ({ service: { name } });

test.each<[string, JsonObject, string[]]>([
  ['an autoscaler', hpa('Deployment', 'web'), ['Deployment/shop/web spec.scaleTargetRef.name']],
  ['an autoscaler of what nobody knows', hpa('Rollout', 'web'), []],
  ['a set', object('apps/v1', 'StatefulSet', { serviceName: 'db' }), ['Service/shop/db spec.serviceName']],
  ['a set without a service', object('apps/v1', 'StatefulSet', { serviceName: '' }), []],
  [
    'a class of pods',
    object('apps/v1', 'DaemonSet', pods({ priorityClassName: 'high' })),
    ['PriorityClass//high spec.template.spec.priorityClassName'],
  ],
  ['a class of the system', object('v1', 'Pod', { priorityClassName: 'system-node-critical' }), []],
  [
    'an account',
    object('batch/v1', 'CronJob', { jobTemplate: { spec: pods({ serviceAccountName: 'robot' }) } }),
    ['ServiceAccount/shop/robot spec.jobTemplate.spec.template.spec.serviceAccountName'],
  ],
  ['the account that is always there', object('v1', 'Pod', { serviceAccountName: 'default' }), []],
  [
    'a claim',
    object('v1', 'PersistentVolumeClaim', { storageClassName: 'fast' }),
    ['StorageClass//fast spec.storageClassName'],
  ],
  [
    'a claim that names its volume',
    object('v1', 'PersistentVolumeClaim', { storageClassName: 'manual', volumeName: 'a' }),
    [],
  ],
  ['a claim of no class', object('v1', 'PersistentVolumeClaim', { storageClassName: '' }), []],
  [
    'an Ingress',
    object('networking.k8s.io/v1', 'Ingress', {
      ingressClassName: 'nginx',
      defaultBackend: backend('home'),
      rules: [{ http: { paths: [{ backend: backend('web') }] } }],
    }),
    [
      'IngressClass//nginx spec.ingressClassName',
      'Service/shop/home spec.defaultBackend.service.name',
      'Service/shop/web spec.rules.0.http.paths.0.backend.service.name',
    ],
  ],
])('what is needed by %s', (_what, from, expected) => {
  const uses = referencesOf(from, 'shop').filter(({ kind }) => kind !== 'Namespace');
  expect(uses.map((use) => `${use.kind}/${use.namespace ?? ''}/${use.name} ${use.path.join('.')}`)).toEqual(expected);
});
