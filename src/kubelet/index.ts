/**
 * The node agent: runs the pods that are bound to this node and tells what became of them.
 *
 * Flow of one pass of a pod's worker: read the pod and what the engine has of it → `computePodStatus` and
 * `computePodActions` (both pure) → write the status when it changed → wait until that is durable → carry the actions
 * out (`PodRunner`). Beside it run the image pulls, the stops and the probes, which wake the worker; `EngineLink` and
 * `RuntimeCache` know what the engine has. `podSecurityProblems` says which pods the box refuses; the admission and the
 * validator ask it too.
 *
 * It must not know Git, controllers or who asks for logs, and talks to the engine, files and sockets through their
 * ports only.
 */
export { computePressure, type MetThreshold } from './eviction/compute-pressure.ts';
export { createKubelet, type Kubelet, type KubeletOptions } from './kubelet.ts';
export type { MachineInfo } from './node-status.ts';
export type { PodSpec } from './observed-pod.ts';
export type { DnsSettings, ResolverConfig } from './pod-dns.ts';
export { hostPathProblem, type PodPermissions, type PodSecurityPolicy, podSecurityProblems } from './pod-security.ts';
