import { stringify } from 'yaml';
import {
  CONFIGURATION_DEFAULTS,
  type Configuration,
  type GitHubConfiguration,
  type MetricsAdapterConfiguration,
} from '../configuration/configuration.ts';
import { formatDuration } from '../configuration/parse-duration.ts';

/**
 * A configuration as the file that says the same. What is as by default is left out, except the few fields that a
 * person looks for.
 */
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
    terminatedPods: unlessDefault(configuration.terminatedPods, CONFIGURATION_DEFAULTS.terminatedPods),
    tokenFile: credentials.tokenFile,
    username: credentials.username,
    passwordFile: credentials.passwordFile,
    caFile: credentials.caFile,
    sshKeyFile: credentials.privateKeyFile,
    knownHostsFile: credentials.knownHostsFile,
    secretsDirectory: configuration.secretsDirectory,
    ageKeyFile: configuration.ageKeyFile,
    dockerConfigFile: configuration.dockerConfigFile,
    helm: configuration.helm,
    kustomize: configuration.kustomize,
    allow: unlessEmpty(configuration.allow),
    network: formatNetwork(configuration.network),
    github: configuration.github === undefined ? undefined : formatGitHub(configuration.github),
    webhooks: unlessEmpty(configuration.webhooks),
    metrics: formatMetrics(configuration.metrics),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return `# How this box is set up: see docs/configuration.md. After a change: systemctl restart berth\n${stringify(given)}`;
}

function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function formatNetwork({ podCidr, serviceCidr, clusterDomain }: Configuration['network']) {
  const isUsual =
    podCidr === undefined &&
    serviceCidr === CONFIGURATION_DEFAULTS.serviceCidr &&
    clusterDomain === CONFIGURATION_DEFAULTS.clusterDomain;
  return isUsual ? undefined : { ...(podCidr === undefined ? {} : { podCidr }), serviceCidr, clusterDomain };
}

function formatGitHub({ owner, repo, apiUrl, credential, environment }: GitHubConfiguration) {
  const { tokenFile, appId, keyFile, installationId } = {
    tokenFile: undefined,
    appId: undefined,
    keyFile: undefined,
    installationId: undefined,
    ...credential,
  };
  const fields = {
    repository: `${owner}/${repo}`,
    apiUrl,
    tokenFile,
    appId,
    appKeyFile: keyFile,
    installationId,
    environment,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function formatMetrics(metrics: Configuration['metrics']) {
  const adapters = Object.entries(metrics).map(([api, adapter]) => [api, formatAdapter(adapter)]);
  return adapters.length === 0 ? undefined : Object.fromEntries(adapters);
}

function formatAdapter({ target, insecureSkipTlsVerify, ...files }: MetricsAdapterConfiguration) {
  const { type, ...place } = target;
  const insecure = insecureSkipTlsVerify === undefined ? {} : { insecureSkipTLSVerify: insecureSkipTlsVerify };
  return { ...(type === 'url' ? place : { service: place }), ...files, ...insecure };
}
