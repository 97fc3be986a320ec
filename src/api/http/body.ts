import type { IncomingMessage } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import { ApiError } from '../api-error.ts';
import { badRequest } from '../failures.ts';
import { decodeObject, PROTOBUF } from './protobuf/decode-object.ts';

/** The media type of a request, without parameters; JSON when it does not say. */
export function mediaTypeOf(request: IncomingMessage): string {
  const header = request.headers['content-type'] ?? 'application/json';
  return (header.split(';')[0] ?? '').trim().toLowerCase();
}

/** Reads a body within the limit; `RequestEntityTooLarge` beyond it. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const bytes = await readBytes(request);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('the request body is not UTF-8');
  }
}

async function readBytes(request: IncomingMessage): Promise<Uint8Array> {
  if (request.headers['content-encoding'] !== undefined) throw unsupported('a compressed body');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= LIMITS.requestBodyBytes) chunks.push(chunk);
    // A client that is still sending would not see the answer, so what is a little too long is read to its end and
    // dropped.
    else if (sizeBytes > LIMITS.requestBodyBytes * 4) break;
  }
  if (sizeBytes > LIMITS.requestBodyBytes) {
    const limit = `limit is ${LIMITS.requestBodyBytes}`;
    throw new ApiError('RequestEntityTooLarge', `Request entity too large: ${limit} (requestBodyBytes)`);
  }
  return Buffer.concat(chunks);
}

const JSON_TYPES = ['application/json', '*/*', ''];
const YAML_TYPES = ['application/yaml', 'application/apply-patch+yaml'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** Reads a body as the JSON value that its media type says it is; `undefined` for an empty one. */
export async function readValue(request: IncomingMessage): Promise<JsonValue | undefined> {
  const type = mediaTypeOf(request);
  const isYaml = YAML_TYPES.includes(type);
  if (!isYaml && !JSON_TYPES.includes(type) && !PATCH_TYPES.includes(type)) throw unsupported(`the media type ${type}`);
  const text = await readBody(request);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!isYaml) throw badRequest(`the request body is no JSON: ${(error as Error).message}`);
  }
  try {
    return parseYaml(text, { maxAliasCount: LIMITS.manifestAliases, schema: 'core' }) as JsonValue;
  } catch (error) {
    throw badRequest(`the request body is no YAML: ${(error as Error).message}`);
  }
}

function unsupported(what: string): ApiError {
  const accepted = [...JSON_TYPES.slice(0, 1), ...YAML_TYPES, ...PATCH_TYPES].join(', ');
  return new ApiError('UnsupportedMediaType', `${what} is not supported; accepted media types include: ${accepted}`);
}

/** Reads a body that must be one JSON object. */
export async function readObject(request: IncomingMessage): Promise<JsonObject> {
  if (mediaTypeOf(request) === PROTOBUF) return decodeObject(await readBytes(request));
  const value = await readValue(request);
  if (isJsonObject(value)) return value;
  throw badRequest('the request body must be one object');
}
