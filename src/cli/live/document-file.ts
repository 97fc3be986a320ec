import { readFileSync } from 'node:fs';
import { writeWholeFile } from '../../host/linux/write-whole-file.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';

/** Notes a document of Berth's own beside the store: replaced whole, so that it is never half written, and 0600. */
export function writeDocumentFile(file: string, kind: string, fields: object): void {
  const document = { apiVersion: 'berth.dev/v1', kind, ...fields };
  writeWholeFile(file, `${JSON.stringify(document)}\n`, { mode: 0o600 });
}

/** Its fields, which nobody has checked; `undefined` when there is none, or none that can be read. */
export function readDocumentFile(file: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  return isJsonObject(value) ? value : undefined;
}
