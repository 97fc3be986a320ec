import { compareText } from '../../../lib/compare-text.ts';

/** Group, version and kind; any of them may be empty, which selects everything. */
export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export function gvkOf(apiVersion: string, kind: string): Gvk {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion, kind }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}

/** Whether `selector`, where it says something, says what `gvk` is. */
export function isSelected(gvk: Gvk, selector: Gvk): boolean {
  return (
    (selector.kind === '' || selector.kind === gvk.kind) &&
    (selector.group === '' || selector.group === gvk.group) &&
    (selector.version === '' || selector.version === gvk.version)
  );
}

export function gvkEqual(a: Gvk, b: Gvk): boolean {
  return a.kind === b.kind && a.group === b.group && a.version === b.version;
}

export function formatGvk({ group, version, kind }: Gvk): string {
  return `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}`;
}

/** Where these kinds stand before all others; kustomize sorts field specs and, where asked to, objects so. */
export const ORDER_FIRST: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
export const ORDER_LAST: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Rank of each kind: negative for the first ones, positive for the last ones, 0 (absent) between. */
export function rankKinds(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...first.map((kind, index) => [kind, index - first.length] as const),
    ...last.map((kind, index) => [kind, index + 1] as const),
  ]);
}

const DEFAULT_RANKS = rankKinds(ORDER_FIRST, ORDER_LAST);

export function sortTextOfGvk({ group, version, kind }: Gvk): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`;
}

export function compareGvk(a: Gvk, b: Gvk): number {
  const ranks = (DEFAULT_RANKS.get(a.kind) ?? 0) - (DEFAULT_RANKS.get(b.kind) ?? 0);
  return ranks !== 0 ? ranks : compareText(sortTextOfGvk(a), sortTextOfGvk(b));
}

/**
 * The kinds without a namespace that kustomize knows (the table of Kubernetes 1.21 in kyaml's openapi); of all others
 * it takes for granted that they have one.
 */
const CLUSTER_SCOPED: ReadonlySet<string> = new Set(
  [
    ['admissionregistration.k8s.io', 'v1 v1beta1', 'MutatingWebhookConfiguration ValidatingWebhookConfiguration'],
    ['apiextensions.k8s.io', 'v1 v1beta1', 'CustomResourceDefinition'],
    ['apiregistration.k8s.io', 'v1 v1beta1', 'APIService'],
    ['certificates.k8s.io', 'v1 v1beta1', 'CertificateSigningRequest'],
    ['flowcontrol.apiserver.k8s.io', 'v1beta1', 'FlowSchema PriorityLevelConfiguration'],
    ['networking.k8s.io', 'v1 v1beta1', 'IngressClass'],
    ['node.k8s.io', 'v1 v1beta1', 'RuntimeClass'],
    ['policy', 'v1beta1', 'PodSecurityPolicy'],
    ['rbac.authorization.k8s.io', 'v1 v1beta1', 'ClusterRole ClusterRoleBinding'],
    ['scheduling.k8s.io', 'v1 v1beta1', 'PriorityClass'],
    ['storage.k8s.io', 'v1 v1beta1', 'CSIDriver StorageClass VolumeAttachment'],
    ['storage.k8s.io', 'v1', 'CSINode'],
    ['', 'v1', 'ComponentStatus Namespace Node NodeProxyOptions PersistentVolume'],
  ].flatMap(([group = '', versions = '', kinds = '']) =>
    versions.split(' ').flatMap((version) => kinds.split(' ').map((kind) => `${group}/${version}/${kind}`)),
  ),
);

export function isClusterScoped({ group, version, kind }: Gvk): boolean {
  return CLUSTER_SCOPED.has(`${group}/${version}/${kind}`);
}
