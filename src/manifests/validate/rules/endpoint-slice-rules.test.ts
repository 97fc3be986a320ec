import { expect, test } from 'vitest';
import { validateObject } from '../validate-object.ts';

const slice = (endpoints: unknown, addressType = 'IPv4', ports: unknown = []) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'a' },
  addressType,
  endpoints,
  ports,
});
const to = (address: string, addressType?: string) => slice([{ addresses: [address] }], addressType);
const FIRST = 'endpoints.0.addresses.0';
const repeat = (count: number, value: unknown) => Array(count).fill(value);

test.each([
  ['an address', to('10.88.0.2'), []],
  ['an address of the local network', to('192.168.1.4'), []],
  ['an address of IPv6', to('2001:db8::1', 'IPv6'), []],
  ['a name', to('db.example.com.', 'FQDN'), []],
  ['this machine', to('127.0.0.1'), [FIRST]],
  ['this machine by IPv6', to('::1', 'IPv6'), [FIRST]],
  ['the metadata service of a cloud', to('169.254.169.254'), [FIRST]],
  ['no machine', to('0.0.0.0'), [FIRST]],
  ['several machines', to('224.0.0.1'), [FIRST]],
  ['another family', to('10.88.0.2', 'IPv6'), [FIRST]],
  ['IPv4 dressed as IPv6', to('::ffff:127.0.0.1', 'IPv6'), [FIRST]],
  ['octal numbers', to('0177.0.0.1'), [FIRST]],
  ['a name in place of an address', to('localhost'), [FIRST]],
  ['a name of one label', to('localhost', 'FQDN'), [FIRST]],
  ['no address', slice([{ addresses: [] }]), ['endpoints.0.addresses']],
  [
    'too many addresses',
    slice([{ addresses: [...Array(101).keys()].map((n) => `10.0.0.${n}`) }]),
    ['endpoints.0.addresses'],
  ],
  ['too many endpoints', slice(repeat(1001, { addresses: ['10.0.0.1'] })), ['endpoints']],
  ['a wrong hostname', slice([{ addresses: ['10.0.0.1'], hostname: 'A.b' }]), ['endpoints.0.hostname']],
  ['ports', slice([], 'IPv4', [{ port: 80 }, { name: 'https', port: 443 }]), []],
  ['two ports without a name', slice([], 'IPv4', [{ port: 80 }, { port: 81 }]), ['ports.1.name']],
  ['a wrong port name', slice([], 'IPv4', [{ name: 'a_b', port: 80 }]), ['ports.0.name']],
])('%s', (_what, object, paths) => {
  const found = validateObject(object).filter(({ severity }) => severity === 'error');
  expect(found.map(({ path }) => path.join('.'))).toEqual(paths);
});
