import { expect, it } from 'vitest';
import { compareIpv4, isInCidr, parseIpv4 } from './ipv4.ts';

it.each([
  ['0.0.0.0', 0],
  ['10.88.0.1', 0x0a580001],
  ['255.255.255.255', 0xffffffff],
  ['256.0.0.1', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4.5', undefined],
  ['01.2.3.4', undefined],
  ['1.2.3.x', undefined],
  ['', undefined],
  ['fd00::1', undefined],
])('parses %j as %j', (text, value) => {
  expect(parseIpv4(text)).toBe(value);
});

it.each([
  ['10.88.255.255', '10.88.0.0/16', true],
  ['10.89.0.0', '10.88.0.0/16', false],
  ['10.88.0.1', '10.88.0.1/32', true],
  ['10.88.0.2', '10.88.0.1/32', false],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['1.2.3.4', '1.2.3.0', false],
  ['1.2.3.4', '1.2.3.0/33', false],
  ['x', '1.2.3.0/24', false],
])('%s in %s: %s', (address, cidr, expected) => {
  expect(isInCidr(address, cidr)).toBe(expected);
});

it('orders by number, not by text', () => {
  expect(['10.0.0.10', 'x', '10.0.0.9', '9.0.0.1'].sort(compareIpv4)).toEqual([
    '9.0.0.1',
    '10.0.0.9',
    '10.0.0.10',
    'x',
  ]);
});
