import type { PacketRules, Relay } from '../../host/packet-rules.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import { type Random, randomItem } from '../../lib/random.ts';
import type { PortRule } from '../compute-rules.ts';
import type { RuleModel } from '../table-content.ts';
import type { RulesBackend } from './rules-backend.ts';

const ANY_ADDRESS = '0.0.0.0';
/** Clients whose endpoint is remembered for one port; the first ones are forgotten. */
const REMEMBERED_CLIENTS = 10_000;

/**
 * Services without packet rules: this process listens on node ports, and on services' addresses where the machine lets
 * it, and passes TCP connections on. What is lost: the address of the caller, UDP and SCTP, services' addresses without
 * the right to add them to the pods' bridge, and connections while Berth does not run.
 */
export class RelayBackend implements RulesBackend {
  readonly #packetRules: PacketRules;
  readonly #random: Random;
  /** Why this backend is in use. */
  readonly #why: BerthError;
  readonly #relays = new Map<string, { readonly relay: Relay; rule: PortRule; readonly seen: Map<string, string> }>();
  #failures: readonly BerthError[] = [];

  constructor(options: { readonly packetRules: PacketRules; readonly random: Random; readonly why: BerthError }) {
    this.#packetRules = options.packetRules;
    this.#random = options.random;
    this.#why = options.why;
  }

  async apply({ services, network }: RuleModel): Promise<void> {
    const wanted = new Map<string, { readonly rule: PortRule; readonly address: string; readonly port: number }>();
    const failures: BerthError[] = [];
    for (const rule of [...services.values()].flatMap(({ ports }) => ports)) {
      if (rule.protocol !== 'tcp') {
        failures.push(failure(rule, `${rule.protocol} needs packet rules`, this.#why.help));
        continue;
      }
      const places = [
        ...(rule.clusterIp === undefined ? [] : [{ address: rule.clusterIp, port: rule.port }]),
        ...(rule.nodePort === undefined ? [] : [{ address: ANY_ADDRESS, port: rule.nodePort }]),
      ];
      for (const place of places) wanted.set(`${place.address}:${place.port}`, { rule, ...place });
    }
    for (const [key, { relay }] of this.#relays) {
      if (wanted.has(key)) continue;
      this.#relays.delete(key);
      await relay.close();
    }
    for (const [key, { rule, address, port }] of wanted) {
      const present = this.#relays.get(key);
      if (present !== undefined) {
        present.rule = rule;
        continue;
      }
      try {
        await this.#open(key, rule, { address, port, interface: network.bridge });
      } catch (error) {
        failures.push(failure(rule, `${key}: ${messageOf(error)}`));
      }
    }
    this.#failures = failures;
  }

  async #open(
    key: string,
    rule: PortRule,
    place: { readonly address: string; readonly port: number; readonly interface: string },
  ): Promise<void> {
    const pick = (clientAddress: string) => {
      const entry = this.#relays.get(key);
      return entry === undefined ? undefined : this.#pick(entry, clientAddress);
    };
    const relay = await this.#packetRules.relay({ ...place, pick });
    this.#relays.set(key, { relay, rule, seen: new Map() });
  }

  /** With session affinity a client keeps its endpoint while this process runs. */
  #pick({ rule, seen }: { readonly rule: PortRule; readonly seen: Map<string, string> }, clientAddress: string) {
    if (rule.endpoints.length === 0) return undefined;
    const kept = rule.endpoints.find(({ address, port }) => seen.get(clientAddress) === `${address}:${port}`);
    if (kept !== undefined) return kept;
    const endpoint = randomItem(this.#random, rule.endpoints);
    if (rule.affinitySeconds === undefined) return endpoint;
    seen.set(clientAddress, `${endpoint.address}:${endpoint.port}`);
    const [oldest] = seen.keys();
    if (seen.size > REMEMBERED_CLIENTS && oldest !== undefined) seen.delete(oldest);
    return endpoint;
  }

  async verify(): Promise<boolean> {
    // What could not be opened is tried again.
    return this.#failures.length === 0;
  }

  problems(): readonly BerthError[] {
    return [this.#why, ...this.#failures];
  }

  async stop(): Promise<void> {
    const open = [...this.#relays.values()];
    this.#relays.clear();
    for (const { relay } of open) await relay.close();
  }
}

function failure({ id }: PortRule, detail: string, help?: string): BerthError {
  return new BerthError('NodePortBusy', {
    object: `Service/${id.split('/').slice(0, 2).join('/')}`,
    detail,
    ...(help === undefined ? {} : { help }),
  });
}
