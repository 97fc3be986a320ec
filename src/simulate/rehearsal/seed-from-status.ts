import {
  type ApplicationRecord,
  type DeclaredObject,
  declaredReplicas,
  defaultedManifest,
  type FinishedJobStatus,
  GitopsState,
  type LoadedFolder,
  type PublishedStatus,
  releasedScaleTarget,
} from '../../gitops/index.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';
import { controllerOf, findKind, formatObject, POD_TEMPLATE_HASH_LABEL, storageKeyOf } from '../../objects/index.ts';
import { fieldsOfObject } from '../../objects/ownership/fields-of-object.ts';
import { newEntry } from '../../objects/ownership/managed-fields.ts';
import { schemaOf } from '../../objects/schema/schema.ts';
import type { StoredObject } from '../../objects/types.ts';
import type { InventoryEntry } from '../../plan/index.ts';
import { fieldManagerOf } from '../../plan/index.ts';
import { createMemoryStore, type Entry } from '../../store/index.ts';
import { asJson, hasHidden, revealHidden } from './reveal-hidden.ts';

export interface SeedOptions {
  readonly status: PublishedStatus;
  /** By the name of the application: what it declares at the commit that the box has applied of it. */
  readonly deployed: ReadonlyMap<string, LoadedFolder>;
  readonly nowMs: number;
}

/**
 * The content of a store that behaves as the box's own would: the published objects, with what was hidden of them put
 * back from the manifests of the deployed commit, who owns which field, and what the loop remembers of its
 * applications. Nothing is applied to get there.
 */
