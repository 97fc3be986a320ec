import { expect, test } from 'vitest';
import type { JsonObject } from '../../lib/json.ts';
import { neededObjects } from './references.ts';

const object = (apiVersion: string, kind: string, spec: JsonObject): JsonObject => ({
  ...{ apiVersion, kind, metadata: { name: 'a', namespace: 'shop' } },
  spec,
});
const pods = (spec: JsonObject): JsonObject => ({ template: { spec } });
const hpa = (kind: string, name: string) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', { scaleTargetRef: { apiVersion: 'apps/v1', kind, name } });
const backend = (name: string): JsonObject => ({ service: { name } });

const CONFIGURED: JsonObject = {
  volumes: [
    { configMap: { name: 'a' } },
    { secret: { secretName: 'b' } },
    { projected: { sources: [{ configMap: { name: 'c' } }] } },
    { configMap: { name: 'no', optional: true } },
  ],
  imagePullSecrets: [{ name: 'd' }],
  initContainers: [{ name: 'first', envFrom: [{ secretRef: { name: 'e' } }] }],
  containers: [{ name: 'app', env: [{ value: 'x' }, { valueFrom: { configMapKeyRef: { name: 'f', key: 'k' } } }] }],
};

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
  [
    'the configuration of a Deployment',
    object('apps/v1', 'Deployment', pods(CONFIGURED)),
    [
      'ConfigMap/shop/a spec.template.spec.volumes.0.configMap.name',
      'Secret/shop/b spec.template.spec.volumes.1.secret.secretName',
      'ConfigMap/shop/c spec.template.spec.volumes.2.projected.sources.0.configMap.name',
      'Secret/shop/d spec.template.spec.imagePullSecrets.0.name',
      'Secret/shop/e spec.template.spec.initContainers.0.envFrom.0.secretRef.name',
      'ConfigMap/shop/f spec.template.spec.containers.0.env.1.valueFrom.configMapKeyRef.name',
    ],
  ],
  ['the configuration of a set, which only plans look at', object('apps/v1', 'StatefulSet', pods(CONFIGURED)), []],
  [
    'what is written wrong',
    object('apps/v1', 'Deployment', pods({ volumes: 'a', containers: [1, null], serviceAccountName: 7 })),
    [],
  ],
])('what is needed by %s', (_what, from, expected) => {
  const uses = neededObjects(from, 'shop').filter(({ kind }) => kind !== 'Namespace');
  expect(uses.map((use) => `${use.kind}/${use.namespace ?? ''}/${use.name} ${use.path.join('.')}`)).toEqual(expected);
});
