import type { Pod } from '../objects/types.ts';
import type { SandboxSpec } from '../runtime/runtime.ts';
import { MissingConfigError } from './environment/config-sources.ts';
import { specOf } from './observed-pod.ts';

export type ResolverConfig = SandboxSpec['dns'];

/** Name service of the cluster and of the host. */
export interface DnsSettings {
  /** Addresses of the cluster's DNS service. */
  readonly clusterServers: readonly string[];
  /** `cluster.local`. */
  readonly clusterDomain: string;
  /** What the host's own `resolv.conf` says, without loopback addresses that a pod cannot reach. */
  readonly host: ResolverConfig;
  /** What the host's `/etc/hosts` says now; left out where there is none. */
  readonly hostsFile?: (() => string) | undefined;
}

/**
 * PodSpec.hostname: "If not specified, the pod's hostname will be set to a system-defined value": its name, cut to 63
 * characters.
 */
export function hostnameOf(pod: Pod): string {
  return specOf(pod).hostname ?? pod.metadata.name.slice(0, 63).replace(/[-.]+$/, '');
}

/**
 * PodSpec.subdomain: "the fully qualified Pod hostname will be <hostname>.<subdomain>.<namespace>.svc.<cluster
 * domain>"; empty without.
 */
export function fqdnOf(pod: Pod, clusterDomain: string): string {
  const { subdomain } = specOf(pod);
  if (subdomain === undefined || subdomain === '') return '';
  return `${hostnameOf(pod)}.${subdomain}.${pod.metadata.namespace ?? 'default'}.svc.${clusterDomain}`;
}

/** What the kernel holds of a hostname at most (`__NEW_UTS_LEN`). */
const MAX_HOSTNAME_CHARS = 64;

/**
 * What `hostname` prints: the short name, or with setHostnameAsFQDN the full one, which the kernel may not be able to
 * hold.
 */
export function kernelHostnameOf(pod: Pod, clusterDomain: string): string {
  const fqdn = specOf(pod).setHostnameAsFQDN === true ? fqdnOf(pod, clusterDomain) : '';
  if (fqdn === '') return hostnameOf(pod);
  if (fqdn.length <= MAX_HOSTNAME_CHARS) return fqdn;
  const size = `${MAX_HOSTNAME_CHARS} characters is the max, ${fqdn.length} characters requested`;
  throw new MissingConfigError(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${size})`,
  );
}

/**
 * Documentation of pod DNS policies: "ClusterFirst": queries go to the cluster's DNS, which forwards what it does not
 * know; "Default": the pod inherits the node's resolution; "None": everything comes from dnsConfig. dnsConfig's servers
 * and searches are appended, and its options replace those of the same name.
 */
export function computeDns(pod: Pod, settings: DnsSettings): ResolverConfig {
  const spec = specOf(pod);
  const base = baseConfig(spec.dnsPolicy ?? 'ClusterFirst', spec.hostNetwork === true, pod, settings);
  const extra = spec.dnsConfig;
  if (extra === undefined) return base;
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? option, option]));
  for (const { name, value } of extra.options ?? []) {
    if (name !== undefined) options.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  }
  return {
    servers: unique([...base.servers, ...(extra.nameservers ?? [])]),
    searches: unique([...base.searches, ...(extra.searches ?? [])]),
    options: [...options.values()],
  };
}

function baseConfig(policy: string, hostNetwork: boolean, pod: Pod, settings: DnsSettings): ResolverConfig {
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const inCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !hostNetwork);
  if (!inCluster || settings.clusterServers.length === 0) return settings.host;
  const domain = settings.clusterDomain;
  const own = [`${pod.metadata.namespace ?? 'default'}.svc.${domain}`, `svc.${domain}`, domain];
  return {
    servers: settings.clusterServers,
    searches: unique([...own, ...settings.host.searches]),
    options: ['ndots:5'],
  };
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
