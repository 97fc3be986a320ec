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
