import type { Secret } from '../../objects/types.ts';
import { parseDockerConfigJson, parseDockercfg, selectCredentials } from '../../runtime/registry-credentials.ts';
import type { RegistryCredentials } from '../../runtime/runtime.ts';
import { decodeText } from '../environment/config-sources.ts';

/**
 * Credentials for one image out of `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg` secrets, in the order
 * of the pod's imagePullSecrets. Secrets that cannot be read count as empty.
 */
export function credentialsFromSecrets(image: string, secrets: readonly Secret[]): readonly RegistryCredentials[] {
  const configs = secrets.flatMap(({ data }) => {
    const modern = data?.['.dockerconfigjson'];
    const legacy = data?.['.dockercfg'];
    const config =
      modern !== undefined
        ? parseDockerConfigJson(decodeText(modern))
        : legacy === undefined
          ? undefined
          : parseDockercfg(decodeText(legacy));
    return config === undefined ? [] : [config];
  });
  return selectCredentials(image, configs);
}
