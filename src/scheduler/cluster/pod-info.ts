import { isSidecar, podClaims } from '../../objects/index.ts';
import type { Pod } from '../../objects/types.ts';
import { type PodTerms, podTermsOf } from './pod-term.ts';
import { keyOfVector, type ResourceVector, requestsOf, scoredRequestsOf } from './resource-vector.ts';

/** A port that a pod takes on its node. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod with everything that filters and scores read again and again worked out once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly priority: number;
  readonly requests: ResourceVector;
  readonly scoredRequests: ResourceVector;
  /** Equal for pods that ask for the same resources. */
  readonly requestsKey: string;
  readonly hostPorts: readonly HostPort[];
  readonly terms: PodTerms;
  /** Its claims as `<namespace>/<name>`, in the order of its volumes. */
  readonly claims: readonly string[];
}

export function podInfoOf(pod: Pod): PodInfo {
  const spec = pod.spec ?? { containers: [] };
  const requests = requestsOf(spec);
  const scoredRequests = scoredRequestsOf(spec, requests);
  return {
    pod,
    priority: spec.priority ?? 0,
    requests,
    scoredRequests,
    requestsKey: `${keyOfVector(requests)} ${scoredRequests === requests ? '' : keyOfVector(scoredRequests)}`,
    hostPorts: hostPortsOf(spec),
    terms: podTermsOf(pod),
    claims: podClaims(pod).map(({ claimName }) => `${pod.metadata.namespace ?? 'default'}/${claimName}`),
  };
}

/**
 * Ports of ordinary containers and of sidecars, which run at the same time; other init containers never hold them
 * together.
 */
function hostPortsOf(spec: NonNullable<Pod['spec']>): readonly HostPort[] {
  const ports: HostPort[] = [];
  for (const container of [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)]) {
    for (const { hostPort, hostIP = '', protocol = 'TCP', containerPort } of container.ports ?? []) {
      const port = hostPort ?? (spec.hostNetwork === true ? containerPort : 0);
      if (port > 0) ports.push({ ip: hostIP === '' ? '0.0.0.0' : hostIP, protocol, port });
    }
  }
  return ports;
}
