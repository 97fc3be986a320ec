import { SeededRandom } from '../lib/random.ts';
import { VirtualClock } from '../lib/virtual-clock.ts';
import { createMemoryStore } from '../store/index.ts';
import type { Store } from '../store/store.ts';
import type { Client } from './client.ts';
import { REGISTRY_INDEXES } from './indexes.ts';
import { createRegistry, type Registry, type RegistryOptions } from './registry.ts';

export interface TestRegistry {
  readonly registry: Registry;
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly store: Store;
}

/** A registry on a memory store with a virtual clock and a fixed seed, and a client of it: for tests of whatever stands on the API. */
export function createTestRegistry(options: Partial<RegistryOptions> = {}): TestRegistry {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const store = options.store ?? createMemoryStore({ indexes: REGISTRY_INDEXES });
  const registry = createRegistry({ clock, random, ...options, store });
  return { registry, client: registry.client({ user: 'test', fieldManager: 'test' }), clock, random, store };
}
