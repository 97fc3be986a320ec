/**
 * The cluster's network on this machine: connections to services arrive at their endpoints, and names of services are
 * answered.
 *
 * Flow of the proxy: a service or endpoint changes → `computeServiceRules` (pure) for that service → `renderChange`
 * (pure) into one transaction of nft → once the change is durable, the kernel has it. The first time, and whenever the
 * table is not as it was left, `renderReplacement` sets all of it at once. Without packet rules, `RelayBackend` carries
 * TCP in this process. Flow of a name: `parseQuery` → `answerQuery` (pure) over an index that watches keep → answer, or
 * the host's own name servers.
 *
 * It must not know Git, controllers or the engine; it sees the pods' network as a bridge and a range.
 */
export { computeServiceRules, type Endpoint, type PortRule, type ServiceRules } from './compute-rules.ts';
export { createNetwork, type Network, type NetworkOptions } from './network.ts';
export { removeNetwork } from './remove-network.ts';
export { renderChange, renderReplacement, tableNameOf } from './render-nft.ts';
export type { PacketNetwork, RuleModel } from './table-content.ts';
