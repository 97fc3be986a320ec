import { isJsonObject, type JsonValue } from '../lib/json.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { badRequest } from './failures.ts';

/**
 * The shape that everything else takes for granted: identifying fields are texts, `metadata` is an object of the right
 * parts.
 */
export function requireObjectShape(value: unknown): KubernetesObject {
  if (!isJsonObject(value)) throw badRequest('what is to be stored must be one object');
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') throw badRequest('the object has no apiVersion');
  if (typeof kind !== 'string' || kind === '') throw badRequest('the object has no kind');
  if (metadata !== undefined && metadata !== null) requireMetadataShape(metadata);
  return value as unknown as KubernetesObject;
}

const TEXTS = ['name', 'namespace', 'generateName', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp'];
const TEXT_MAPS = ['labels', 'annotations'];

function requireMetadataShape(metadata: JsonValue): void {
  if (!isJsonObject(metadata)) throw badRequest('metadata must be an object');
  for (const field of TEXTS) {
    const value = metadata[field] ?? '';
    if (typeof value !== 'string') throw badRequest(`metadata.${field} must be a string`);
  }
  for (const field of TEXT_MAPS) {
    const value = metadata[field] ?? {};
    const isTextMap = isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string');
    if (!isTextMap) throw badRequest(`metadata.${field} must be a map of strings`);
  }
  const finalizers = metadata['finalizers'] ?? [];
  if (!Array.isArray(finalizers) || !finalizers.every((item) => typeof item === 'string')) {
    throw badRequest('metadata.finalizers must be a list of strings');
  }
  for (const field of ['ownerReferences', 'managedFields']) {
    const list = metadata[field] ?? [];
    if (!Array.isArray(list) || !list.every(isJsonObject))
      throw badRequest(`metadata.${field} must be a list of objects`);
  }
}
