import { digestOf } from '../objects/index.ts';
import type { PortRule, ServiceRules } from './compute-rules.ts';
import { isInCidr } from './ipv4.ts';

/** Where pods live, and how far the host helps. */
export interface PacketNetwork {
  /** The pods' bridge. */
  readonly bridge: string;
  readonly podCidr: string;
  /**
   * Whether packets that stay on the bridge pass the rules (`br_netfilter`). Where they do not, an answer would reach
   * its pod untranslated; then the host stands in for the caller, and the pod does not see who called.
   */
  readonly bridgeFiltered: boolean;
}

/**
 * Everything that packets are to know. The rules of a service that did not change are the same object in the next
 * model.
 */
export interface RuleModel {
  readonly network: PacketNetwork;
  readonly services: ReadonlyMap<string, ServiceRules>;
}

/** A table of nftables, or a part of it, as data: names and texts, without order of commands. */
export interface TableContent {
  /** By name: `map … { … }` or `set … { … }` without the name. */
  readonly sets: ReadonlyMap<string, SetContent>;
  readonly chains: ReadonlyMap<string, ChainContent>;
}

export interface SetContent {
  readonly type: 'map' | 'set';
  readonly definition: string;
  /** Key to value; the value is empty for a set. */
  readonly elements: ReadonlyMap<string, string>;
}

