import { expect, test } from 'vitest';
import { sysctlName } from './sysctl-name.ts';

/** TestConvertSysctlVariableToDotsSeparator and TestSyncPodWithConvertedPodSysctls. */
test.each([
  ['kernel.shm_rmid_forced', 'kernel.shm_rmid_forced'],
  ['kernel/shm_rmid_forced', 'kernel.shm_rmid_forced'],
  ['net/ipv4/ip_local_port_range', 'net.ipv4.ip_local_port_range'],
  ['net.ipv4.conf.eno2/100.rp_filter', 'net.ipv4.conf.eno2/100.rp_filter'],
  ['net/ipv4/conf/eno2.100/rp_filter', 'net.ipv4.conf.eno2/100.rp_filter'],
  ['', ''],
])('%s is %s', (name, expected) => {
  expect(sysctlName(name)).toBe(expected);
});
