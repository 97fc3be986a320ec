import { isJsonObject, type JsonValue, jsonEqual } from '../../lib/json.ts';

/**
 * Applies a JSON merge patch (RFC 7386): objects are merged, `null` removes a member, everything else replaces. The
 * document is not changed; what stays the same is shared, and the document itself comes back when nothing changes.
 */
export function applyMergePatch(document: JsonValue, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return jsonEqual(document, patch) ? document : patch;
  const isMerged = isJsonObject(document);
  const merged = new Map(isMerged ? Object.entries(document) : []);
  let isChanged = !isMerged;
  for (const [key, change] of Object.entries(patch)) {
    const before = merged.get(key);
    const after = change === null ? undefined : applyMergePatch(before ?? {}, change);
    if (before === after && before !== undefined) continue;
    if (after !== undefined) merged.set(key, after);
    else if (!merged.delete(key)) continue;
    isChanged = true;
  }
  return isChanged ? Object.fromEntries(merged) : document;
}
