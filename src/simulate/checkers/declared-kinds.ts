/** Kinds that the simulated user writes into the repository. */
export const DECLARED_KINDS = new Set([
  'Namespace',
  'ConfigMap',
  'Secret',
  'Service',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'PodDisruptionBudget',
  'ReplicationController',
  'ReplicaSet',
  'HorizontalPodAutoscaler',
  'ResourceQuota',
  'LimitRange',
  'PriorityClass',
]);
