import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import type { SourceCredentials } from '../../source/index.ts';
import { readDocumentFile, writeDocumentFile } from './document-file.ts';

/** What `berth down` must know of a cluster even when its store is damaged. */
export interface ClusterIdentity {
  readonly uid: string;
  /** Name of the box. */
  readonly name: string;
  /** Of the node that the pods are bound to: it never changes, whatever the box or the machine is called later. */
  readonly nodeName: string;
  readonly runtime: 'docker' | 'sim';
  /** Where its status is published; left out by earlier versions. */
  readonly status?: StatusPlace;
}

export interface StatusPlace {
  readonly repository: string;
  /** The deployed one. */
  readonly branch: string;
  readonly statusBranch: string;
  readonly credentials: SourceCredentials;
}

/** Notes the identity beside the store. */
export function writeClusterFile(file: string, identity: ClusterIdentity): void {
  writeDocumentFile(file, 'Cluster', identity);
}

/** `undefined` when there is none, or none that can be read. */
export function readClusterFile(file: string): ClusterIdentity | undefined {
  const value = readDocumentFile(file);
  if (value === undefined) return undefined;
  const { uid, name, runtime, nodeName } = value;
  if (typeof uid !== 'string' || !/^[0-9a-f-]{36}$/.test(uid) || typeof name !== 'string') return undefined;
  return {
    uid,
    name,
    // The first version did not write it down; it was always derived from the name.
    nodeName: typeof nodeName === 'string' ? nodeName : nodeNameOf(name),
    runtime: runtime === 'sim' ? 'sim' : 'docker',
    ...readStatusPlace(value['status']),
  };
}

function readStatusPlace(value: JsonValue | undefined): Pick<ClusterIdentity, 'status'> {
  if (!isJsonObject(value)) return {};
  const { repository, branch, statusBranch, credentials } = value;
  if (typeof repository !== 'string' || typeof branch !== 'string' || typeof statusBranch !== 'string') return {};
  const texts = Object.entries(isJsonObject(credentials) ? credentials : {}).filter(
    ([, text]) => typeof text === 'string',
  );
  return { status: { repository, branch, statusBranch, credentials: Object.fromEntries(texts) } };
}

/** A node's name is a DNS-1123 subdomain. */
export function nodeNameOf(cluster: string): string {
  return (
    cluster
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, '-')
      .replace(/^[-.]+|[-.]+$/g, '') || 'box'
  );
}
