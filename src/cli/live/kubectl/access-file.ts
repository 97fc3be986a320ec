import { readDocumentFile, writeDocumentFile } from '../document-file.ts';
import type { Credentials } from './new-credentials.ts';

/** The port that `berth kubeconfig` has opened for good. */
export interface Access extends Credentials {
  readonly port: number;
}

/** For its owner alone, since it holds the token. */
export function writeAccessFile(file: string, access: Access): void {
  writeDocumentFile(file, 'KubectlAccess', access);
}

/** `undefined` when there is none, or none that can be read. */
export function readAccessFile(file: string): Access | undefined {
  const value = readDocumentFile(file);
  if (value === undefined) return undefined;
  const { port, authority, certificate, key, token } = value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (typeof authority !== 'string' || typeof certificate !== 'string') return undefined;
  if (typeof key !== 'string' || typeof token !== 'string' || token === '') return undefined;
  return { port, authority, certificate, key, token };
}
