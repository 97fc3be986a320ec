import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { PodPath, PodPathState } from '../packet-rules.ts';
import type { CommandResult, RunCommand } from './linux-packet-rules.ts';

/** The chain of Docker's firewall that is its owner's to fill. */
const USER_CHAIN = 'DOCKER-USER';
const BRIDGE_SYSCTL = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/**
 * Sets what `PodPathState` tells about. All switches belong to the pods' bridge and go with it; one rule in Docker's
 * firewall does not.
 */
export async function openPodPath(run: RunCommand, path: PodPath): Promise<PodPathState> {
  const details: string[] = [];
  const attempt = async (what: string, set: () => Promise<unknown>): Promise<boolean> => {
    try {
      await set();
      return true;
    } catch (error) {
      details.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  return {
    bridgeFiltered: await attempt('br_netfilter', () => filterBridge(run, path.bridge)),
    hairpin: await attempt('hairpin mode', () => reflectOnAllPorts(path.bridge)),
    localhost: await attempt('route_localnet', () => set(`/proc/sys/net/ipv4/conf/${path.bridge}/route_localnet`, '1')),
    forwarding: await attempt('iptables', () => acceptForwarded(run, path)),
    names: await attempt('iptables', () => acceptQueries(run, path)),
    details,
  };
}

/**
 * Packets that stay on this bridge pass the rules, too. Loading `br_netfilter` turns that on for every bridge of the
 * machine; where Berth loads it, it is turned off again for the others, whose owners did not ask for it.
 */
async function filterBridge(run: RunCommand, bridge: string): Promise<void> {
  if ((await readText(BRIDGE_SYSCTL)) === undefined) {
    const loaded = await run('modprobe', ['br_netfilter']);
    if (loaded.code !== 0) throw new Error(loaded.stderr.trim() || 'modprobe failed');
    await set(BRIDGE_SYSCTL, '0');
  }
  await set(`/sys/class/net/${bridge}/bridge/nf_call_iptables`, '1');
}

/**
 * A pod that calls itself through a service: the bridge has to send the packet back out of the port that it came in by.
 */
async function reflectOnAllPorts(bridge: string): Promise<void> {
  for (const port of await readdir(`/sys/class/net/${bridge}/brif`)) {
    const file = `/sys/class/net/${bridge}/brif/${port}/hairpin_mode`;
    // A port that is gone meanwhile needs nothing.
    if ((await readText(file)) === '0') await set(file, '1').catch(ignoreMissing);
  }
}

/**
 * Docker drops what comes from outside and is for a container that publishes no port. This rule lets through what was
 * translated on its way in, by Berth's table or by Docker itself.
 */
async function acceptForwarded(run: RunCommand, { clusterUid, podCidr }: PodPath): Promise<void> {
  const rule = ['-d', podCidr, '-m', 'conntrack', '--ctstate', 'DNAT', ...commentOf(clusterUid), '-j', 'ACCEPT'];
  const listed = await iptables(run, ['-S', USER_CHAIN]);
  if (listed.code === 0) return insertRule(run, USER_CHAIN, rule);
  // An engine that keeps no firewall of this kind drops nothing in it, unless the machine does so itself.
  const forward = await iptables(run, ['-S', 'FORWARD']);
  if (forward.code === 0 && !forward.stdout.includes('-P FORWARD DROP')) return;
  throw new Error(`Docker has no chain ${USER_CHAIN}, and forwarded packets are dropped`);
}

/** A firewall such as ufw drops what it was not told of, and nobody tells it of the pods' name server. */
async function acceptQueries(run: RunCommand, { clusterUid, bridge, gateway }: PodPath): Promise<void> {
  for (const protocol of ['udp', 'tcp']) {
    const match = ['-d', `${gateway}/32`, '-i', bridge, '-p', protocol, '-m', protocol, '--dport', '53'];
    await insertRule(run, 'INPUT', [...match, ...commentOf(clusterUid), '-j', 'ACCEPT']);
  }
}

async function insertRule(run: RunCommand, chain: string, rule: readonly string[]): Promise<void> {
  if ((await iptables(run, ['-C', chain, ...rule])).code === 0) return;
  const inserted = await iptables(run, ['-I', chain, ...rule]);
  if (inserted.code !== 0) throw new Error(inserted.stderr.trim());
}

/** Removes every rule of the cluster in the chains where `openPodPath` puts some. */
export async function closePodPath(run: RunCommand, clusterUid: string): Promise<void> {
  const comment = commentOf(clusterUid).at(-1) ?? '';
  for (const chain of [USER_CHAIN, 'INPUT']) {
    const listed = await iptables(run, ['-S', chain]).catch(() => undefined);
    // Without the program or the chain there is no rule.
    if (listed === undefined || listed.code !== 0) continue;
    for (const line of listed.stdout.split('\n')) {
      const args = line.split(' ').map((word) => word.replace(/^"(.*)"$/, '$1'));
      if (args[0] !== '-A' || args[args.indexOf('--comment') + 1] !== comment) continue;
      const deleted = await iptables(run, ['-D', ...args.slice(1)]);
      if (deleted.code !== 0) throw new Error(`the rule "${line}" could not be removed: ${deleted.stderr.trim()}`);
    }
  }
}

/** Waits for whoever changes rules at the moment. Rejects when the program is not there. */
function iptables(run: RunCommand, args: readonly string[]): Promise<CommandResult> {
  return run('iptables', ['-w', ...args]).catch(() => {
    throw new Error('the program iptables is not there');
  });
}

function commentOf(clusterUid: string): readonly string[] {
  return ['-m', 'comment', '--comment', `berth:${clusterUid}`];
}

async function set(file: string, value: string): Promise<void> {
  if ((await readText(file)) === value) return;
  await writeFile(file, value);
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && error.code !== 'EINVAL') throw error;
}
