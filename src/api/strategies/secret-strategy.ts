import { isJsonObject } from '../../lib/json.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import type { Strategy } from './strategy.ts';

export const secretStrategy: Strategy = { normalize };

/**
 * "stringData is a write-only convenience: all keys and values are merged into the data field on write, overwriting any existing
 * values. It is never output when reading from the API" (core/v1 Secret).
 */
function normalize(object: KubernetesObject): KubernetesObject {
  const { stringData, ...rest } = object;
  if (!isJsonObject(stringData)) return object;
  const data: Record<string, unknown> = isJsonObject(rest['data']) ? { ...rest['data'] } : {};
  for (const [key, text] of Object.entries(stringData))
    data[key] = Buffer.from(String(text), 'utf8').toString('base64');
  return { ...rest, data };
}