export function seedFromStatus({ status, deployed, nowMs }: SeedOptions): readonly Entry[] {
  const published = new Map<string, JsonObject>();
  for (const object of status.objects) {
    const key = keyOfPublished(object);
    if (key !== undefined) published.set(key, object);
  }
  const seed = new Seed(published, deployed, nowMs);
  const entries: Entry[] = [...published].map(([key, object]) => new PublishedEntry(key, object, seed));
  return [...entries, ...memoryOf(status, deployed, published, nowMs)].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * An object as it was published; its value is completed when somebody asks for it, which for most of a large box nobody
 * does.
 */
class PublishedEntry implements Entry {
  readonly key: string;
  readonly published: JsonObject;
  readonly createRevision = 1;
  readonly modRevision: number;
  readonly #seed: Seed;
  #value: JsonObject | undefined;

  constructor(key: string, published: JsonObject, seed: Seed) {
    this.key = key;
    this.published = published;
    this.modRevision = Number(asObject(published).metadata.resourceVersion) || 1;
    this.#seed = seed;
  }

  get value(): JsonObject {
    this.#value ??= this.#seed.complete(this.key);
    return this.#value;
  }
}

/**
 * What an entry shows of its object without completing it: all but values that must not leave the box, and who owns
 * which field.
 */
export function shownOf(entry: Entry): JsonObject {
  return entry instanceof PublishedEntry ? entry.published : entry.value;
}

class Seed {
  readonly #published: ReadonlyMap<string, JsonObject>;
  readonly #nowMs: number;
  readonly #declared = new Map<string, { readonly application: string; readonly object: DeclaredObject }>();
  readonly #owned = new Map<string, StoredObject>();
  /** Keys of what autoscalers scale. */
  readonly #autoscaled: ReadonlySet<string>;

  constructor(published: ReadonlyMap<string, JsonObject>, deployed: ReadonlyMap<string, LoadedFolder>, nowMs: number) {
    this.#published = published;
    this.#nowMs = nowMs;
    this.#autoscaled = new Set(
      [...published.values()].flatMap((object) => releasedScaleTarget(undefined, asObject(object)) ?? []),
    );
    for (const [application, { loaded }] of deployed) {
      for (const object of loaded.objects) this.#declared.set(object.key, { application, object });
    }
  }

  complete(key: string): JsonObject {
    const object = this.#ownedAt(key);
    if (object === undefined) throw new TypeError(`${key} is published`);
    return withReadableSecret(asJson(revealOwned(object, (owner) => this.#ownedAt(owner))));
  }

  /** The object with what its own manifest says. */
  #ownedAt(key: string): StoredObject | undefined {
    const known = this.#owned.get(key);
    if (known !== undefined) return known;
    const published = this.#published.get(key);
    if (published === undefined) return undefined;
    const owner = this.#declared.get(key);
    const object =
      owner === undefined ? asObject(published) : ownedObject(published, owner, this.#scalerOf(key), this.#nowMs);
    this.#owned.set(key, object);
    return object;
  }

  /**
   * Who has set the replicas that differ from Git's: the loop takes back what an autoscaler that goes has set, and
   * nothing that a person has.
   */
  #scalerOf(key: string): string {
    return this.#autoscaled.has(key) ? 'kube-controller-manager' : 'scaled';
  }
}

/** The key of an object that a status branch shows; `undefined` for what is no object that Berth stores. */
export function keyOfPublished(value: JsonObject): string | undefined {
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isJsonObject(metadata)) return undefined;
  if (typeof metadata['name'] !== 'string' || typeof metadata['uid'] !== 'string') return undefined;
  if (findKind(apiVersion, kind) === undefined) return undefined;
  return storageKeyOf(asObject(value));
}

function asObject(value: JsonObject): StoredObject {
  return value as unknown as StoredObject;
}

function ownedObject(
  published: JsonObject,
  { application, object }: { readonly application: string; readonly object: DeclaredObject },
  scaler: string,
  nowMs: number,
): StoredObject {
  const manifest = object.decode();
  const known = asJson(defaultedManifest(object));
  const live = asObject(asJson(revealHidden(published, known) as JsonObject));
  const { apiVersion, kind } = manifest;
  const type = schemaOf(apiVersion, kind);
  if (type === undefined) return live;
  const isScaled = !jsonEqual(replicasOf(asJson(manifest)) ?? replicasOf(live), replicasOf(live));
  const fields = fieldsOfObject(isScaled ? withoutReplicas(asJson(manifest)) : asJson(manifest), type);
  const by = { manager: fieldManagerOf(application), operation: 'Apply', subresource: '' } as const;
  const own = fields === undefined ? [] : [newEntry(by, apiVersion, nowMs, fields)];
  const managedFields = isScaled ? [...own, scaledEntry(scaler, apiVersion, nowMs)] : own;
  return { ...live, metadata: { ...live.metadata, managedFields } };
}

function replicasOf(object: object): JsonValue | undefined {
  const spec = (object as { readonly spec?: JsonObject }).spec;
  return isJsonObject(spec) ? spec['replicas'] : undefined;
}

function withoutReplicas(manifest: JsonObject): JsonObject {
  const { replicas: _replicas, ...spec } = manifest['spec'] as JsonObject;
  return { ...manifest, spec };
}

/** Drift is put right at once: replicas that differ from Git were ceded to somebody who scales. */
function scaledEntry(manager: string, apiVersion: string, nowMs: number) {
  const by = { manager, operation: 'Update', subresource: 'scale' } as const;
  const type = schemaOf('apps/v1', 'Deployment');
  const fields = type === undefined ? undefined : fieldsOfObject({ spec: { replicas: 1 } }, type);
  if (fields === undefined) throw new TypeError('spec.replicas is a field of a Deployment');
  return newEntry(by, apiVersion, nowMs, fields);
}

/** A revision's template is hidden like its owner's, whose present template it may be. */
function revealOwned(object: StoredObject, objectAt: (key: string) => StoredObject | undefined): StoredObject {
  if (object.kind !== 'ReplicaSet' && object.kind !== 'ControllerRevision') return object;
  const owner = controllerOf(object);
  if (owner === undefined || !hasHidden(asJson(object))) return object;
  const { namespace } = object.metadata;
  const key = storageKeyOf({ ...owner, ...(namespace === undefined ? {} : { namespace }) });
  const template = (objectAt(key)?.['spec'] as { readonly template?: JsonObject } | undefined)?.template;
  if (template === undefined) return object;
  const field = object.kind === 'ReplicaSet' ? 'spec' : 'data';
  const redacted = templateAt(asJson(object), field);
  if (redacted === undefined) return object;
  const revealed = revealHidden(redacted, template);
  return jsonEqual(comparable(revealed), comparable(template)) ? withTemplate(object, field, revealed) : object;
}

function templateAt(object: JsonObject, field: 'spec' | 'data'): JsonValue | undefined {
  const part = object[field];
  const spec = field === 'spec' ? part : isJsonObject(part) ? part['spec'] : undefined;
  return isJsonObject(spec) ? spec['template'] : undefined;
}

/** Without what the controllers add to a template that they keep. */
function comparable(template: JsonValue): JsonValue {
  if (!isJsonObject(template)) return template;
  const { $patch: _patch, metadata, ...rest } = template;
  if (!isJsonObject(metadata)) return { ...rest, metadata: {} };
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...kept } = labels;
  return { ...rest, metadata: { ...metadata, labels: kept } };
}

