import { compareText } from '../lib/compare-text.ts';

/**
 * The order in which kinds are applied: what others refer to comes first, so that a pod finds its namespace, account,
 * configuration and service when it starts. The same order as kustomize's and Helm's install order. Kinds that are not
 * named come before the workloads' consumers (webhooks, autoscalers), after the workloads.
 */
const APPLY_ORDER: readonly string[] = [
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'StorageClass',
  'CustomResourceDefinition',
  'PriorityClass',
  'ServiceAccount',
  'ClusterRole',
  'Role',
  'ClusterRoleBinding',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'Service',
  'EndpointSlice',
  'PodDisruptionBudget',
  'DaemonSet',
  'StatefulSet',
  'Deployment',
  'ReplicationController',
  'ReplicaSet',
  'Pod',
  'Job',
  'CronJob',
];
const LATER = ['HorizontalPodAutoscaler', 'IngressClass', 'Ingress'];
const RANKS = new Map([
  ...APPLY_ORDER.map((kind, index) => [kind, index] as const),
  ...LATER.map((kind, index) => [kind, 1_000 + index] as const),
]);
const UNNAMED_RANK = 500;

interface Orderable {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/**
 * Sorts for applying: by rank of the kind, then kind, namespace and name, so that equal inputs are applied in one
 * order.
 */
export function compareForApply(a: Orderable, b: Orderable): number {
  // Most neighbours differ only in their names, and ten thousand objects are compared in one turn.
  if (a.kind !== b.kind) return rankOf(a.kind) - rankOf(b.kind) || compareText(a.kind, b.kind);
  if (a.namespace !== b.namespace) return compareText(a.namespace ?? '', b.namespace ?? '');
  return compareText(a.name, b.name);
}

/** Sorts for deleting: users of things before the things. */
export function compareForPrune(a: Orderable, b: Orderable): number {
  return compareForApply(b, a);
}

function rankOf(kind: string): number {
  return RANKS.get(kind) ?? UNNAMED_RANK;
}
