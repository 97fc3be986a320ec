import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Services, names and packets. */
export const NETWORK_CODES = {
  DnsUnavailable: {
    class: 'retryable',
    summary: "The name server of the pods cannot listen, or the host's own name servers do not answer.",
    help: 'free port 53 on the address of the pod network; Berth tries again by itself',
  },
  NodePortBusy: {
    class: 'retryable',
    summary: 'A port of a service cannot be opened on this machine.',
    help: 'stop what listens there, or choose another nodePort; Berth tries again by itself',
  },
  PacketRulesFailed: {
    class: 'retryable',
    summary: 'The kernel or nft refused the rules of the services; the former rules stay.',
    help: 'read the message; Berth tries again by itself',
  },
  PacketRulesMissing: {
    class: 'retryable',
    summary: 'Packets cannot be redirected on this machine; services are carried by Berth itself, with limits.',
    help: 'install nftables, version 1.0.1 or later, and run Berth as root',
  },
  PodPathIncomplete: {
    class: 'retryable',
    summary: 'Some connections between services and pods do not pass on this machine.',
    help: 'read which, and run Berth as root with iptables and the kernel module br_netfilter',
  },
} as const satisfies Record<string, ErrorCodeEntry>;