function withTemplate(object: StoredObject, field: 'spec' | 'data', template: JsonValue): StoredObject {
  if (field === 'spec') return { ...object, spec: { ...(object['spec'] as JsonObject), template } };
  const data = object['data'] as JsonObject;
  return { ...object, data: { ...data, spec: { ...(data['spec'] as JsonObject), template } } };
}

/** A value of a Secret that stays hidden must still be base64, or nothing could mount it. */
function withReadableSecret(object: JsonObject): JsonObject {
  if (object['kind'] !== 'Secret' || !isJsonObject(object['data'])) return object;
  const data = Object.entries(object['data']).map(([key, value]) => [key, value === '(hidden)' ? '' : value]);
  return { ...object, data: Object.fromEntries(data) };
}

/** What the loop keeps beside the objects: a record of each application and its inventory. */
function memoryOf(
  status: PublishedStatus,
  deployed: ReadonlyMap<string, LoadedFolder>,
  published: ReadonlyMap<string, JsonObject>,
  nowMs: number,
): readonly Entry[] {
  const store = createMemoryStore({ indexes: [] });
  const state = new GitopsState(store);
  store.transact(() => {
    for (const { name, path, appliedCommit, phase, finishedJobs } of status.applications) {
      const finished = new Map(finishedJobs.map((job) => [job.object, job]));
      const folder = deployed.get(name);
      state.putApplication(recordOf({ name, path, appliedCommit, identity: folder?.identity ?? '', phase }, nowMs));
      for (const declared of folder?.loaded.objects ?? []) {
        const { key, id, digest } = declared;
        const live = published.get(key);
        const ended = live === undefined ? finished.get(formatObject(id)) : undefined;
        if (ended !== undefined) state.putInventoryEntry(name, key, finishedEntry(declared, ended, published));
        const uid = live === undefined ? undefined : asObject(live).metadata.uid;
        if (uid === undefined) continue;
        const replicas = declaredReplicas(declared);
        state.putInventoryEntry(name, key, { ...id, digest, uid, ...(replicas === undefined ? {} : { replicas }) });
      }
    }
  });
  return store.list('');
}

/** A Job that has run and is gone; it ran in the namespace that is there. */
function finishedEntry(
  { id, digest }: DeclaredObject,
  { outcome, reason, message }: FinishedJobStatus,
  published: ReadonlyMap<string, JsonObject>,
): InventoryEntry {
  const home = published.get(storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', name: id.namespace ?? '' }));
  const namespaceUid = home === undefined ? '' : asObject(home).metadata.uid;
  return { ...id, digest, uid: '', finished: { outcome, reason, message, namespaceUid } };
}

interface DeployedApplication {
  readonly name: string;
  readonly path: string;
  readonly appliedCommit: string;
  readonly identity: string;
  readonly phase: string;
}

function recordOf(application: DeployedApplication, nowMs: number): ApplicationRecord {
  const { name, path, appliedCommit, identity, phase } = application;
  return {
    name,
    path,
    attemptedCommit: appliedCommit,
    attemptedTree: identity,
    appliedCommit,
    appliedTree: identity,
    appliedAtMs: nowMs,
    verdict: {
      phase: phase === 'Healthy' ? 'Healthy' : 'Degraded',
      reason: phase === 'Healthy' ? 'ReconciliationSucceeded' : 'HealthCheckFailed',
      message: 'as the status branch has it',
      problems: [],
      omittedProblems: 0,
      sinceMs: nowMs,
    },
    history: [],
  };
}
