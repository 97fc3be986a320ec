import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../lib/json.ts';
import type { RenderedObject } from './index.ts';
import { renderFiles } from './testing/render-files.ts';

/** Objects that name each other in all the ways that kustomize follows. */
const OBJECTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      serviceAccountName: runner
      imagePullSecrets: [{name: pull}]
      containers:
      - name: web
        envFrom: [{configMapRef: {name: made}}, {secretRef: {name: hidden}}]
        env: [{name: A, valueFrom: {configMapKeyRef: {name: plain, key: a}}}]
      volumes:
      - {name: a, configMap: {name: made}}
      - {name: b, secret: {secretName: hidden}}
      - {name: c, persistentVolumeClaim: {claimName: disk}}
      - {name: d, projected: {sources: [{configMap: {name: plain}}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  tls: [{secretName: hidden}]
  rules: [{http: {paths: [{backend: {service: {name: web}}}]}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{resources: [configmaps], resourceNames: [plain], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: binding}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: runner, namespace: default}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain}
---
apiVersion: v1
kind: Secret
metadata: {name: pull}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk}
`;

const BASE = `resources: [objects.yaml]
configMapGenerator: [{name: made, literals: [a=b]}]
secretGenerator: [{name: hidden, literals: [a=b]}]
`;

/** Where a reference stands, and the kind that it names. */
const REFERENCES: readonly (readonly [from: string, path: string, kind: string])[] = [
  ['Deployment', 'spec.template.spec.serviceAccountName', 'ServiceAccount'],
  ['Deployment', 'spec.template.spec.imagePullSecrets.0.name', 'Secret'],
  ['Deployment', 'spec.template.spec.containers.0.envFrom.0.configMapRef.name', 'ConfigMap'],
  ['Deployment', 'spec.template.spec.containers.0.envFrom.1.secretRef.name', 'Secret'],
  ['Deployment', 'spec.template.spec.containers.0.env.0.valueFrom.configMapKeyRef.name', 'ConfigMap'],
  ['Deployment', 'spec.template.spec.volumes.0.configMap.name', 'ConfigMap'],
  ['Deployment', 'spec.template.spec.volumes.1.secret.secretName', 'Secret'],
  ['Deployment', 'spec.template.spec.volumes.2.persistentVolumeClaim.claimName', 'PersistentVolumeClaim'],
  ['Deployment', 'spec.template.spec.volumes.3.projected.sources.0.configMap.name', 'ConfigMap'],
  ['Ingress', 'spec.tls.0.secretName', 'Secret'],
  ['Ingress', 'spec.rules.0.http.paths.0.backend.service.name', 'Service'],
  ['HorizontalPodAutoscaler', 'spec.scaleTargetRef.name', 'Deployment'],
  ['Role', 'rules.0.resourceNames.0', 'ConfigMap'],
  ['RoleBinding', 'roleRef.name', 'Role'],
  ['RoleBinding', 'subjects.0.name', 'ServiceAccount'],
];

function valueAt(object: RenderedObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object.object;
  for (const step of path.split('.')) {
    if (Array.isArray(value)) value = value[Number(step)];
    else value = typeof value === 'object' && value !== null ? (value as Record<string, JsonValue>)[step] : undefined;
  }
  return value;
}

const affix = fc.stringMatching(/^[a-z]{1,4}$/);
const layer = fc.record({
  prefix: fc.option(
    affix.map((text) => `namePrefix: ${text}-\n`),
    { nil: '' },
  ),
  suffix: fc.option(
    affix.map((text) => `nameSuffix: -${text}\n`),
    { nil: '' },
  ),
  namespace: fc.option(
    affix.map((text) => `namespace: "${text}"\n`),
    { nil: '' },
  ),
  generator: fc.option(
    affix.map((text) => `configMapGenerator: [{name: made, behavior: merge, literals: [x=${text}]}]\n`),
    { nil: '' },
  ),
});

test('however many prefixes, suffixes and hashes names get, every reference leads to an object', () => {
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), (layers) => {
      const files: Record<string, string> = { 'l0/objects.yaml': OBJECTS, 'l0/kustomization.yaml': BASE };
      for (const [index, fields] of layers.entries()) {
        files[`l${index + 1}/kustomization.yaml`] = `resources: [../l${index}]\n${Object.values(fields).join('')}`;
      }
      const { objects, problems } = renderFiles(files, `l${layers.length}`);
      expect(problems).toEqual([]);
      expect(objects).toHaveLength(12);
      for (const [from, path, kind] of REFERENCES) {
        const object = objects.find((one) => one.kind === from);
        const names = objects.filter((one) => one.kind === kind).map(({ name }) => name);
        expect(names, `${from} ${path}`).toContain(object === undefined ? undefined : valueAt(object, path));
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});
