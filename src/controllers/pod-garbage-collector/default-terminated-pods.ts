/** "--terminated-pod-gc-threshold int32, default: 12500" (kube-controller-manager). */
export const DEFAULT_TERMINATED_PODS = 12_500;
