import type { BoxPorts } from '../../box/index.ts';
import { AgeDataKeys } from '../../host/linux/age-data-keys.ts';
import { LinuxSecretFiles } from '../../host/linux/linux-secret-files.ts';
import type { Configuration } from '../configuration/configuration.ts';

/** The age keys of this machine, where its configuration names some. */
export function openDataKeys({ ageKeyFile }: Configuration): Pick<BoxPorts, 'dataKeys'> {
  return ageKeyFile === undefined ? {} : { dataKeys: new AgeDataKeys(ageKeyFile) };
}

/** The Secrets of this machine, where its configuration names a folder of them. */
export function openSecretFiles({ secretsDirectory }: Configuration): Pick<BoxPorts, 'secretFiles'> {
  return secretsDirectory === undefined ? {} : { secretFiles: new LinuxSecretFiles(secretsDirectory) };
}
