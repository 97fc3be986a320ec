import { expect, test } from 'vitest';
import { isPrivateAddress } from './private-addresses.ts';

test.each`
  address                                      | isPrivate | why
  ${'0.0.0.0'}                                 | ${true}   | ${'this host'}
  ${'10.1.2.3'}                                | ${true}   | ${'private'}
  ${'100.64.0.1'}                              | ${true}   | ${'shared by a provider'}
  ${'100.128.0.1'}                             | ${false}  | ${'beyond what providers share'}
  ${'127.0.0.1'}                               | ${true}   | ${'loopback'}
  ${'169.254.169.254'}                         | ${true}   | ${'link-local: the metadata of clouds'}
  ${'172.31.255.255'}                          | ${true}   | ${'private'}
  ${'172.32.0.1'}                              | ${false}  | ${'beyond the private ones'}
  ${'192.168.1.1'}                             | ${true}   | ${'private'}
  ${'198.19.0.1'}                              | ${true}   | ${'benchmarks'}
  ${'224.0.0.1'}                               | ${true}   | ${'multicast'}
  ${'255.255.255.255'}                         | ${true}   | ${'broadcast'}
  ${'140.82.112.34'}                           | ${false}  | ${'public'}
  ${'::'}                                      | ${true}   | ${'unspecified'}
  ${'::1'}                                     | ${true}   | ${'loopback'}
  ${'::7f00:1'}                                | ${true}   | ${'127.0.0.1, "IPv4-compatible"'}
  ${'::ffff:10.1.2.3'}                         | ${true}   | ${'10.1.2.3, mapped'}
  ${'::ffff:140.82.112.34'}                    | ${false}  | ${'a public one, mapped'}
  ${'64:ff9b::a9fe:a9fe'}                      | ${true}   | ${'169.254.169.254 behind NAT64'}
  ${'64:ff9b:1::a00:1'}                        | ${true}   | ${'local NAT64'}
  ${'2001::1'}                                 | ${true}   | ${'Teredo'}
  ${'2001:4860:4860::8888'}                    | ${false}  | ${'public, beside Teredo'}
  ${'2002:7f00:1::'}                           | ${true}   | ${'127.0.0.1 by 6to4'}
  ${'2003::1'}                                 | ${false}  | ${'public, beside 6to4'}
  ${'fc00::1'}                                 | ${true}   | ${'unique local'}
  ${'fd12:3456::1'}                            | ${true}   | ${'unique local'}
  ${'fe80::1'}                                 | ${true}   | ${'link-local'}
  ${'fec0::1'}                                 | ${true}   | ${'site-local'}
  ${'ff02::1'}                                 | ${true}   | ${'multicast'}
  ${'2a00:1450:4001:0800:0000:0000:0000:200e'} | ${false}  | ${'public'}
`('$address ($why) is private: $isPrivate', ({ address, isPrivate }) => {
  expect(isPrivateAddress(address, address.includes(':') ? 6 : 4)).toBe(isPrivate);
});
