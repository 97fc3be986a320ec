import type { ErrorCodeEntry } from './error-code-entry.ts';

/** What a plan finds in a change. */
export const PLAN_CODES = {
  AutoscalerIdle: {
    class: 'terminal',
    summary: 'An autoscaler never scales its target.',
    help: 'let one autoscaler scale a workload that has replicas: a Deployment, ReplicaSet or StatefulSet',
  },
  AvailabilityLost: {
    class: 'terminal',
    summary: 'A Service has no ready pod for a while, or for good.',
    help: 'keep old pods until new ones are ready: maxUnavailable 0 with room for maxSurge',
  },
  BudgetBlocks: {
    class: 'terminal',
    summary: 'A disruption budget lets no pod of its workload be evicted.',
    help: 'allow at least one: raise maxUnavailable, lower minAvailable, or add a replica',
  },
  ConfigurationStale: {
    class: 'terminal',
    summary: 'Running pods do not take in a changed ConfigMap or Secret.',
    help: 'restart them, or name the ConfigMap by its content (configMapGenerator)',
  },
  DataAtRisk: {
    class: 'terminal',
    summary: 'The change deletes stored data, or lets it be deleted later.',
    help: 'keep the object, or annotate it with kustomize.toolkit.fluxcd.io/prune: disabled',
  },
  HostClaimed: {
    class: 'terminal',
    summary: 'Two Ingresses claim the same host and path.',
    help: 'change one of them',
  },
  ImageMissing: {
    class: 'terminal',
    summary: 'The registry does not have an image.',
    help: 'push the image, or correct its name',
  },
  ImageMoved: {
    class: 'terminal',
    summary: 'A tag leads to another image than the one that runs.',
    help: 'name the image by its digest',
  },
  ImageUnauthorized: {
    class: 'terminal',
    summary: 'The registry does not let anybody see an image without other credentials.',
    help: 'give the credentials of the registry',
  },
  LimitReached: {
    class: 'terminal',
    summary: 'The simulation was ended by one of its limits.',
    help: 'make the change smaller; what was not played is not known',
  },
  PodsOrphaned: {
    class: 'terminal',
    summary: 'A changed selector leaves pods without an owner.',
    help: 'change the selector back, or give the object a new name',
  },
  PortClaimed: {
    class: 'terminal',
    summary: 'Two objects claim the same port of the machine.',
    help: 'change one of them',
  },
  PrivilegeForbidden: {
    class: 'terminal',
    summary: 'A container asks for what the Pod Security level of its namespace forbids.',
    help: 'drop the privilege, or change the level of the namespace',
  },
  QuotaExceeded: {
    class: 'terminal',
    summary: 'A quota or a limit of the namespace refuses pods.',
    help: 'raise the quota, or lower requests or replicas',
  },
  ReferenceDangling: {
    class: 'terminal',
    summary: 'An object refers to one that is not there.',
    help: 'declare it, or correct the name',
  },
  RolloutStuck: {
    class: 'terminal',
    summary: 'A rollout never gets to its end.',
    help: 'read the cause',
  },
  SecretPlain: {
    class: 'terminal',
    summary: 'A secret value stands in the repository in plain text.',
    help: 'encrypt the file with SOPS, or keep the Secret out of Git',
  },
  ServiceWithoutPods: {
    class: 'terminal',
    summary: 'A Service leads to no pods or to no port of them.',
    help: 'correct the selector or the port',
  },
  Unschedulable: {
    class: 'terminal',
    summary: 'A pod fits on no node.',
    help: 'lower its requests, or make room',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
