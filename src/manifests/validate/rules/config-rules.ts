import { isJsonObject } from '../../../lib/json.ts';
import { configMapKeyProblems } from '../../../objects/names.ts';
import type { KubernetesObject } from '../../../objects/types.ts';
import { base64Bytes, isBase64 } from '../base64.ts';
import type { Cursor } from '../cursor.ts';

/** "The total size of data must not exceed 1 MiB" (core validation, MaxSecretSize; a ConfigMap has the same limit). */
const DATA_BYTES = 1024 * 1024;

export function checkConfigMap(configMap: Cursor): void {
  checkKeys(configMap.get('data'));
  checkKeys(configMap.get('binaryData'));
  const data = configMap.get('data');
  for (const [key, value] of configMap.get('binaryData').entries) {
    if (data.object !== undefined && Object.hasOwn(data.object, key))
      value.invalidKey('duplicate of key present in data');
  }
  const sizeBytes = textBytes(data) + decodedBytes(configMap.get('binaryData'));
  if (sizeBytes > DATA_BYTES) data.tooLong(`may not be more than ${DATA_BYTES} bytes`);
}

/** The keys that a Secret of a known type must have (core validation, ValidateSecret). */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** Keys whose value must be a JSON object for a Secret of a type (the same). */
const JSON_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};

const ACCOUNT_OF_TOKEN = 'kubernetes.io/service-account.name';

export function checkSecret(secret: Cursor, previous: KubernetesObject | undefined): void {
  const data = secret.get('data');
  const stringData = secret.get('stringData');
  checkKeys(data);
  checkKeys(stringData);
  if (decodedBytes(data) + textBytes(stringData) > DATA_BYTES) data.tooLong(`may not be more than ${DATA_BYTES} bytes`);
  const type = secret.get('type').text ?? 'Opaque';
  for (const key of REQUIRED_KEYS[type] ?? []) {
    if (!data.has(key) && !stringData.has(key)) data.get(key).required(`a Secret of type ${type} needs this key`);
  }
  const account = secret.get('metadata').get('annotations').get(ACCOUNT_OF_TOKEN);
  if (type === 'kubernetes.io/service-account-token' && previous === undefined && !account.text) account.required();
  const jsonKey = JSON_KEYS[type];
  if (jsonKey !== undefined) checkJson(data.get(jsonKey), stringData.get(jsonKey));
  if (
    type === 'kubernetes.io/basic-auth' &&
    ![data, stringData].some((map) => map.has('username') || map.has('password'))
  ) {
    data.get('username').required('a Secret of type kubernetes.io/basic-auth needs username or password');
  }
}

/** "All keys and values of stringData are merged into data, overwriting any existing values." */
function checkJson(encoded: Cursor, plain: Cursor): void {
  const holder = plain.isAbsent ? encoded : plain;
  // A value of another type, or one that is no base64, is reported already.
  if (holder.text === undefined || (holder === encoded && !isBase64(holder.text))) return;
  const text = holder === encoded ? Buffer.from(holder.text, 'base64').toString('utf8') : holder.text;
  if (!isJsonObjectText(text)) holder.invalid('must be a JSON object as Docker keeps it in its config.json');
}

function isJsonObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function checkKeys(map: Cursor): void {
  for (const [key, value] of map.entries) for (const message of configMapKeyProblems(key)) value.invalidKey(message);
}

/** Size in UTF-8; exact only where it can matter. */
function textBytes(map: Cursor): number {
  let chars = 0;
  for (const [, value] of map.entries) chars += value.text?.length ?? 0;
  if (chars * 3 <= DATA_BYTES) return chars;
  const encoder = new TextEncoder();
  return map.entries.reduce((sum, [, value]) => sum + encoder.encode(value.text ?? '').length, 0);
}

function decodedBytes(map: Cursor): number {
  let sizeBytes = 0;
  for (const [, { text }] of map.entries) if (text !== undefined && isBase64(text)) sizeBytes += base64Bytes(text);
  return sizeBytes;
}
