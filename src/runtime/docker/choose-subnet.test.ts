import { expect, it } from 'vitest';
import { firstAddressOf, listFreeSubnets, parseRoutes } from './choose-subnet.ts';

it.each([
  ['nothing in use', [], '10.88.0.0/16'],
  ['the first in use', ['10.88.0.0/16'], '10.89.0.0/16'],
  ['a small part of the first in use', ['10.88.7.0/24'], '10.89.0.0/16'],
  ['one address of the first in use', ['10.88.7.1'], '10.89.0.0/16'],
  ['a larger range over several', ['10.88.0.0/13'], '10.200.0.0/16'],
  ['all of 10/8 in use', ['10.0.0.0/8'], undefined],
  ['other ranges and no ranges at all', ['172.17.0.0/16', 'fd00::/64', '', 'x', '10.300.0.0/16'], '10.88.0.0/16'],
])('with %s the first free range is %s', (_title, used, expected) => {
  expect(listFreeSubnets(used)[0]).toBe(expected);
});

it('keeps to the range that is wanted, or has none', () => {
  expect(listFreeSubnets([], '10.50.0.0/16')).toEqual(['10.50.0.0/16']);
  expect(listFreeSubnets(['10.50.1.0/24'], '10.50.0.0/16')).toEqual([]);
});

it('never offers the range in which Kubernetes puts services', () => {
  expect(listFreeSubnets(['10.96.0.0/12'])).toEqual(listFreeSubnets([]));
});

it('reads the routes of the kernel without the default route', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    '',
  ].join('\n');
  expect(parseRoutes(table)).toEqual(['172.17.0.0/16', '192.0.2.0/24']);
});

it('gives the bridge the first address', () => {
  expect(firstAddressOf('10.88.0.0/16')).toBe('10.88.0.1');
  expect(firstAddressOf('192.168.250.0/24')).toBe('192.168.250.1');
});
