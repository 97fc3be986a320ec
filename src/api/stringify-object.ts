import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { fieldsText } from '../objects/ownership/fields-text.ts';

/**
 * JSON of an object as the store holds it. Half of a workload's text is the set of fields that its writer owns, which
 * is the same for all objects of one shape: its text is kept. Everything else is as `JSON.stringify` has it; managed
 * fields stand at the end of the metadata.
 */
export function stringifyObject(value: JsonObject): string {
  const { metadata } = value;
  if (!isJsonObject(metadata) || !Array.isArray(metadata['managedFields'])) return JSON.stringify(value);
  let text = '';
  for (const key in value) {
    const field = value[key];
    if (field === undefined) continue;
    text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:`;
    text += key === 'metadata' ? metadataText(metadata, metadata['managedFields']) : JSON.stringify(field);
  }
  return `${text}}`;
}

function metadataText(metadata: JsonObject, managedFields: readonly JsonValue[]): string {
  const rest = JSON.stringify({ ...metadata, managedFields: undefined });
  const entries = managedFields.map((entry) => (isJsonObject(entry) ? entryText(entry) : JSON.stringify(entry)));
  return `${rest.slice(0, -1)}${rest === '{}' ? '' : ','}"managedFields":[${entries.join(',')}]}`;
}

function entryText(entry: JsonObject): string {
  const { fieldsV1, ...rest } = entry;
  if (!isJsonObject(fieldsV1)) return JSON.stringify(entry);
  const text = JSON.stringify(rest);
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}"fieldsV1":${fieldsText(fieldsV1)}}`;
}
