/**
 * The registry: the one door to the API objects.
 *
 * Flow of a write: shape → identity and namespace → defaults → who owns which field → admission → validation → what the
 * kind's own strategy decides (addresses, phases) → one `put` in a transaction. Reads and watches hand out the store's
 * own frozen objects. `http/` serves the same calls on Kubernetes' REST paths, once they are on disk.
 *
 * It must not know controllers, nodes or Git: whatever reacts to objects watches them.
 */
export * from './api-error.ts';
export * from './client.ts';
export type { Admission, AdmissionRequest, AdmissionResult, ObjectRules } from './context.ts';
export { REGISTRY_INDEXES } from './indexes.ts';
export type * from './pod-streams.ts';
export { createRegistry, type Registry, type RegistryOptions } from './registry.ts';
export { stringifyObject } from './stringify-object.ts';
