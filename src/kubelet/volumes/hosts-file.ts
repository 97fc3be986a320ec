import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';
import { type DnsSettings, fqdnOf, hostnameOf } from '../pod-dns.ts';

const HEAD = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

const HOST_HEAD = '# Kubernetes-managed hosts file (host network).\n';

/**
 * `/etc/hosts` of a pod's containers, in the kubelet's form: the pod's own name, then `hostAliases`. "When Pod is using
 * host network, read hosts file from the node's filesystem" (nodeHostsFileContent).
 */
export function computeHostsFile(pod: Pod, podIp: string, { clusterDomain, hostsFile }: HostsSettings): string {
  const { hostAliases = [], hostNetwork } = specOf(pod);
  const own = hostNetwork === true ? `${HOST_HEAD}${hostsFile?.() ?? ''}` : ownNames(pod, podIp, clusterDomain);
  if (hostAliases.length === 0) return own;
  const lines = hostAliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
  return `${own}\n# Entries added by HostAliases.\n${lines.join('')}`;
}

type HostsSettings = Pick<DnsSettings, 'clusterDomain' | 'hostsFile'>;

function ownNames(pod: Pod, podIp: string, clusterDomain: string): string {
  const names = [fqdnOf(pod, clusterDomain), hostnameOf(pod)].filter((name) => name !== '');
  return podIp === '' ? HEAD : `${HEAD}${podIp}\t${names.join('\t')}\n`;
}
