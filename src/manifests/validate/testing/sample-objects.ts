import { expect } from 'vitest';
import { formatFieldPath } from '../../../objects/field-problem.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { decodeObject, parseFile } from '../../parse/parse-manifest-file.ts';
import { type ValidateOptions, validateObject } from '../validate-object.ts';

export function objectOf(yaml: string): KubernetesObject {
  const { objects, diagnostics } = parseFile(new TextEncoder().encode(yaml));
  expect(diagnostics).toEqual([]);
  const [parsed] = objects;
  if (parsed === undefined) throw new Error('no object');
  return decodeObject(parsed);
}

/** `code path: message | help`, a warning with a `~` before it. */
export function problemsOf(
  object: KubernetesObject,
  options: ValidateOptions = { origin: 'manifest' },
): readonly string[] {
  return validateObject(object, options).map((problem) => {
    const help = problem.help === undefined ? '' : ` | ${problem.help}`;
    return `${problem.severity === 'warning' ? '~' : ''}${problem.code} ${formatFieldPath(problem.path)}: ${problem.message}${help}`;
  });
}

export type Change = (object: Draft) => void;
// biome-ignore lint/suspicious/noExplicitAny: a draft to write anything into.
export type Draft = any;

export const DEPLOYMENT = objectOf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers: [{name: init, image: busybox:1.36, command: ["true"]}]
      containers:
        - name: web
          image: registry.example.com:5000/shop/web:1.2@sha256:${'a'.repeat(64)}
          ports: [{name: http, containerPort: 80}, {containerPort: 80, protocol: UDP}]
          env:
            - {name: A, value: "1"}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: KEY, valueFrom: {secretKeyRef: {name: s, key: k}}}
            - {name: ZONE, valueFrom: {fieldRef: {fieldPath: "metadata.labels['zone']"}}}
          envFrom: [{configMapRef: {name: settings}}]
          resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 1, memory: 128Mi}}
          readinessProbe: {httpGet: {path: /, port: http}, successThreshold: 2}
          livenessProbe: {tcpSocket: {port: 80}}
          lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
          volumeMounts: [{name: page, mountPath: /www}, {name: tmp, mountPath: /tmp, subPath: a/b}]
      volumes:
        - {name: page, configMap: {name: page, defaultMode: 0644, items: [{key: a, path: b/c}]}}
        - {name: tmp, emptyDir: {}}
`);
export const SERVICE = objectOf(`
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
`);
export const POD = objectOf(
  '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}',
);
export const CONFIG_MAP = objectOf('{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a.txt: x}}');
export const SECRET = objectOf(
  '{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: aGk=}, stringData: {b: x}}',
);

export function changed(object: KubernetesObject, change: Change): KubernetesObject {
  const draft: Draft = structuredClone(object);
  change(draft);
  return draft;
}

/** `path` has dots between steps; `C.` stands for the first container, `P.` for the pod spec of the template. */
export function withField(object: KubernetesObject, path: string, value: unknown): KubernetesObject {
  const steps = path.replace(/^C\./, 'P.containers.0.').replace(/^P\./, 'spec.template.spec.').split('.');
  return changed(object, (draft) => {
    const parent = steps.slice(0, -1).reduce((at: Draft, step) => at[step], draft);
    parent[steps.at(-1) ?? ''] = value;
  });
}

export const container = (draft: Draft): Draft => draft.spec.template.spec.containers[0];
export const pod = (draft: Draft): Draft => draft.spec.template.spec;
