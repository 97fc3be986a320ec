/** How many branches of a file no seed takes, and why that is so for now. Whoever makes a number smaller lowers it here. */
export interface UntakenRules {
  readonly most: number;
  readonly why: string;
}

/** Of a file that is not listed. */
export const UNLISTED_MOST = 8;

const MANIFESTS = 'needs manifests or failures that the simulated user does not make yet';
const FIELDS = 'the simulated user leaves out many of the fields that it reads; its own tests hold it to tables';

export const UNTAKEN_RULES: Readonly<Record<string, UntakenRules>> = {
  'src/controllers/cron-job/compute-cron-job.ts': { most: 9, why: MANIFESTS },
  'src/controllers/daemon-set/compute-daemon-set.ts': { most: 12, why: MANIFESTS },
  'src/controllers/deployment/compute-deployment.ts': { most: 4, why: MANIFESTS },
  'src/controllers/disruption/compute-disruption-budget.ts': { most: 6, why: MANIFESTS },
  'src/controllers/endpoint-slice/compute-endpoint-slices.ts': { most: 6, why: MANIFESTS },
  'src/controllers/garbage-collector/compute-garbage.ts': { most: 5, why: MANIFESTS },
  'src/controllers/job/compute-job.ts': { most: 3, why: MANIFESTS },
  'src/controllers/namespace/compute-namespace.ts': { most: 3, why: MANIFESTS },
  'src/controllers/persistent-volume/compute-claim.ts': { most: 17, why: MANIFESTS },
  'src/controllers/persistent-volume/compute-volume.ts': { most: 6, why: MANIFESTS },
  'src/controllers/pod-garbage-collector/compute-pod-garbage.ts': { most: 4, why: MANIFESTS },
  'src/controllers/replica-set/compute-replica-set.ts': { most: 1, why: MANIFESTS },
  'src/controllers/revisions/compute-revisions.ts': { most: 6, why: MANIFESTS },
  'src/controllers/stateful-set/compute-stateful-set.ts': { most: 4, why: MANIFESTS },
  'src/controllers/volume-protection/compute-volume-protection.ts': { most: 1, why: MANIFESTS },
  'src/gitops/compute-rollout.ts': { most: 2, why: MANIFESTS },
  'src/gitops/compute-vanished.ts': { most: 2, why: MANIFESTS },
  'src/kubelet/compute-container-status.ts': { most: 1, why: FIELDS },
  'src/kubelet/compute-phase.ts': { most: 7, why: FIELDS },
  'src/kubelet/compute-pod-actions.ts': { most: 17, why: FIELDS },
  'src/kubelet/compute-pod-status.ts': { most: 11, why: FIELDS },
  'src/kubelet/compute-runtime-spec.ts': { most: 10, why: FIELDS },
  'src/kubelet/environment/compute-environment.ts': { most: 13, why: FIELDS },
  'src/kubelet/storage/compute-provisioning.ts': { most: 8, why: FIELDS },
  'src/kubelet/volumes/compute-mounts.ts': { most: 5, why: FIELDS },
  'src/kubelet/volumes/compute-volumes.ts': { most: 16, why: FIELDS },
  'src/network/compute-rules.ts': { most: 8, why: FIELDS },
  'src/plan/health/compute-health.ts': { most: 5, why: MANIFESTS },
};
