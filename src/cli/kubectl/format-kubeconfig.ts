import { stringify } from 'yaml';
import type { Grant } from '../live/kubectl/grant.ts';

/**
 * The configuration of kubectl (`v1` Config, kubernetes.io/docs/reference/config-api/kubeconfig.v1) with one cluster,
 * user and context, named after the box.
 */
export function formatKubeconfig({ cluster, port, authority, token }: Grant): string {
  const user = `${cluster}-admin`;
  const server = `https://127.0.0.1:${port}`;
  const authorityData = Buffer.from(authority, 'utf8').toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': authorityData } }],
      users: [{ name: user, user: { token } }],
      contexts: [{ name: cluster, context: { cluster, user } }],
      'current-context': cluster,
    },
    { lineWidth: 0 },
  );
}
