/** Paths of Berth's own, besides Kubernetes' API: what the command line asks a running Berth. */
export const BERTH_PATHS = {
  status: '/berth/v1/status',
  sync: '/berth/v1/sync',
  events: '/berth/v1/events',
  shutdown: '/berth/v1/shutdown',
  kubectlSession: '/berth/v1/kubectl-session',
  kubeconfig: '/berth/v1/kubeconfig',
} as const;
