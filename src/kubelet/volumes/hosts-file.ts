import type { Pod } from '../../objects/types.ts';
import { specOf } from '../observed-pod.ts';
import { fqdnOf, hostnameOf } from '../pod-dns.ts';

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
  const { hostAliases } = specOf(pod);
  const names = [fqdnOf(pod, clusterDomain), hostnameOf(pod)].filter((name) => name !== '');
  let text = podIp === '' ? HEAD : `${HEAD}${podIp}\t${names.join('\t')}\n`;
  if (hostAliases === undefined || hostAliases.length === 0) return text;
  text += '\n# Entries added by HostAliases.\n';
  for (const { ip, hostnames } of hostAliases) text += `${ip}\t${(hostnames ?? []).join('\t')}\n`;
  return text;
}
