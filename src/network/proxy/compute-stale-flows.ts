import type { Flow } from '../../host/packet-rules.ts';
import type { PortRule, ServiceRules } from '../compute-rules.ts';

type Services = ReadonlyMap<string, ServiceRules>;

/**
 * UDP flows that the kernel would go on sending where they were sent before: to an endpoint that is gone, or nowhere,
 * when they began before the service had an endpoint. TCP ends by itself, UDP does not as long as the client keeps
 * sending from the same port.
 */
export function computeStaleFlows(before: Services, after: Services): readonly Flow[] {
  const flows: Flow[] = [];
  for (const service of before.values()) {
    const now = after.get(service.key);
    if (now === service) continue;
    for (const rule of service.ports) {
      if (rule.protocol !== 'udp') continue;
      const kept = new Set(sameFrontend(now, rule)?.endpoints.map(({ address }) => address));
      const gone = new Set(rule.endpoints.map(({ address }) => address).filter((address) => !kept.has(address)));
      for (const endpoint of gone) flows.push(...flowsTo(rule).map((flow) => ({ ...flow, endpoint })));
    }
  }
  for (const service of after.values()) {
    const former = before.get(service.key);
    if (former === service) continue;
    for (const rule of service.ports) {
      const had = sameFrontend(former, rule)?.endpoints.length ?? 0;
      if (rule.protocol === 'udp' && had === 0 && rule.endpoints.length > 0) flows.push(...flowsTo(rule));
    }
  }
  return flows;
}

function sameFrontend(service: ServiceRules | undefined, rule: PortRule): PortRule | undefined {
  return service?.ports.find(
    ({ id, clusterIp, nodePort }) => id === rule.id && clusterIp === rule.clusterIp && nodePort === rule.nodePort,
  );
}

function flowsTo({ clusterIp, port, nodePort }: PortRule): readonly Flow[] {
  return [
    ...(clusterIp === undefined ? [] : [{ protocol: 'udp', address: clusterIp, port } as const]),
    ...(nodePort === undefined ? [] : [{ protocol: 'udp', port: nodePort } as const]),
  ];
}
