import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { JsonObject } from '../lib/json.ts';
import { toStoredVersion } from '../objects/conversion/served-version.ts';
import { findKind, storageKeyOf } from '../objects/kinds.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { hasErrors } from './diagnostic.ts';
import type { CachedVerdict, ManifestCache, ObjectContent } from './manifest-cache.ts';
import { normalizeManifest } from './normalize-manifest.ts';
import type { ModelValidators } from './validate/model-validators.ts';
import { neededObjects } from './validate/references.ts';
import { validateObject } from './validate/validate-object.ts';

/** An object to be judged, from a file or a rendering. */
export interface JudgedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** As written; undefined when there is none or it is no text. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The object as JSON: what is judged, and under which the verdict is kept. */
  readonly json: string;
}

/** 128 bits: no two manifests of one box share them by chance. */
const DIGEST_LENGTH = 32;

/** What is found of an object by its content alone, from the cache where it was judged before. */
export function verdictOf(
  parsed: JudgedObject,
  { cache, models }: { readonly cache: ManifestCache; readonly models: ModelValidators },
): CachedVerdict {
  const known = cache.verdict(parsed.json);
  if (known !== undefined) return known;
  const verdict = judge(parsed, models);
  cache.setVerdict(verdict);
  return verdict;
}

function judge(parsed: JudgedObject, models: ModelValidators): CachedVerdict {
  const object = JSON.parse(parsed.json) as JsonObject;
  const problems = validateObject(object as unknown as KubernetesObject, { models, origin: 'manifest' });
  const { kind, name } = parsed;
  const info = findKind(parsed.apiVersion, kind);
  if (info === undefined || info.support === 'refused' || !name)
    return { judged: parsed.json, problems, content: undefined };
  const namespace = namespaceOf(parsed);
  const apiVersion = info.storedAs ?? info.apiVersion;
  const normalized = toStoredVersion({ ...normalizeManifest(object, info), apiVersion: info.apiVersion, kind });
  const json = JSON.stringify(normalized);
  const content: ObjectContent = {
    key: storageKeyOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }),
    apiVersion,
    kind,
    namespace,
    name,
    // Mostly nothing was to be normalised, and one of two equal texts is enough.
    json: json === parsed.json ? parsed.json : json,
    digest: bytesToHex(sha256(utf8ToBytes(json))).slice(0, DIGEST_LENGTH),
    references: neededObjects(normalized, namespace),
    isValid: !hasErrors(problems),
  };
  return { judged: parsed.json, problems, content };
}

/** The namespace that the object will be in; undefined for a kind that has none or is unknown. */
export function namespaceOf({ apiVersion, kind, namespace }: Omit<JudgedObject, 'json'>): string | undefined {
  return findKind(apiVersion, kind)?.namespaced === true ? namespace || 'default' : undefined;
}
