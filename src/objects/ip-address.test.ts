import { expect, test } from 'vitest';
import { ipv4Problems, ipv6Problems, specialAddressProblems } from './ip-address.ts';

test.each`
  address               | v4       | v6       | special
  ${'10.88.0.2'}        | ${true}  | ${false} | ${undefined}
  ${'192.168.1.10'}     | ${true}  | ${false} | ${undefined}
  ${'224.0.1.1'}        | ${true}  | ${false} | ${undefined}
  ${'0.0.0.0'}          | ${true}  | ${false} | ${'unspecified (0.0.0.0)'}
  ${'127.0.0.1'}        | ${true}  | ${false} | ${'the loopback range'}
  ${'127.255.1.2'}      | ${true}  | ${false} | ${'the loopback range'}
  ${'169.254.169.254'}  | ${true}  | ${false} | ${'the link-local range'}
  ${'224.0.0.251'}      | ${true}  | ${false} | ${'the link-local multicast range'}
  ${'2001:db8::1'}      | ${false} | ${true}  | ${undefined}
  ${'::'}               | ${false} | ${true}  | ${'unspecified (::)'}
  ${'::1'}              | ${false} | ${true}  | ${'the loopback range'}
  ${'0:0:0:0:0:0:0:01'} | ${false} | ${true}  | ${'the loopback range'}
  ${'FE80::1'}          | ${false} | ${true}  | ${'the link-local range'}
  ${'febf::1'}          | ${false} | ${true}  | ${'the link-local range'}
  ${'fec0::1'}          | ${false} | ${true}  | ${undefined}
  ${'ff02::fb'}         | ${false} | ${true}  | ${'the link-local multicast range'}
  ${'::ffff:127.0.0.1'} | ${false} | ${false} | ${undefined}
  ${'::ffff:7f00:1'}    | ${false} | ${false} | ${undefined}
  ${'0177.0.0.1'}       | ${false} | ${false} | ${undefined}
  ${'127.1'}            | ${false} | ${false} | ${undefined}
  ${'256.0.0.1'}        | ${false} | ${false} | ${undefined}
  ${'fe80::1%eth0'}     | ${false} | ${false} | ${undefined}
  ${'1::2::3'}          | ${false} | ${false} | ${undefined}
  ${'::1]@10.0.0.1/?['} | ${false} | ${false} | ${undefined}
  ${'localhost'}        | ${false} | ${false} | ${undefined}
  ${''}                 | ${false} | ${false} | ${undefined}
`('$address', ({ address, v4, v6, special }) => {
  expect([ipv4Problems(address).length === 0, ipv6Problems(address).length === 0]).toEqual([v4, v6]);
  if (v4 || v6)
    expect(specialAddressProblems(address).join()).toEqual(
      special === undefined ? '' : expect.stringContaining(special),
    );
});
