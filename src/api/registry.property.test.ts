import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject, StoredObject } from '../objects/types.ts';
import { isApiError } from './api-error.ts';
import type { WatchEvent } from './client.ts';
import { createTestRegistry } from './testing.ts';

/** What the simplest possible registry of ConfigMaps would remember of one object. */
interface Remembered {
  readonly data: Record<string, string>;
  readonly version: number;
  readonly finalizers: readonly string[];
  readonly isGoing: boolean;
}

const names = fc.constantFrom('a', 'b', 'c');
const data = fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'));
const operations = fc.oneof(
  fc.record({ verb: fc.constant('create' as const), name: names, data, hold: fc.boolean(), dryRun: fc.boolean() }),
  fc.record({ verb: fc.constant('update' as const), name: names, data, isStale: fc.boolean(), dryRun: fc.boolean() }),
  fc.record({ verb: fc.constant('release' as const), name: names }),
  fc.record({ verb: fc.constant('delete' as const), name: names, dryRun: fc.boolean() }),
  fc.record({ verb: fc.constant('undone' as const), name: names, data }),
);
type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never;

function configMap(name: string, content: object, metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...metadata }, data: content };
}

/** The reason of a refusal, or `ok`. */
function outcome(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (isApiError(error)) return error.reason;
    if (error instanceof Error && error.message === 'undone') return 'undone';
    throw error;
  }
}

class Model {
  readonly objects = new Map<string, Remembered>();
  revision: number;

  constructor(revision: number) {
    this.revision = revision;
  }

  #put(name: string, object: Omit<Remembered, 'version'>): void {
    this.objects.set(name, { ...object, version: ++this.revision });
  }

  run(operation: Operation): string {
    const { name } = operation;
    const known = this.objects.get(name);
    switch (operation.verb) {
      case 'create': {
        if (known !== undefined) return 'AlreadyExists';
        const finalizers = operation.hold ? ['x/hold'] : [];
        if (!operation.dryRun) this.#put(name, { data: operation.data, finalizers, isGoing: false });
        return 'ok';
      }
      case 'update': {
        if (known === undefined) return 'NotFound';
        if (operation.isStale) return 'Conflict';
        const isSame = JSON.stringify(sorted(known.data)) === JSON.stringify(sorted(operation.data));
        if (!isSame && !operation.dryRun) this.#put(name, { ...known, data: operation.data });
        return 'ok';
      }
      case 'release':
        if (known === undefined) return 'NotFound';
        if (known.finalizers.length > 0) {
          if (known.isGoing) this.#remove(name);
          else this.#put(name, { ...known, finalizers: [] });
        }
        return 'ok';
      case 'delete':
        if (known === undefined) return 'NotFound';
        if (operation.dryRun || known.isGoing) return 'ok';
        if (known.finalizers.length > 0) this.#put(name, { ...known, isGoing: true });
        else this.#remove(name);
        return 'ok';
      case 'undone':
        return known === undefined ? 'undone' : 'AlreadyExists';
    }
  }

  #remove(name: string): void {
    this.objects.delete(name);
    this.revision++;
  }
}

function sorted(record: Record<string, string>): [string, string][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe('the registry', () => {
  it('does what a map of objects would, whatever is asked of it', () => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 40 }), (steps) => {
        const { client, store } = createTestRegistry();
        const model = new Model(store.revision);
        const watched = new Map<string, StoredObject>();
        client.watchAll((event: WatchEvent<StoredObject>) => {
          const { object, previous, type } = event;
          expect(previous).toBe(watched.get(object.metadata.name));
          if (type === 'DELETED') watched.delete(object.metadata.name);
          else watched.set(object.metadata.name, object);
        });
        const current = (name: string) => client.get('ConfigMap', { namespace: 'default', name });
        const reference = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });

        for (const step of steps) {
          const { name } = step;
          const before = current(name);
          const done = outcome(() => {
            if (step.verb === 'create') {
              const metadata = step.hold ? { finalizers: ['x/hold'] } : {};
              return client.create(configMap(name, step.data, metadata), { dryRun: step.dryRun });
            }
            if (step.verb === 'update') {
              const resourceVersion = step.isStale ? '0' : (before?.metadata.resourceVersion ?? '');
              const { finalizers = [], labels = {} } = before?.metadata ?? {};
              const metadata = { resourceVersion, finalizers, labels };
              return client.update(configMap(name, step.data, metadata), { dryRun: step.dryRun });
            }
            if (step.verb === 'release') return client.update(configMap(name, before?.data ?? {}));
            if (step.verb === 'delete') return client.delete(reference(name), { dryRun: step.dryRun });
            return client.transaction(() => {
              client.create(configMap(name, step.data));
              throw new Error('undone');
            });
          });
          expect(done).toBe(model.run(step));
          expect(store.revision).toBe(model.revision);
        }

        const list = client.list('ConfigMap');
        expect(list.map(({ metadata }) => metadata.name)).toEqual([...model.objects.keys()].toSorted());
        for (const object of list) {
          const known = model.objects.get(object.metadata.name);
          expect(sorted(object.data ?? {})).toEqual(sorted(known?.data ?? {}));
          expect(object.metadata.resourceVersion).toBe(String(known?.version));
          expect(object.metadata.deletionTimestamp !== undefined).toBe(known?.isGoing);
          expect(watched.get(object.metadata.name)).toBe(object);
        }
        expect(watched.size).toBe(list.length);
      }),
      { numRuns: 150, seed: 1 },
    );
  });
});
