import type { Client } from '../../../api/client.ts';
import type { AdapterRequest } from '../../../host/metrics-adapter.ts';

/** Where an adapter is, as the box's configuration says it. */
export type AdapterTarget =
  | { readonly type: 'url'; readonly url: string }
  /**
   * "service is a reference to the service for this API server. It must communicate on port 443" unless told otherwise
   * (APIService).
   */
  | {
      readonly type: 'service';
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      readonly scheme: 'https' | 'http';
    };

/**
 * The address to ask now. A Service is resolved to one of its pods that are ready, as the aggregation layer does it
 * with `--enable-aggregator-routing` ("turns on aggregator routing requests to endpoints IP rather than cluster IP"):
 * that also works where a box has no packet rules. Its certificate has to be for `{name}.{namespace}.svc`. Throws a
 * plain sentence, in the aggregation layer's words.
 */
export function findAdapter(client: Client, target: AdapterTarget, turn: number): Omit<AdapterRequest, 'path'> {
  if (target.type === 'url') return { baseUrl: target.url };
  const { namespace, name, port, scheme } = target;
  const service = client.get('Service', { namespace, name });
  if (service === undefined) throw new Error(`service "${name}" not found`);
  const wanted = (service.spec?.ports ?? []).find((each) => each.port === port);
  if (wanted === undefined) throw new Error(`no service port ${port} found for service "${name}"`);
  const slices = client.list('EndpointSlice', { namespace, labelSelector: `kubernetes.io/service-name=${name}` });
  const addresses = slices
    // A slice of names leads to nobody, as with kube-proxy: what a name stands for is checked by no rule.
    .filter(({ addressType }) => addressType !== 'FQDN')
    .flatMap(({ endpoints = [], ports = [] }) => {
      const found = ports.find((each) => (each.name ?? '') === (wanted.name ?? ''))?.port;
      if (found === undefined) return [];
      return endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap((endpoint) => endpoint.addresses.slice(0, 1).map((address) => `${bracketed(address)}:${found}`));
    })
    .sort();
  const address = addresses[turn % addresses.length];
  if (address === undefined) throw new Error(`no endpoints available for service "${name}"`);
  return { baseUrl: `${scheme}://${address}`, serverName: `${name}.${namespace}.svc` };
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
