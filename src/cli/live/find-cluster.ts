import { REGISTRY_INDEXES } from '../../api/index.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { BerthError } from '../../lib/errors.ts';
import { isJsonObject } from '../../lib/json.ts';
import { storageKeyOf } from '../../objects/index.ts';
import { openStoreReadOnly } from '../../store/index.ts';
import { type ClusterIdentity, readClusterFile } from './cluster-file.ts';
import { dataPaths } from './data-paths.ts';

/**
 * Which cluster a data directory belongs to: what is noted beside the store, else what the store says. `undefined` for
 * a directory whose Berth never came as far as having a cluster. Rejects with `StoreCorrupt` when only a damaged store
 * could tell.
 */
export async function findCluster(dataDirectory: string): Promise<ClusterIdentity | undefined> {
  const paths = dataPaths(dataDirectory);
  return readClusterFile(paths.cluster) ?? (await readFromStore(paths.store));
}

async function readFromStore(directory: string): Promise<ClusterIdentity | undefined> {
  const store = await openStoreReadOnly({ disk: await openLinuxDisk(directory), indexes: REGISTRY_INDEXES });
  const key = storageKeyOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  const value: unknown = store.get(key)?.value;
  if (value === undefined) return undefined;
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const uid = isJsonObject(metadata) ? metadata['uid'] : undefined;
  if (typeof uid === 'string') return { uid, name: '', nodeName: '', runtime: 'docker' };
  throw new BerthError('StoreCorrupt', { object: directory, verb: 'read', detail: 'kube-system has no uid' });
}
