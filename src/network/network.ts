import type { Client } from '../api/client.ts';
import type { DnsSockets } from '../host/dns-socket.ts';
import type { PacketRules } from '../host/packet-rules.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { BerthError } from '../lib/errors.ts';
import { jsonEqual } from '../lib/json.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { PodNetwork } from '../runtime/runtime.ts';
import { NameService } from './dns/name-service.ts';
import { ServiceProxy } from './proxy/service-proxy.ts';
import { removeNetwork } from './remove-network.ts';

export interface NetworkOptions {
  /** Acts as `system:kube-proxy`; nothing is written. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly packetRules: PacketRules;
  readonly dnsSockets: DnsSockets;
  readonly clusterUid: string;
  readonly nodeName: string;
  /** Range of the services' addresses. */
  readonly serviceCidr: string;
  /** `cluster.local`. */
  readonly clusterDomain: string;
  /** The pods' network, once the engine has made it. */
  readonly podNetwork: () => PodNetwork | undefined;
}

/** How soon the pods' network is noticed at first, and how soon a change of it later on. */
const FIRST_LOOK_MS = 100;
const LATER_LOOK_MS = 10_000;

export function createNetwork(options: NetworkOptions): Network {
  return new Network(options);
}

/**
 * The network of the cluster on this machine: addresses of services, and names. Both begin when the pods' network is
 * known.
 */
export class Network {
  readonly #options: NetworkOptions;
  readonly #proxy: ServiceProxy;
  readonly #names: NameService;
  #network: PodNetwork | undefined;
  #timer: Timer | undefined;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#proxy = new ServiceProxy(options);
    this.#names = new NameService({ ...options, sockets: options.dnsSockets });
  }

  /** Begins, and goes on by itself; what cannot be done now is tried again. */
  start(): void {
    this.#look();
  }

  #look(): void {
    const { clock, podNetwork } = this.#options;
    const network = podNetwork();
    if (network !== undefined && !jsonEqual(network, this.#network)) {
      this.#network = network;
      this.#names.useNetwork(network);
      this.#proxy.useNetwork(network);
    }
    this.#timer = clock.setTimer(this.#network === undefined ? FIRST_LOOK_MS : LATER_LOOK_MS, () => this.#look());
  }

  /**
   * Ends following the API and answering names. Packet rules stay in force: pods reach each other while Berth is being
   * replaced.
   */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#names.stop();
    await this.#proxy.stop();
  }

  /** Takes back every rule that carries the cluster's uid. Call it after `stop`. */
  removeEverything(): Promise<void> {
    return removeNetwork(this.#options.packetRules, this.#options.clusterUid);
  }

  /** What does not work now, each with its remedy. */
  problems(): readonly BerthError[] {
    return [...this.#proxy.problems(), ...this.#names.problems()];
  }
}
