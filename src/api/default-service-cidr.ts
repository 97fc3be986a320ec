/** Range of service addresses where nobody names one: as kubeadm's clusters have it, cut to what one box needs. */
export const DEFAULT_SERVICE_CIDR = '10.96.0.0/16';
