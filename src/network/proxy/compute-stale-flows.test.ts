import { expect, it } from 'vitest';
import type { PortRule } from '../compute-rules.ts';
import { modelOf } from '../testing.ts';
import { computeStaleFlows } from './compute-stale-flows.ts';

function services(addresses: readonly string[] | undefined, more: Partial<PortRule> = {}) {
  if (addresses === undefined) return modelOf([]).services;
  const endpoints = addresses.map((address) => ({ address, port: 5353 }));
  const port: PortRule = { id: 'a/dns/udp/53', protocol: 'udp', clusterIp: '10.96.0.9', port: 53, endpoints, ...more };
  return modelOf([{ key: 'a/dns', clusterIp: '10.96.0.9', ports: [port] }]).services;
}

const TO_SERVICE = { protocol: 'udp', address: '10.96.0.9', port: 53 };

it.each([
  [
    'an endpoint that went',
    services(['10.88.0.2', '10.88.0.3']),
    services(['10.88.0.3']),
    [{ ...TO_SERVICE, endpoint: '10.88.0.2' }],
  ],
  ['a service that went', services(['10.88.0.2']), services(undefined), [{ ...TO_SERVICE, endpoint: '10.88.0.2' }]],
  ['a service that had no endpoint', services([]), services(['10.88.0.2']), [TO_SERVICE]],
  [
    'a new service with an address that may have been another one’s',
    services(undefined),
    services(['10.88.0.2']),
    [TO_SERVICE],
  ],
  [
    'one more endpoint changes nothing for those who have one',
    services(['10.88.0.2']),
    services(['10.88.0.2', '10.88.0.3']),
    [],
  ],
  ['TCP ends by itself', services(['10.88.0.2'], { protocol: 'tcp' }), services([], { protocol: 'tcp' }), []],
  [
    'node ports, too',
    services(['10.88.0.2'], { nodePort: 30053 }),
    services([], { nodePort: 30053 }),
    [
      { ...TO_SERVICE, endpoint: '10.88.0.2' },
      { protocol: 'udp', port: 30053, endpoint: '10.88.0.2' },
    ],
  ],
])('%s', (_name, before, after, expected) => {
  expect(computeStaleFlows(before, after)).toEqual(expected);
});
