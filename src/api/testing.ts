import { SeededRandom } from '../lib/random.ts';
import { VirtualClock } from '../lib/virtual-clock.ts';
import type { KubernetesObject, StoredObject } from '../objects/types.ts';
import { createMemoryStore } from '../store/index.ts';
import type { Store } from '../store/store.ts';
import { type ApiError, isApiError } from './api-error.ts';
import type { Client, ObjectReference } from './client.ts';
import { REGISTRY_INDEXES } from './indexes.ts';
import { createRegistry, type Registry, type RegistryOptions } from './registry.ts';

export interface TestRegistry {
  readonly registry: Registry;
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly store: Store;
}

/**
 * A registry on a memory store with a virtual clock and a fixed seed, and a client of it: for tests of whatever stands
 * on the API.
 */
export function createTestRegistry(options: Partial<RegistryOptions> = {}): TestRegistry {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const store = options.store ?? createMemoryStore({ indexes: REGISTRY_INDEXES });
  const registry = createRegistry({ clock, random, ...options, store });
  return { registry, client: registry.client({ user: 'test', fieldManager: 'test' }), clock, random, store };
}

export function configMap(name: string, data: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

export function deployment(name: string, replicas?: number): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'busybox:1.36' }] } },
    },
  };
}

export function pod(name: string, extra: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'busybox:1.36' }], ...extra },
  };
}

export function service(name: string, spec: object): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

export function referenceTo(object: { apiVersion: string; kind: string; metadata?: object }): ObjectReference {
  const { name = '', namespace } = (object.metadata ?? {}) as { name?: string; namespace?: string };
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

export function refusal(body: () => unknown): ApiError {
  try {
    body();
  } catch (error) {
    if (isApiError(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export function specOf(object: StoredObject): Record<string, unknown> {
  return object['spec'] as Record<string, unknown>;
}

export function withSpec(object: StoredObject, change: object): KubernetesObject {
  return { ...object, spec: { ...specOf(object), ...change } };
}
