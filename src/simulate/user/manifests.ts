import { KINDS, type ObjectIdentity } from '../../objects/index.ts';
import { CONFIG_MARKER, SECRET_MARKER } from './markers.ts';
import { type PodShape, podExtras } from './pod-shapes.ts';
import { declaredBySpecial, renderSpecial, type SpecialFile } from './specials/index.ts';
import { renderWorkload, type WorkloadFile } from './workload-manifests.ts';

export interface DeploymentFile {
  readonly kind: 'Deployment';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** `app:1`. */
  readonly image: string;
  readonly strategy: 'Recreate' | { readonly maxSurge: number | string; readonly maxUnavailable: number | string };
  /** Changes the template without changing the image. */
  readonly note: number;
  readonly shape: PodShape;
}

export type ServiceShape = 'plain' | 'headless' | 'node port' | 'sticky' | 'local' | 'near' | 'datagrams';

export type ManifestFile =
  | DeploymentFile
  | WorkloadFile
  | SpecialFile
  /** Makes one rendering of all other files of its folder. */
  | { readonly kind: 'Kustomization'; readonly namespace: string; readonly name: string; readonly value: number }
  | { readonly kind: 'Namespace'; readonly name: string }
  | { readonly kind: 'ConfigMap' | 'Secret'; readonly namespace: string; readonly name: string; readonly value: number }
  | {
      readonly kind: 'Service';
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      readonly shape: ServiceShape;
    }
  | { readonly kind: 'Broken'; readonly text: string };

/** One application's folder, by file name. */
export type ApplicationFiles = ReadonlyMap<string, ManifestFile>;

export function isBadImage(image: string): boolean {
  return /^(missing|private|crashing|unready):/.test(image);
}

/** @param neighbours names of the other files in its folder. */
export function renderManifest(file: ManifestFile, neighbours: readonly string[] = []): string {
  switch (file.kind) {
    case 'Namespace':
      return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${file.name}}\n`;
    case 'ConfigMap':
      return `${head(file)}data: {value: "${CONFIG_MARKER}-${file.value}"}\n`;
    case 'Secret':
      return `${head(file)}stringData: {token: "${SECRET_MARKER}-${file.value}"}\n`;
    case 'Service':
      return `${head(file)}spec:\n  selector: {app: ${file.name}}\n${SERVICES[file.shape](file.port)}`;
    case 'Broken':
      return file.text;
    case 'Special':
      return renderSpecial(file);
    case 'Kustomization':
      return renderKustomization(file, neighbours);
    case 'Deployment':
      return renderDeployment(file);
    default:
      return renderWorkload(file);
  }
}

/** The objects that a file declares. */
export function declaredBy(file: ManifestFile): readonly ObjectIdentity[] {
  switch (file.kind) {
    case 'Broken':
      return [];
    case 'Special':
      return declaredBySpecial(file);
    case 'Kustomization':
      return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: file }];
    case 'Namespace':
      return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: file.name } }];
    default: {
      const { kind, namespace, name } = file;
      const apiVersion = KINDS.find((one) => one.kind === kind)?.apiVersion ?? 'v1';
      return [{ apiVersion, kind, metadata: { namespace, name } }];
    }
  }
}

/** Patches what is there, without a change to what the checkers compare, and generates a ConfigMap. */
function renderKustomization(
  { namespace, name, value }: Extract<ManifestFile, { kind: 'Kustomization' }>,
  neighbours: readonly string[],
): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: ${JSON.stringify(neighbours)}
generatorOptions: {disableNameSuffixHash: true}
configMapGenerator:
  - {name: ${name}, namespace: ${namespace}, literals: ["value=${CONFIG_MARKER}-${value}"]}
patches:
  - target: {kind: Deployment}
    patch: |
      - {op: add, path: /metadata/annotations, value: {kustomized: "${value}"}}
`;
}

function head(file: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return `apiVersion: v1\nkind: ${file.kind}\nmetadata: {name: ${file.name}, namespace: ${file.namespace}}\n`;
}

function renderDeployment(file: DeploymentFile): string {
  const { name, namespace, replicas, image, strategy, note, shape } = file;
  const { container, mounts, env, volumes, spec } = podExtras(shape);
  const update =
    strategy === 'Recreate' ? '{type: Recreate}' : `{type: RollingUpdate, rollingUpdate: ${JSON.stringify(strategy)}}`;
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  strategy: ${update}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata:
      labels: {app: ${name}}
      annotations: {note: "${note}"}
    spec:
      terminationGracePeriodSeconds: 5
${spec}      containers:
        - name: main
          image: ${image}
${container}          env:
            - {name: LITERAL, value: "${CONFIG_MARKER}-literal"}
            - name: TOKEN
              valueFrom: {secretKeyRef: {name: credentials, key: token, optional: true}}
${env}          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
          resources: {requests: {cpu: 60m, memory: 16Mi}, limits: {memory: 64Mi}}
          volumeMounts:
            - {name: settings, mountPath: /settings}
${mounts}      volumes:
        - name: settings
          configMap: {name: settings, optional: true}
${volumes}`;
}

const SERVICES: Readonly<Record<ServiceShape, (port: number) => string>> = {
  plain: (port) => `  ports: [{port: ${port}, targetPort: 8080}]\n`,
  headless: (port) => `  clusterIP: None\n  ports: [{port: ${port}, targetPort: 8080}]\n`,
  'node port': (port) => `  type: NodePort\n  ports: [{port: ${port}, targetPort: 8080}]\n`,
  sticky: (port) => `  sessionAffinity: ClientIP\n  ports: [{port: ${port}, targetPort: 8080}]\n`,
  local: (port) =>
    `  type: NodePort\n  externalTrafficPolicy: Local\n  internalTrafficPolicy: Local\n  ports: [{port: ${port}, targetPort: 8080}]\n`,
  near: (port) =>
    `  trafficDistribution: ${port % 2 === 0 ? 'PreferClose' : 'PreferSameNode'}\n  ports: [{port: ${port}, targetPort: 8080}]\n`,
  datagrams: (port) =>
    `  ports:\n    - {name: a, port: ${port}, targetPort: 8080, protocol: UDP}\n    - {name: b, port: ${port}, targetPort: 8080}\n`,
};

/** Manifests that are wrong in one way each; some have a Secret's value right beside the mistake. */
export const BROKEN_TEXTS: readonly string[] = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken\ndata: {}\n',
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: broken}\nspec: {replicas: many, selector: {}}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken}\ndatta: {a: b}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Not_A_Name}\n',
  'apiVersion: nowhere/v1\nkind: Nothing\nmetadata: {name: broken}\n',
  `apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\ndata: {token: "${SECRET_MARKER}-is-not-base64"}\n`,
  `apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringData: {token: [${SECRET_MARKER}-in-a-list]}\n`,
  `apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringData:\n  token: ${SECRET_MARKER}-1\n token: ${SECRET_MARKER}-2\n`,
  `apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringDatta: {token: ${SECRET_MARKER}-misplaced}\n`,
];
