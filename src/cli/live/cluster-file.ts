import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isJsonObject } from '../../lib/json.ts';

/** What `berth down` must know of a cluster even when its store is damaged. */
export interface ClusterIdentity {
  readonly uid: string;
  /** Name of the box. */
  readonly name: string;
  readonly runtime: 'docker' | 'sim';
}

/** Notes the identity beside the store; replaced whole, so that it is never half written. */
export function writeClusterFile(file: string, identity: ClusterIdentity): void {
  const document = { apiVersion: 'berth.dev/v1', kind: 'Cluster', ...identity };
  writeFileSync(`${file}.new`, `${JSON.stringify(document)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** `undefined` when there is none, or none that can be read. */
export function readClusterFile(file: string): ClusterIdentity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { uid, name, runtime } = value;
  if (typeof uid !== 'string' || !/^[0-9a-f-]{36}$/.test(uid) || typeof name !== 'string') return undefined;
  return { uid, name, runtime: runtime === 'sim' ? 'sim' : 'docker' };
}
