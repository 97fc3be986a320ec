import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { REGISTRY_INDEXES } from '../../api/index.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { kindOf, storagePrefixOf } from '../../objects/kinds.ts';
import { networkNameOf } from '../../runtime/docker/index.ts';
import { openStoreReadOnly } from '../../store/index.ts';
import { itemsAt, textAt } from '../describe/fields.ts';
import { dataPaths } from '../live/data-paths.ts';
import { findCluster } from '../live/find-cluster.ts';
import { findProgram } from '../setup/ensure-docker.ts';
import { type CheckResult, type DoctorContext, fail, ok, warn } from './check.ts';
import { type Listener, parseListeners } from './parse-listeners.ts';

const isRoot = () => process.getuid?.() === 0;

/** Services are packet rules: without them pods run, and nobody reaches them by the name of a Service. */
export async function checkPacketRules({ configuration }: DoctorContext): Promise<readonly CheckResult[]> {
  if (configuration?.runtime === 'sim') return [];
  return [checkNft(), checkIptables(), checkBridgeFilter()];
}

function checkNft(): CheckResult {
  const nft = findProgram('nft');
  if (nft === undefined)
    return fail(
      'nft',
      'the program nft is missing: Services would not work',
      'apt-get install nftables (or the package of that name elsewhere)',
    );
  if (!isRoot()) return warn('nft', 'packet rules need root: Services would not work', 'run Berth as root');
  // Checked, not carried out.
  const probe = spawnSync(nft, ['-c', 'add table ip berth_doctor'], { encoding: 'utf8' });
  if (probe.status !== 0)
    return fail('nft', `nft cannot be used: ${lastLine(probe.stderr)}`, 'load the kernel module: modprobe nf_tables');
  const version = spawnSync(nft, ['--version'], { encoding: 'utf8' }).stdout.trim();
  return ok('nft', version);
}

function checkIptables(): CheckResult {
  const iptables = findProgram('iptables');
  if (iptables === undefined)
    return warn(
      'iptables',
      'the program iptables is missing: other machines may not reach NodePorts',
      'apt-get install iptables',
    );
  if (!isRoot()) return warn('iptables', 'cannot be looked at without root', 'run `berth doctor` as root');
  const chain = spawnSync(iptables, ['-w', '-n', '-L', 'DOCKER-USER'], { encoding: 'utf8' });
  if (chain.status === 0) return ok('iptables', 'Docker’s chain DOCKER-USER is there');
  return warn(
    'iptables',
    'Docker has no chain DOCKER-USER: other machines may not reach NodePorts',
    'start Docker with its iptables rules on (the default)',
  );
}

/** "pod → VIP: without it every connection times out". */
function checkBridgeFilter(): CheckResult {
  if (existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables'))
    return ok('br_netfilter', 'traffic between pods passes the packet rules');
  return warn(
    'br_netfilter',
    'the kernel module br_netfilter is not loaded: pods would not reach Services',
    'modprobe br_netfilter; echo br_netfilter > /etc/modules-load.d/berth.conf',
  );
}

/** The name server's port on the pod network, and the ports that Services take on the node. */
export async function checkPorts(context: DoctorContext): Promise<readonly CheckResult[]> {
  if (context.configuration?.runtime === 'sim') return [];
  const listeners = readListeners();
  const dns = context.isRunning ? [] : await checkDnsPort(context, listeners);
  return [...dns, await checkNodePorts(context, listeners)];
}

function readListeners(): readonly Listener[] {
  return (['tcp', 'tcp6', 'udp', 'udp6'] as const).flatMap((file) => {
    const path = `/proc/net/${file}`;
    return existsSync(path) ? parseListeners(readFileSync(path, 'utf8'), file) : [];
  });
}

async function checkDnsPort(
  { dataDirectory }: DoctorContext,
  listeners: readonly Listener[],
): Promise<readonly CheckResult[]> {
  const gateway = await gatewayOf(dataDirectory);
  const taken = listeners.find(({ port, address }) => port === 53 && (address === 'any' || address === gateway));
  if (taken === undefined) return [ok('port 53', 'free for the pods’ name server')];
  return [
    fail(
      'port 53',
      `something listens on port 53 of every address (${taken.protocol}): the pods’ name server cannot start`,
      'bind that name server to its own addresses (for dnsmasq: bind-interfaces, for bind: listen-on)',
    ),
  ];
}

async function gatewayOf(dataDirectory: string): Promise<string | undefined> {
  const cluster = existsSync(dataPaths(dataDirectory).lock)
    ? await findCluster(dataDirectory).catch(() => undefined)
    : undefined;
  if (cluster === undefined) return undefined;
  return networkInterfaces()[networkNameOf(cluster.uid)]?.find(({ family }) => family === 'IPv4')?.address;
}

async function checkNodePorts({ dataDirectory }: DoctorContext, listeners: readonly Listener[]): Promise<CheckResult> {
  const ports = await readNodePorts(dataDirectory);
  const clashes = ports.flatMap(({ port, protocol, service }) => {
    const taken = listeners.some(
      (one) => one.port === port && one.protocol === protocol.toLowerCase() && one.address === 'any',
    );
    return taken ? [`${port}/${protocol} of ${service}`] : [];
  });
  if (clashes.length === 0)
    return ok(
      'node ports',
      ports.length === 0 ? 'no Service asks for one' : `${ports.length} in use by Services, none by other programs`,
    );
  return warn(
    'node ports',
    `a program on this machine listens on ${clashes.join(', ')}: it is no longer reached from outside`,
    'stop the program, or choose another nodePort',
  );
}

async function readNodePorts(dataDirectory: string) {
  const { store: directory } = dataPaths(dataDirectory);
  if (!existsSync(directory)) return [];
  try {
    const store = await openStoreReadOnly({ disk: await openLinuxDisk(directory), indexes: REGISTRY_INDEXES });
    return store.list(storagePrefixOf(kindOf('Service'))).flatMap(({ value }) =>
      itemsAt(value, 'spec', 'ports').flatMap((port) => {
        const number = Number(textAt(port, 'nodePort') ?? 0);
        const service = `${textAt(value, 'metadata', 'namespace')}/${textAt(value, 'metadata', 'name')}`;
        return number === 0 ? [] : [{ port: number, protocol: textAt(port, 'protocol') ?? 'TCP', service }];
      }),
    );
  } catch {
    // A store that cannot be read is the matter of another check.
    return [];
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
