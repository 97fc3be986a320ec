import { parse } from 'yaml';
import { isJsonObject } from '../../lib/json.ts';

/** A status file has one cluster's few fields; more than this is not one of ours. */
const MAX_ALIASES = 0;

/** The uid of the cluster that wrote a `status.yaml`; `undefined` where there is none or it cannot be read. */
export function readStatusOwner(file: Uint8Array | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const status: unknown = parse(new TextDecoder().decode(file), { maxAliasCount: MAX_ALIASES });
    const cluster = isJsonObject(status) ? status['cluster'] : undefined;
    const uid = isJsonObject(cluster) ? cluster['uid'] : undefined;
    return typeof uid === 'string' ? uid : 'unknown';
  } catch {
    return 'unknown';
  }
}
