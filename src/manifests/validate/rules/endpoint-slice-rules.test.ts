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
const hinted = (hints: unknown) => slice([{ addresses: ['10.0.0.1'], hints }]);
const labels = (count: number) => Object.fromEntries([...Array(count).keys()].map((n) => [`l${n}`, '']));
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
  ['a node that cannot be', slice([{ addresses: ['10.0.0.1'], nodeName: 'A_b' }]), ['endpoints.0.nodeName']],
  ['hints', hinted({ forZones: [{ name: 'eu-1a' }], forNodes: [{ name: 'box' }] }), []],
  ['a zone that is no label', hinted({ forZones: [{ name: 'a b' }] }), ['endpoints.0.hints.forZones.0.name']],
  ['a zone twice', hinted({ forZones: [{ name: 'a' }, { name: 'a' }] }), ['endpoints.0.hints.forZones.1.name']],
  ['too many zones', hinted({ forZones: [...'abcdefghi'].map((name) => ({ name })) }), ['endpoints.0.hints.forZones']],
  ['too many nodes', hinted({ forNodes: [...'abcdefghi'].map((name) => ({ name })) }), ['endpoints.0.hints.forNodes']],
  ['a node hint that cannot be', hinted({ forNodes: [{ name: 'A_b' }] }), ['endpoints.0.hints.forNodes.0.name']],
  [
    'too many topology labels',
    slice([{ addresses: ['10.0.0.1'], deprecatedTopology: labels(17) }]),
    ['endpoints.0.deprecatedTopology'],
  ],
  ['ports', slice([], 'IPv4', [{ port: 80 }, { name: 'https', port: 443 }]), []],
  ['two ports without a name', slice([], 'IPv4', [{ port: 80 }, { port: 81 }]), ['ports.1.name']],
  ['a wrong port name', slice([], 'IPv4', [{ name: 'a_b', port: 80 }]), ['ports.0.name']],
])('%s', (_what, object, paths) => {
  const found = validateObject(object).filter(({ severity }) => severity === 'error');
  expect(found.map(({ path }) => path.join('.'))).toEqual(paths);
});

const byHand = (subset: object) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'e', namespace: 'a' },
  subsets: [subset],
});
const IP = { ip: '192.168.1.4' };

test.each([
  ['an address', byHand({ addresses: [IP], ports: [{ port: 80 }] }), []],
  ['one that is not ready', byHand({ notReadyAddresses: [{ ip: '2001:db8::1', hostname: 'a' }] }), []],
  ['no address', byHand({ ports: [{ port: 80 }] }), ['subsets.0']],
  ['this machine', byHand({ addresses: [{ ip: '127.0.0.1' }] }), ['subsets.0.addresses.0.ip']],
  [
    'a name in place of an address',
    byHand({ notReadyAddresses: [{ ip: 'db' }] }),
    ['subsets.0.notReadyAddresses.0.ip'],
  ],
  ['a wrong hostname', byHand({ addresses: [{ ...IP, hostname: 'A.b' }] }), ['subsets.0.addresses.0.hostname']],
  ['a port that is none', byHand({ addresses: [IP], ports: [{ port: 70_000 }] }), ['subsets.0.ports.0.port']],
  [
    'two ports, and one without a name',
    byHand({ addresses: [IP], ports: [{ name: 'a', port: 80 }, { port: 81 }] }),
    ['subsets.0.ports.1.name'],
  ],
])('endpoints by hand: %s', (_what, object, paths) => {
  const found = validateObject(object).filter(({ severity }) => severity === 'error');
  expect(found.map(({ path }) => path.join('.'))).toEqual(paths);
});