export interface ChainContent {
  /** `type nat hook … ;` for a chain that the kernel itself calls. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** Before Docker's own translation (−100) and after the kernel has found the connection (−200). */
const NAT_PRIORITY = -110;
/** Before Docker's chains, which drop what they do not know. */
const FILTER_PRIORITY = -10;
/** Before connections are looked up. */
const RAW_PRIORITY = -300;

/** nft takes names up to 127 characters; the longest addition is an endpoint. */
const LONGEST_ID = 96;

/**
 * The table for a model, without the services: what the kernel calls, and the sets that everything is looked up in.
 *
 * - A packet to a service's address from the cluster's own pods or from the host is looked up by address, protocol and port, and sent to the chain
 *   of that port; one to an address of this machine by protocol and port.
 * - Pods of another Berth on this machine (their bridges are named alike) are left alone: theirs is another table.
 * - What is still addressed to a service's address when it is about to be forwarded has no chain: the port is unknown or has no endpoints.
 */
export function frameContent({ bridge, podCidr, bridgeFiltered }: PacketNetwork): TableContent {
  const lookUpAddress = 'ip daddr . meta l4proto . th dport vmap @service_ips';
  const lookUpNodePort = 'fib daddr type local meta l4proto . th dport vmap @node_ports';
  const pods = `iifname "${bridge}"`;
  const hooked = (type: 'nat' | 'filter', hook: string, priority: number, rules: readonly string[]): ChainContent => ({
    hook: `type ${type} hook ${hook} priority ${priority}; policy accept;`,
    rules,
  });
  return {
    sets: new Map([
      ['service_ips', emptySet('map', 'type ipv4_addr . inet_proto . inet_service : verdict;')],
      ['node_ports', emptySet('map', 'type inet_proto . inet_service : verdict;')],
      ['cluster_ips', emptySet('set', 'type ipv4_addr;')],
      ['closed_node_ports', emptySet('set', 'type inet_proto . inet_service;')],
      ['hairpin', emptySet('set', 'type ipv4_addr . ipv4_addr;')],
      ['foreign_endpoints', emptySet('set', 'type ipv4_addr . inet_proto . inet_service;')],
    ]),
    chains: new Map([
      [
        'nat_prerouting',
        hooked('nat', 'prerouting', NAT_PRIORITY, [
          `${pods} ${lookUpAddress}`,
          `iifname "berth-*" iifname != "${bridge}" return`,
          lookUpNodePort,
        ]),
      ],
      ['nat_output', hooked('nat', 'output', NAT_PRIORITY, [lookUpAddress, lookUpNodePort])],
      [
        'nat_postrouting',
        hooked('nat', 'postrouting', NAT_PRIORITY, [
          // A pod that reaches itself would answer itself directly: the answer has to come back through the host.
          'ct status dnat ip saddr . ip daddr @hairpin masquerade',
          // From 127.0.0.1 to a node port: no pod can answer to that address.
          `oifname "${bridge}" ip saddr 127.0.0.0/8 masquerade`,
          // An endpoint outside of the pod network would answer past this machine.
          'ct status dnat fib daddr type != local ip daddr . meta l4proto . th dport @foreign_endpoints masquerade',
          ...(bridgeFiltered ? [] : [`ct status dnat oifname "${bridge}" ip saddr ${podCidr} masquerade`]),
        ]),
      ],
      [
        // With `route_localnet` a pod could otherwise reach what listens on the host's own 127.0.0.1 (CVE-2020-8558).
        'raw_prerouting',
        hooked('filter', 'prerouting', RAW_PRIORITY, [`${pods} ip daddr 127.0.0.0/8 drop`]),
      ],
      ['filter_forward', hooked('filter', 'forward', FILTER_PRIORITY, [`${pods} ip daddr @cluster_ips jump refuse`])],
      ['filter_output', hooked('filter', 'output', FILTER_PRIORITY, ['ip daddr @cluster_ips jump refuse'])],
      [
        'filter_input',
        hooked('filter', 'input', FILTER_PRIORITY, ['meta l4proto . th dport @closed_node_ports jump refuse']),
      ],
      ['refuse', { rules: ['meta l4proto tcp reject with tcp reset', 'reject with icmp type port-unreachable'] }],
    ]),
  };
}

function emptySet(type: SetContent['type'], definition: string): SetContent {
  return { type, definition, elements: new Map() };
}

/** What some services add to the frame: their chains, and elements of its sets. */
export function serviceContent(services: Iterable<ServiceRules>, network: PacketNetwork): TableContent {
  const content = new ContentBuilder();
  for (const service of services) {
    content.element('cluster_ips', service.clusterIp);
    for (const rule of service.ports) addPort(content, rule, network);
  }
  return content;
}

function addPort(content: ContentBuilder, rule: PortRule, { podCidr }: PacketNetwork): void {
  const { id, protocol, clusterIp, port, nodePort, endpoints, affinitySeconds } = rule;
  if (endpoints.length === 0) {
    if (nodePort !== undefined) content.element('closed_node_ports', `${protocol} . ${nodePort}`);
    return;
  }
  const name = `svc/${shortId(id)}`;
  if (clusterIp !== undefined) content.element('service_ips', `${clusterIp} . ${protocol} . ${port}`, `goto ${name}`);
  if (nodePort !== undefined) content.element('node_ports', `${protocol} . ${nodePort}`, `goto ${name}`);
  for (const { address, port: endpointPort } of endpoints) {
    if (isInCidr(address, podCidr)) content.element('hairpin', `${address} . ${address}`);
    else content.element('foreign_endpoints', `${address} . ${protocol} . ${endpointPort}`);
  }
  if (affinitySeconds === undefined) content.chain(name, [balanceRule(rule)]);
  else addStickyPort(content, name, rule, affinitySeconds);
}

/** Each connection goes to any endpoint, with equal chances. */
function balanceRule({ protocol, endpoints }: PortRule): string {
  const [first] = endpoints;
  if (first !== undefined && endpoints.length === 1) {
    return `meta l4proto ${protocol} dnat ip to ${first.address}:${first.port}`;
  }
  const targets = endpoints.map(({ address, port }, index) => `${index} : ${address} . ${port}`);
  return `meta l4proto ${protocol} dnat ip to numgen random mod ${endpoints.length} map { ${targets.join(', ')} }`;
}

/**
 * Each endpoint remembers its clients; only a client that nobody remembers, or whose endpoint is gone, is given to any
 * of them.
 */
function addStickyPort(content: ContentBuilder, name: string, rule: PortRule, affinitySeconds: number): void {
  const parts = rule.endpoints.map(({ address, port }) => {
    const suffix = `${name.slice('svc/'.length)}/${address}/${port}`;
    return { chain: `ep/${suffix}`, clients: `seen/${suffix}`, address, port };
  });
  for (const { chain, clients, address, port } of parts) {
    content.set(clients, emptySet('set', 'type ipv4_addr; flags dynamic,timeout;'));
    content.chain(chain, [
      `update @${clients} { ip saddr timeout ${affinitySeconds}s }`,
      `meta l4proto ${rule.protocol} dnat ip to ${address}:${port}`,
    ]);
  }
  const targets = parts.map(({ chain }, index) => `${index} : goto ${chain}`);
  content.chain(name, [
    ...parts.map(({ chain, clients }) => `ip saddr @${clients} goto ${chain}`),
    `numgen random mod ${parts.length} vmap { ${targets.join(', ')} }`,
  ]);
}

function shortId(id: string): string {
  return id.length <= LONGEST_ID ? id : `${id.slice(0, LONGEST_ID - 11)}.${digestOf(id).slice(0, 10)}`;
}

/** Collects parts of a table. Sets of the frame appear with the elements that were added and without a definition. */
class ContentBuilder implements TableContent {
  readonly sets = new Map<string, SetContent & { readonly elements: Map<string, string> }>();
  readonly chains = new Map<string, ChainContent>();

  element(set: string, key: string, value = ''): void {
    let content = this.sets.get(set);
    if (content === undefined) {
      content = { type: value === '' ? 'set' : 'map', definition: '', elements: new Map() };
      this.sets.set(set, content);
    }
    content.elements.set(key, value);
  }

  set(name: string, content: SetContent): void {
    this.sets.set(name, { ...content, elements: new Map(content.elements) });
  }

  chain(name: string, rules: readonly string[]): void {
    this.chains.set(name, { rules });
  }
}
