import { readFileSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';

/** What the node's status says of the machine. */
export interface MachineFacts {
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly bootId: string;
}

export function readMachineFacts(): MachineFacts {
  const osRelease = readText('/etc/os-release');
  return {
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    machineId: readText('/etc/machine-id').trim(),
    bootId: readText('/proc/sys/kernel/random/boot_id').trim(),
  };
}

/** Bridges carry addresses of their own, under which nobody outside reaches the machine. */
const BRIDGE = /^(docker|br-|berth|veth|virbr|cni)/;

/** The first IPv4 address of this machine that others can reach; the loopback where there is none. */
export function firstAddress(): string {
  const candidates = Object.entries(networkInterfaces())
    .filter(([name]) => !BRIDGE.test(name))
    .flatMap(([, addresses]) => addresses ?? []);
  return candidates.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** The host's own names, as they are now. */
export function readHostsFile(): string {
  return readText('/etc/hosts');
}

/**
 * The host's resolver settings, without addresses that a pod cannot reach; the file of systemd-resolved's upstreams
 * where that is in use.
 */
export function readHostResolver(): {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
} {
  const primary = parseResolvConf(readText('/etc/resolv.conf'));
  const isStub = primary.servers.length > 0 && primary.servers.every((address) => address.startsWith('127.'));
  const resolver = isStub ? parseResolvConf(readText('/run/systemd/resolve/resolv.conf')) : primary;
  return {
    ...resolver,
    servers: resolver.servers.filter((address) => !address.startsWith('127.') && address !== '::1'),
  };
}

function parseResolvConf(text: string) {
  const values = (keyword: string) =>
    text.split('\n').flatMap((line) => {
      const [first, ...rest] = line.trim().split(/\s+/);
      return first === keyword ? [rest] : [];
    });
  return {
    servers: values('nameserver').flat(),
    searches: values('search').at(-1) ?? [],
    options: values('options').flat(),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
