/**
 * The port to a container engine and its two drivers. `docker/` speaks the Docker Engine's HTTP API; `sim/` is an
 * engine on a virtual clock. Both pass `test/contracts/runtime-contract.ts`.
 *
 * Flow: the kubelet calls `Runtime`, watches its events and lists what is there; the driver carries out one call at a
 * time and decides nothing. The folder must not know pods as API objects, controllers, or when something is to be
 * restarted.
 */
export {
  type CreateDockerRuntimeOptions,
  createDockerRuntime,
  enableHairpin,
  type LoadedDockerConfig,
  loadDockerConfigCredentials,
  networkNameOf,
} from './docker/index.ts';
export { type ImageReference, isImageId, normalizeImageName, parseImageReference } from './image-reference.ts';
export {
  parseDockerConfigJson,
  parseDockercfg,
  type RegistryConfig,
  selectCredentials,
} from './registry-credentials.ts';
export * from './runtime.ts';
export type {
  DurationRangeMs,
  SimCall,
  SimExecRequest,
  SimExecResult,
  SimFault,
  SimHttpRequest,
  SimHttpResponse,
  SimImage,
  SimProcess,
  SimStart,
  SimTimings,
} from './sim/sim-behaviour.ts';
export { createSimEngine, type SimConnection, SimEngine, type SimEngineOptions } from './sim/sim-engine.ts';
export type { SimCounters } from './sim/sim-machine.ts';
