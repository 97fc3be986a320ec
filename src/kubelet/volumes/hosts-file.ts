import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';
import { hostnameOf } from '../pod-dns.ts';

const HEAD = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** `/etc/hosts` of a pod's containers, in the kubelet's form: the pod's own name, then `hostAliases`. */
export function computeHostsFile(pod: Pod, podIp: string, clusterDomain: string): string {
  const { subdomain, hostAliases } = specOf(pod);
  const hostname = hostnameOf(pod);
  let text = HEAD;
  if (podIp !== '') {
    const fqdn =
      subdomain === undefined || subdomain === ''
        ? ''
        : `${hostname}.${subdomain}.${pod.metadata.namespace ?? 'default'}.svc.${clusterDomain}\t`;
    text += `${podIp}\t${fqdn}${hostname}\n`;
  }
  if (hostAliases === undefined || hostAliases.length === 0) return text;
  text += '\n# Entries added by HostAliases.\n';
  for (const { ip, hostnames } of hostAliases) text += `${ip}\t${(hostnames ?? []).join('\t')}\n`;
  return text;
}
