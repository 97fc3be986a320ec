import { isJsonObject } from '../../lib/json.ts';
import { decodeObject, parseFile } from '../../manifests/index.ts';

/** What is said of a file that no Berth wrote. */
const UNKNOWN_OWNER = 'unknown';

/**
 * The uid of the cluster that wrote a `status.yaml`; `undefined` where there is none. Whoever may push can put anything there: it is read with
 * the limits of manifests.
 */
export function readStatusOwner(file: Uint8Array | undefined): string | undefined {
  if (file === undefined) return undefined;
  const [status] = parseFile(file).objects;
  const cluster = status === undefined ? undefined : decodeObject(status)['cluster'];
  const uid = isJsonObject(cluster) ? cluster['uid'] : undefined;
  return typeof uid === 'string' ? uid : UNKNOWN_OWNER;
}
