import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { storedKindOf, toServedVersion } from '../../objects/conversion/served-version.ts';
import type { KindInfo } from '../../objects/kinds.ts';
import type { KubernetesObject, StoredObject } from '../../objects/types.ts';
import { ApiError } from '../api-error.ts';
import type { ApplyOptions, DeleteOptions, ObjectReference, PatchType, WriteOptions } from '../client.ts';
import { badRequest, notFound } from '../failures.ts';
import { requireObjectShape } from '../object-shape.ts';
import { evictPod } from '../verbs/evict.ts';
import { patchObject } from '../verbs/patch.ts';
import { toScale } from '../verbs/scale.ts';
import { mediaTypeOf, readObject, readValue } from './body.ts';
import { type Exchange, isFlagSet } from './exchange.ts';
import { listOptionsOf } from './list.ts';
import { representList, representObject } from './representation.ts';
import { respondJson } from './respond.ts';

/** One object that a path names. */
export interface ResourceTarget {
  readonly kind: KindInfo;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: string | undefined;
}

export async function handleGet(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const object = exchange.client.getObject(referenceOf(target));
  if (object === undefined) throw notFound(target.kind, target.name);
  await respondObject(exchange, target, 200, object);
}

export async function handleCreate(exchange: Exchange, kind: KindInfo, namespace: string | undefined): Promise<void> {
  const object = placed(exchange, kind, namespace, undefined, await readObject(exchange.request));
  const created = exchange.client.create(object, writeOptionsOf(exchange, undefined));
  await respondJson(exchange, 201, representObject(exchange, kind, created));
}

export async function handleUpdate(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const body = await readObject(exchange.request);
  const { kind, namespace, name, subresource } = target;
  if (subresource === 'finalize') return finalize(exchange, target, body);
  const object = subresource === 'scale' ? scaledObject(target, body) : placed(exchange, kind, namespace, name, body);
  const updated = exchange.client.update(object, writeOptionsOf(exchange, subresource));
  await respondObject(exchange, target, 200, updated);
}

async function finalize(exchange: Exchange, target: ResourceTarget, body: JsonObject): Promise<void> {
  const finalizers = isJsonObject(body['spec']) ? (body['spec']['finalizers'] ?? []) : [];
  if (!Array.isArray(finalizers)) throw badRequest('spec.finalizers must be a list');
  const { registry } = exchange.server;
  const finalized = registry.finalizeNamespace(exchange.identity, target.name, finalizers.map(String));
  await respondObject(exchange, target, 200, finalized);
}

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

export async function handlePatch(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const mediaType = mediaTypeOf(exchange.request);
  if (mediaType === 'application/apply-patch+yaml') return handleApply(exchange, target);
  const type = PATCH_TYPES[mediaType];
  if (type === undefined) {
    const accepted = [...Object.keys(PATCH_TYPES), 'application/apply-patch+yaml'].join(', ');
    throw new ApiError(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    );
  }
  const patch = await readValue(exchange.request);
  if (patch === undefined) throw badRequest('the patch is empty');
  const options = writeOptionsOf(exchange, target.subresource);
  const patched =
    target.kind.storedAs === undefined
      ? exchange.client.patch(referenceOf(target), type, patch, options)
      : patchServed(exchange, target, type, patch, options);
  await respondObject(exchange, target, 200, patched);
}

/** A patch means the version that it was sent to: the object is converted, patched, and converted back. */
function patchServed(
  exchange: Exchange,
  target: ResourceTarget,
  type: PatchType,
  patch: JsonValue,
  options: WriteOptions,
): StoredObject {
  const current = exchange.client.getObject(referenceOf(target));
  if (current === undefined) throw notFound(target.kind, target.name);
  const served = toServedVersion(current, target.kind);
  return exchange.client.update(patchObject(target.kind, served, type, patch, undefined), options);
}

