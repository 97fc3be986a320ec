import { readFile } from 'node:fs/promises';
import { type PodNetwork, RuntimeError } from '../runtime.ts';
import { firstAddressOf, listFreeSubnets, parseRoutes } from './choose-subnet.ts';
import type { EngineConnection } from './engine-connection.ts';
import { listAt, textAt } from './json-path.ts';
import { clusterFilter, LABELS } from './labels.ts';

export interface PodNetworkOptions {
  readonly clusterUid: string;
  /** Range that is wanted; else the first free one. */
  readonly podCidr?: string;
  /** Further ranges that are taken, such as that of services. */
  readonly avoidCidrs: readonly string[];
}

export interface NamedPodNetwork extends PodNetwork {
  readonly id: string;
  readonly name: string;
}

const BRIDGE_NAME = 'com.docker.network.bridge.name';
const BRIDGE_ICC = 'com.docker.network.bridge.enable_icc';

/** Eight digits of the uid name the network and its bridge: an interface's name has at most 15 characters. */
export function networkNameOf(clusterUid: string): string {
  return `berth-${clusterUid.replace(/[^0-9a-zA-Z]/g, '').slice(0, 8)}`;
}

/** Finds the cluster's pod network, or creates it on a range that nothing on this box uses. */
export async function ensurePodNetwork(engine: EngineConnection, options: PodNetworkOptions): Promise<NamedPodNetwork> {
  const name = networkNameOf(options.clusterUid);
  const found = await findPodNetwork(engine, options.clusterUid, name);
  if (found !== undefined) return found;
  const used = [...options.avoidCidrs, ...(await usedSubnets(engine)), ...(engine.isLocal ? await hostRoutes() : [])];
  const candidates = listFreeSubnets(used, options.podCidr);
  let refusal: unknown;
  for (const cidr of candidates) {
    try {
      await createNetwork(engine, options.clusterUid, name, cidr);
      const created = await findPodNetwork(engine, options.clusterUid, name);
      if (created !== undefined) return created;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      // Another call may have made it meanwhile.
      const made = /already exists/i.test(error.message)
        ? await findPodNetwork(engine, options.clusterUid, name)
        : undefined;
      if (made !== undefined) return made;
      if (!/overlap/i.test(error.message)) throw error;
      refusal = error;
    }
  }
  const wanted = options.podCidr === undefined ? 'every candidate range for pods' : `the range ${options.podCidr}`;
  throw new RuntimeError('Conflict', `${wanted} overlaps a network or route of this machine`, refusal);
}

async function findPodNetwork(
  engine: EngineConnection,
  clusterUid: string,
  name: string,
): Promise<NamedPodNetwork | undefined> {
  const query = { filters: JSON.stringify({ name: [name] }) };
  const networks = listAt(await engine.json({ method: 'GET', path: '/networks', query, purpose: 'query' }));
  // The filter matches parts of names, too.
  const network = networks.find((candidate) => textAt(candidate, 'Name') === name);
  if (network === undefined) return undefined;
  if (textAt(network, 'Labels', LABELS.clusterUid) !== clusterUid) {
    throw new RuntimeError('Conflict', `the network "${name}" belongs to something else; remove or rename it`);
  }
  const bridge = textAt(network, 'Options', BRIDGE_NAME);
  const subnet = listAt(network, 'IPAM', 'Config').find((config) => textAt(config, 'Subnet').includes('.'));
  const cidr = textAt(subnet, 'Subnet');
  if (
    textAt(network, 'Driver') !== 'bridge' ||
    bridge === '' ||
    cidr === '' ||
    textAt(network, 'Options', BRIDGE_ICC) === 'false'
  ) {
    throw new RuntimeError('Conflict', `the network "${name}" is not as Berth makes it; remove it while no pods run`);
  }
  return { id: textAt(network, 'Id'), name, bridge, cidr, gateway: textAt(subnet, 'Gateway') || firstAddressOf(cidr) };
}

async function createNetwork(engine: EngineConnection, clusterUid: string, name: string, cidr: string): Promise<void> {
  await engine.json({
    method: 'POST',
    path: '/networks/create',
    purpose: 'create',
    body: {
      Name: name,
      CheckDuplicate: true,
      Driver: 'bridge',
      EnableIPv6: false,
      IPAM: { Driver: 'default', Config: [{ Subnet: cidr, Gateway: firstAddressOf(cidr) }] },
      Options: {
        [BRIDGE_NAME]: name,
        [BRIDGE_ICC]: 'true',
        'com.docker.network.bridge.enable_ip_masquerade': 'true',
      },
      Labels: { [LABELS.clusterUid]: clusterUid },
    },
  });
}

/** Removes the cluster's networks; returns how many went, and the names of those that the engine holds on to. */
export async function removePodNetworks(
  engine: Pick<EngineConnection, 'json' | 'find'>,
  clusterUid: string,
): Promise<{ readonly removed: number; readonly held: readonly string[] }> {
  const query = { filters: clusterFilter(clusterUid) };
  const networks = listAt(await engine.json({ method: 'GET', path: '/networks', query, purpose: 'query' }));
  const held: string[] = [];
  for (const network of networks) {
    try {
      await engine.find({ method: 'DELETE', path: `/networks/${textAt(network, 'Id')}`, purpose: 'change' });
    } catch (error) {
      if (!isHeld(error)) throw error;
      held.push(textAt(network, 'Name'));
    }
  }
  return { removed: networks.length - held.length, held };
}

/**
 * "403: operation not supported" is what the engine says of a network that has endpoints (`ActiveEndpointsError`); it
 * may keep one of a container that has gone, until it is started anew.
 */
function isHeld(error: unknown): boolean {
  return error instanceof RuntimeError && error.reason === 'Forbidden';
}

async function usedSubnets(engine: EngineConnection): Promise<readonly string[]> {
  const networks = listAt(await engine.json({ method: 'GET', path: '/networks', purpose: 'query' }));
  return networks.flatMap((network) => listAt(network, 'IPAM', 'Config').map((config) => textAt(config, 'Subnet')));
}

async function hostRoutes(): Promise<readonly string[]> {
  return parseRoutes(await readFile('/proc/net/route', 'utf8').catch(() => ''));
}
