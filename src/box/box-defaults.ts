import { DEFAULT_SERVICE_CIDR } from '../api/default-service-cidr.ts';
import { DEFAULT_TERMINATED_PODS } from '../controllers/pod-garbage-collector/default-terminated-pods.ts';

/**
 * How a box is set up where nobody says otherwise: on a machine, in the simulation, and in a plan of a box that says
 * nothing of it.
 */
export const BOX_DEFAULTS = {
  statusBranch: 'berth-status',
  rolloutTimeoutMs: 600_000,
  /** How long a rollout that cannot go on by itself is watched before it counts as failed. */
  stuckAfterMs: 60_000,
  terminatedPods: DEFAULT_TERMINATED_PODS,
  serviceCidr: DEFAULT_SERVICE_CIDR,
  clusterDomain: 'cluster.local',
} as const;
