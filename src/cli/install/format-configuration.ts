import { stringify } from 'yaml';
import { CONFIGURATION_DEFAULTS, type Configuration } from '../configuration/configuration.ts';
import { formatDuration } from '../configuration/parse-duration.ts';

/** A configuration as the file that says the same. What is as by default is left out, except the few fields that a person looks for. */
export function formatConfiguration(configuration: Configuration): string {
  const { credentials } = configuration;
  const unlessDefault = <T>(value: T, usual: T) => (value === usual ? undefined : value);
  const fields = {
    repository: configuration.repository,
    branch: configuration.branch,
    paths: configuration.paths,
    cluster: configuration.cluster,
    dataDirectory: configuration.dataDirectory,
    runtime: unlessDefault(configuration.runtime, CONFIGURATION_DEFAULTS.runtime),
    statusBranch: unlessDefault(configuration.statusBranch, CONFIGURATION_DEFAULTS.statusBranch),
    interval: unlessDefault(
      formatDuration(configuration.intervalMs),
      formatDuration(CONFIGURATION_DEFAULTS.intervalMs),
    ),
    rolloutTimeout: unlessDefault(
      formatDuration(configuration.rolloutTimeoutMs),
      formatDuration(CONFIGURATION_DEFAULTS.rolloutTimeoutMs),
    ),
    tokenFile: credentials.tokenFile,
    username: credentials.username,
    passwordFile: credentials.passwordFile,
    caFile: credentials.caFile,
    sshKeyFile: credentials.privateKeyFile,
    knownHostsFile: credentials.knownHostsFile,
    helm: configuration.helm,
    kustomize: configuration.kustomize,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return `# How this box is set up: see docs/configuration.md. After a change: systemctl restart berth\n${stringify(given)}`;
}
