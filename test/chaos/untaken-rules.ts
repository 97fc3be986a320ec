/** How many branches of a file no seed takes, and why that is so for now. Whoever makes a number smaller lowers it here. */
export interface UntakenRules {
  readonly most: number;
  readonly why: string;
}

/** Of a file that is not listed. */
export const UNLISTED_MOST = 1;

const GUARDS = 'mostly what validation precludes and the types leave open';
const RARE = 'needs a failure or an order of events that seeds rarely bring about; its own tests hold it to tables';
const OUTSIDE =
  'the simulated machine has no such thing: a folder of secrets, a full disk, other paths in the configuration, twelve thousand ended pods';

export const UNTAKEN_RULES: Readonly<Record<string, UntakenRules>> = {
  'src/controllers/cron-job/compute-cron-job.ts': { most: 5, why: GUARDS },
  'src/controllers/daemon-set/compute-daemon-set.ts': { most: 3, why: RARE },
  'src/controllers/disruption/compute-disruption-budget.ts': { most: 5, why: GUARDS },
  'src/controllers/ephemeral-volume/compute-ephemeral-claims.ts': { most: 3, why: GUARDS },
  'src/controllers/horizontal-pod-autoscaler/compute-horizontal-pod-autoscaler.ts': { most: 3, why: RARE },
  'src/controllers/namespace/compute-namespace.ts': { most: 2, why: GUARDS },
  'src/controllers/persistent-volume/compute-claim.ts': { most: 8, why: RARE },
  'src/controllers/persistent-volume/compute-volume.ts': { most: 3, why: RARE },
  'src/controllers/pod-garbage-collector/compute-pod-garbage.ts': { most: 1, why: OUTSIDE },
  'src/controllers/revisions/compute-revisions.ts': { most: 5, why: GUARDS },
  'src/controllers/secrets-directory/compute-secrets.ts': { most: 6, why: OUTSIDE },
  'src/gitops/compute-rollout.ts': { most: 2, why: RARE },
  'src/gitops/compute-vanished.ts': { most: 2, why: OUTSIDE },
  'src/kubelet/compute-container-status.ts': { most: 4, why: RARE },
  'src/kubelet/compute-pod-actions.ts': { most: 5, why: RARE },
  'src/kubelet/compute-pod-status.ts': { most: 3, why: GUARDS },
  'src/kubelet/environment/compute-environment.ts': { most: 6, why: GUARDS },
  'src/kubelet/eviction/compute-eviction.ts': { most: 2, why: OUTSIDE },
  'src/kubelet/eviction/compute-pressure.ts': { most: 2, why: OUTSIDE },
  'src/kubelet/eviction/compute-storage-limits.ts': { most: 16, why: OUTSIDE },
  'src/kubelet/images/compute-image-collection.ts': { most: 3, why: OUTSIDE },
  'src/kubelet/storage/compute-provisioning.ts': { most: 2, why: GUARDS },
  'src/kubelet/volumes/compute-mounts.ts': { most: 2, why: GUARDS },
  'src/kubelet/volumes/compute-volumes.ts': { most: 6, why: GUARDS },
  'src/network/compute-rules.ts': { most: 3, why: GUARDS },
  'src/plan/health/compute-health.ts': { most: 5, why: RARE },
};
