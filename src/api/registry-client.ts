import { assert } from '../lib/assert.ts';
import type { JsonValue } from '../lib/json.ts';
import { toStoredVersion } from '../objects/conversion/served-version.ts';
import { kindOf, storagePrefixOf } from '../objects/kinds.ts';
import type { KindTypes, KnownKind, KubernetesObject, StoredObject } from '../objects/types.ts';
import type {
  ApplyOptions,
  ApplyResult,
  Client,
  DeleteOptions,
  EventInput,
  Identity,
  ListOptions,
  ObjectName,
  ObjectReference,
  PatchType,
  WatchEvent,
  WriteOptions,
} from './client.ts';
import { asStored, type RegistryContext } from './context.ts';
import type { EventRecorder } from './event-recorder.ts';
import { keyOf, requireKind } from './kind-lookup.ts';
import type { ObjectWatches } from './object-watches.ts';
import { selectEntries, selectionOf } from './verbs/read.ts';
import * as verbs from './verbs/verbs.ts';

export interface RegistryClientParts {
  readonly context: RegistryContext;
  readonly watches: ObjectWatches;
  readonly events: EventRecorder;
}

/** The door to the registry under one identity. Holds no state of its own. */
export class RegistryClient implements Client {
  readonly identity: Identity;
  readonly #parts: RegistryClientParts;
  readonly #context: RegistryContext;

  constructor(parts: RegistryClientParts, identity: Identity) {
    this.#parts = parts;
    this.#context = parts.context;
    this.identity = identity;
  }

  as(identity: Identity): Client {
    return new RegistryClient(this.#parts, identity);
  }

  get revision(): number {
    return this.#context.store.revision;
  }

  durable(revision?: number): Promise<void> {
    return this.#context.store.durable(revision);
  }

  transaction<T>(body: () => T): T {
    return this.#context.store.transact(body);
  }

  dryRun<T>(body: () => T): T {
    const undone = new UndoneTransaction();
    let result: { readonly value: T } | undefined;
    try {
      this.#context.store.transact(() => {
        result = { value: this.#parts.events.mutedWhile(body) };
        throw undone;
      });
    } catch (error) {
      if (error !== undone || result === undefined) throw error;
    }
    assert(result !== undefined, 'a dry run that did not fail has a result');
    return result.value;
  }

  get<K extends KnownKind>(kind: K, name: ObjectName): KindTypes[K] | undefined {
    const entry = this.#context.store.get(keyOf(kindOf(kind), name));
    return entry === undefined ? undefined : (entry.value as unknown as KindTypes[K]);
  }

  getObject(reference: ObjectReference): StoredObject | undefined {
    const entry = this.#context.store.get(keyOf(requireKind(reference), reference));
    return entry === undefined ? undefined : asStored(entry.value);
  }

  list<K extends KnownKind>(kind: K, options: ListOptions = {}): readonly KindTypes[K][] {
    const info = kindOf(kind);
    const entries = selectEntries(this.#context.store, info, selectionOf(info, options));
    return entries.map((entry) => entry.value as unknown as KindTypes[K]);
  }

  listObjects(
    reference: { readonly apiVersion: string; readonly kind: string },
    options: ListOptions = {},
  ): readonly StoredObject[] {
    const kind = requireKind(reference);
    return selectEntries(this.#context.store, kind, selectionOf(kind, options)).map((entry) => asStored(entry.value));
  }

  create<T extends KubernetesObject | KindTypes[KnownKind]>(object: T, options: WriteOptions = {}): StoredObject {
    return verbs.create(this.#context, this.identity, asInput(object), options);
  }

  update(object: KubernetesObject | KindTypes[KnownKind], options: WriteOptions = {}): StoredObject {
    return verbs.update(this.#context, this.identity, asInput(object), options);
  }

  updateStatus(object: KubernetesObject | KindTypes[KnownKind]): StoredObject {
    return verbs.update(this.#context, this.identity, asInput(object), { subresource: 'status' });
  }

  patch(reference: ObjectReference, type: PatchType, patch: JsonValue, options: WriteOptions = {}): StoredObject {
    return verbs.patch(this.#context, this.identity, reference, type, patch, options);
  }

  apply(object: KubernetesObject, options: ApplyOptions): ApplyResult<StoredObject> {
    return verbs.apply(this.#context, this.identity, toStoredVersion(object), options);
  }

  delete(reference: ObjectReference, options: DeleteOptions = {}): StoredObject {
    return verbs.remove(this.#context, this.identity, reference, options);
  }

  bind(pod: ObjectName, nodeName: string): void {
    verbs.bind(this.#context, this.identity, pod, nodeName);
  }

  watch<K extends KnownKind>(kind: K, onEvent: (event: WatchEvent<KindTypes[K]>) => void): () => void {
    return this.#parts.watches.add(
      storagePrefixOf(kindOf(kind)),
      onEvent as unknown as (event: WatchEvent<StoredObject>) => void,
    );
  }

  watchAll(onEvent: (event: WatchEvent<StoredObject>) => void): () => void {
    return this.#parts.watches.add('/', onEvent);
  }

  recordEvent(event: EventInput): void {
    this.#parts.events.record(event);
  }
}

/** Thrown to undo a dry run, and caught by the one that threw it. */
class UndoneTransaction extends Error {}

/**
 * In the version in which the kind is kept. The generated interfaces have no index signature, which is all that tells
 * them from what the verbs take.
 */
function asInput(object: KubernetesObject | KindTypes[KnownKind]): KubernetesObject {
  return toStoredVersion(object as KubernetesObject);
}