async function handleApply(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const { kind, namespace, name, subresource } = target;
  if (subresource !== undefined) throw badRequest(`apply to the subresource ${subresource} is not supported`);
  const fieldManager = exchange.query.get('fieldManager');
  if (!fieldManager) {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  }
  const object = placed(exchange, kind, namespace, name, await readObject(exchange.request));
  const options: ApplyOptions = {
    fieldManager,
    force: isFlagSet(exchange.query, 'force'),
    dryRun: isDryRun(exchange),
    ...validationOptionsOf(exchange),
  };
  const result = exchange.client.apply(object, options);
  await respondObject(exchange, target, result.action === 'created' ? 201 : 200, result.object);
}

export async function handleDelete(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const options = await deleteOptionsOf(exchange, target.kind);
  const before = exchange.client.getObject(referenceOf(target));
  const left = exchange.client.delete(referenceOf(target), options);
  const after = exchange.client.getObject(referenceOf(target));
  if (after !== undefined && options.dryRun !== true) return respondObject(exchange, target, 200, left);
  await respondJson(exchange, 200, deletionStatus(target.kind, before ?? left));
}

function deletionStatus(kind: KindInfo, object: StoredObject): object {
  const { name, uid } = object.metadata;
  const details = { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** Deletes every object of a selection, in one transaction; answers with what they were. */
export async function handleDeleteCollection(
  exchange: Exchange,
  kind: KindInfo,
  namespace: string | undefined,
): Promise<void> {
  const options = await deleteOptionsOf(exchange, kind);
  const { client } = exchange;
  const deleted = client.transaction(() =>
    client
      .listObjects(kind, listOptionsOf(exchange, namespace))
      .map((object) => client.delete({ ...storedKindOf(kind), ...object.metadata }, options)),
  );
  const metadata = { resourceVersion: String(client.revision) };
  await respondJson(exchange, 200, representList(exchange, kind, deleted, metadata));
}

/** POST of `binding` and `eviction` of a pod. */
export async function handleCreateSubresource(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const body = await readObject(exchange.request);
  const { namespace, name, subresource } = target;
  if (subresource === 'binding') {
    const node = isJsonObject(body['target']) ? body['target']['name'] : undefined;
    if (typeof node !== 'string') throw badRequest('a binding needs target.name');
    exchange.client.bind({ namespace, name }, node);
  } else {
    // "name in URL does not match name in Eviction object": nothing but the pod of the path is evicted (eviction.go).
    const { metadata } = body;
    const named = isJsonObject(metadata) ? (metadata['name'] ?? '') : '';
    if (named !== '' && named !== name) throw badRequest('name in URL does not match name in Eviction object');
    const nowMs = exchange.server.registry.clock.wallMs();
    evictPod(exchange.client, { namespace, name }, nowMs, parseDeleteOptions(exchange, body['deleteOptions']));
  }
  await respondJson(exchange, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function respondObject(
  exchange: Exchange,
  target: ResourceTarget,
  code: number,
  object: StoredObject,
): Promise<void> {
  if (target.subresource === 'scale') return respondJson(exchange, code, toScale(object));
  await respondJson(exchange, code, representObject(exchange, target.kind, object));
}

function referenceOf({ kind, namespace, name }: ResourceTarget): ObjectReference {
  return { apiVersion: storedKindOf(kind).apiVersion, kind: kind.kind, namespace, name };
}

/** The object of a body, put where the path says; `BadRequest` when the two disagree. */
function placed(
  exchange: Exchange,
  kind: KindInfo,
  namespace: string | undefined,
  name: string | undefined,
  body: JsonObject,
): KubernetesObject {
  const object = requireObjectShape({ apiVersion: kind.apiVersion, kind: kind.kind, ...body });
  if (object.apiVersion !== kind.apiVersion || object.kind !== kind.kind) {
    const sent = `${object.apiVersion}, Kind=${object.kind}`;
    throw badRequest(
      `${sent} in the body does not match the expected ${kind.apiVersion}, Kind=${kind.kind} of ${exchange.path}`,
    );
  }
  const metadata = object.metadata ?? {};
  if (name !== undefined && metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (namespace !== undefined && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace} and ${namespace})`,
    );
  }
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
    },
  };
}

/** A Scale as the registry takes it: the replicas under the name of the object that they are of. */
function scaledObject(target: ResourceTarget, body: JsonObject): KubernetesObject {
  const scale = requireObjectShape({ apiVersion: 'autoscaling/v1', kind: 'Scale', ...body });
  if (scale.kind !== 'Scale') throw badRequest(`a Scale is expected, not a ${scale.kind}`);
  const { kind, namespace, name } = target;
  const metadata = { ...scale.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
  return { ...scale, apiVersion: kind.apiVersion, kind: kind.kind, metadata };
}

function isDryRun(exchange: Exchange): boolean {
  const values = exchange.query.getAll('dryRun').filter((value) => value !== '');
  const unknown = values.find((value) => value !== 'All');
  if (unknown !== undefined) throw badRequest(`dryRun: Unsupported value: "${unknown}": supported values: "All"`);
  return values.length > 0;
}

function writeOptionsOf(exchange: Exchange, subresource: string | undefined): WriteOptions {
  const options = { dryRun: isDryRun(exchange), ...validationOptionsOf(exchange) };
  return subresource === 'status' || subresource === 'scale' ? { ...options, subresource } : options;
}

/**
 * "fieldValidation instructs the server on how to handle objects containing unknown fields; the default is Warn"
 * (PatchOptions).
 */
function validationOptionsOf(exchange: Exchange): Pick<WriteOptions, 'fieldValidation' | 'onWarning'> {
  const fieldValidation = exchange.query.get('fieldValidation') || 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw badRequest(
      `fieldValidation: Unsupported value: "${fieldValidation}": supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  return { fieldValidation, onWarning: (message) => exchange.warnings.push(message) };
}

/** What orphans "because that was the default behavior before the server-side garbage collection was implemented". */
const ORPHANING: Readonly<Record<string, string>> = { 'batch/v1': 'Job', v1: 'ReplicationController' };
const ORPHANED_PODS =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them ' +
  'or set propagationPolicy=Orphan to suppress this warning';

/**
 * What a request says, and what goes for its kind where it says nothing (DefaultGarbageCollectionPolicy of each
 * strategy). kubectl always says it: `--cascade` is `background` by default.
 */
async function deleteOptionsOf(exchange: Exchange, { apiVersion, kind }: KindInfo): Promise<DeleteOptions> {
  const options = parseDeleteOptions(exchange, await readValue(exchange.request));
  if (options.propagationPolicy !== undefined || ORPHANING[apiVersion] !== kind) return options;
  if (kind === 'Job') exchange.warnings.push(ORPHANED_PODS);
  return { ...options, orphansByDefault: true };
}

/** `metav1.DeleteOptions` of the body, with what the query says on top. */
function parseDeleteOptions(exchange: Exchange, body: JsonValue | undefined): DeleteOptions {
  const { query } = exchange;
  const given = isJsonObject(body) ? body : {};
  const grace = query.get('gracePeriodSeconds') ?? given['gracePeriodSeconds'];
  const orphans = String(query.get('orphanDependents') ?? given['orphanDependents']);
  const olderPolicy = { true: 'Orphan', false: 'Background' }[orphans];
  const policy = query.get('propagationPolicy') ?? given['propagationPolicy'] ?? olderPolicy;
  if (policy !== undefined && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    throw badRequest(
      `propagationPolicy: Unsupported value: "${String(policy)}": supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const seconds = grace === undefined || grace === null ? undefined : Number(grace);
  if (seconds !== undefined && !Number.isInteger(seconds))
    throw badRequest('gracePeriodSeconds must be a whole number');
  const bodyDryRun = given['dryRun'];
  const preconditions = isJsonObject(given['preconditions']) ? given['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  return {
    dryRun: isDryRun(exchange) || (Array.isArray(bodyDryRun) && bodyDryRun.includes('All')),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(seconds === undefined ? {} : { gracePeriodSeconds: seconds }),
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
  };
}
