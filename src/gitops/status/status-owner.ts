import { isJsonObject } from '../../lib/json.ts';
import { decodeObject, parseFile } from '../../manifests/index.ts';

/**
 * Why the folder of a cluster may not be replaced with the status of this one: the reason, or `undefined` where it is
 * its own or nobody's.
 */
export function refuseForeignStatus(
  present: ReadonlyMap<string, Uint8Array>,
  cluster: { readonly name: string; readonly uid: string },
): string | undefined {
  const owner = readStatusOwner(present.get('status.yaml'));
  return owner === undefined || owner === cluster.uid
    ? undefined
    : `the folder ${cluster.name} belongs to another cluster (${owner})`;
}

/** What is said of a file that no Berth wrote. */
const UNKNOWN_OWNER = 'unknown';

/**
 * The uid of the cluster that wrote a `status.yaml`; `undefined` where there is none. Whoever may push can put anything
 * there: it is read with the limits of manifests.
 */
function readStatusOwner(file: Uint8Array | undefined): string | undefined {
  if (file === undefined) return undefined;
  const [status] = parseFile(file).objects;
  const cluster = status === undefined ? undefined : decodeObject(status)['cluster'];
  const uid = isJsonObject(cluster) ? cluster['uid'] : undefined;
  return typeof uid === 'string' ? uid : UNKNOWN_OWNER;
}
