import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isJsonObject } from '../../../lib/json.ts';
import type { Credentials } from './new-credentials.ts';

/** The port that `berth kubeconfig` has opened for good. */
export interface Access extends Credentials {
  readonly port: number;
}

/** Replaced whole, so that it is never half written; 0600, since it holds the token. */
export function writeAccessFile(file: string, access: Access): void {
  const document = { apiVersion: 'berth.dev/v1', kind: 'KubectlAccess', ...access };
  writeFileSync(`${file}.new`, `${JSON.stringify(document)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** `undefined` when there is none, or none that can be read. */
export function readAccessFile(file: string): Access | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { port, authority, certificate, key, token } = value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (typeof authority !== 'string' || typeof certificate !== 'string') return undefined;
  if (typeof key !== 'string' || typeof token !== 'string' || token === '') return undefined;
  return { port, authority, certificate, key, token };
}

export function removeAccessFile(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}.new`, { force: true });
}
