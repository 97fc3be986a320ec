import type { FieldPath } from './field-problem.ts';

/** Where each kind that makes pods, or is one, keeps the pod that it makes. */
export const POD_TEMPLATES: Readonly<Record<string, FieldPath | undefined>> = {
  Pod: [],
  ReplicationController: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};
