import type { Client } from '../../api/client.ts';
import type { DnsListener, DnsSockets } from '../../host/dns-socket.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Random } from '../../lib/random.ts';
import type { PodNetwork } from '../../runtime/runtime.ts';
import { DnsServer } from './dns-server.ts';
import { Forwarder } from './forwarder.ts';
import { ZoneIndex } from './zone-index.ts';

export interface NameServiceOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly sockets: DnsSockets;
  readonly clusterDomain: string;
  readonly serviceCidr: string;
}

const RETRY_MS = 2_000;

/**
 * Keeps the pods' name server listening on the gateway of their network, which exists only while the engine has made
 * the bridge.
 */
export class NameService {
  readonly #options: NameServiceOptions;
  readonly #zone: ZoneIndex;
  readonly #forwarder: Forwarder;
  #unwatch: (() => void) | undefined;
  #listener: DnsListener | undefined;
  #attempt: Promise<void> | undefined;
  #timer: Timer | undefined;
  #problem: BerthError | undefined;
  #network: PodNetwork | undefined;
  #isStopped = false;

  constructor(options: NameServiceOptions) {
    this.#options = options;
    this.#zone = new ZoneIndex(options.client);
    this.#forwarder = new Forwarder(options);
  }

  /** Begins to answer there, and leaves the place where it answered before. */
  useNetwork(network: PodNetwork): void {
    this.#unwatch ??= this.#zone.watch();
    this.#network = network;
    this.#timer?.cancel();
    this.#attempt = (this.#attempt ?? Promise.resolve()).then(() => this.#listen(network));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#unwatch?.();
    await this.#attempt;
    await this.#listener?.close();
    this.#listener = undefined;
  }

  problems(): readonly BerthError[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  async #listen(network: PodNetwork): Promise<void> {
    const { client, clock, logger, sockets, clusterDomain, serviceCidr } = this.#options;
    if (this.#isStopped || network !== this.#network) return;
    await this.#listener?.close();
    this.#listener = undefined;
    const server = new DnsServer({
      zone: this.#zone,
      settings: { clusterDomain, serviceCidr, podCidr: network.cidr },
      forwarder: this.#forwarder,
      logger,
      durable: () => client.durable(),
    });
    try {
      this.#listener = await server.listen(sockets, network.gateway);
      if (this.#problem !== undefined) logger.info('The name server of the pods listens again');
      this.#problem = undefined;
    } catch (error) {
      this.#noteProblem(network, error);
      if (this.#isStopped) return;
      this.#timer = clock.setTimer(RETRY_MS, () => {
        this.#attempt = this.#listen(network);
      });
    }
  }

  #noteProblem({ gateway, bridge }: PodNetwork, cause: unknown): void {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const [detail, help] = explain(String(code), gateway, bridge) ?? [messageOf(cause), undefined];
    const problem = new BerthError('DnsUnavailable', {
      object: `${gateway}:53`,
      verb: 'listen',
      detail,
      cause,
      ...(help === undefined ? {} : { help }),
    });
    if (this.#problem?.message !== problem.message) {
      this.#options.logger.error('The name server of the pods cannot listen', { problem: problem.message });
    }
    this.#problem = problem;
  }
}

/** What is wrong and what to do about it, for the errors that are to be expected. */
function explain(code: string, gateway: string, bridge: string): readonly [string, string] | undefined {
  if (code === 'EADDRINUSE') {
    const detail = 'another name server listens on port 53 of every address, or of this one';
    return [
      detail,
      `find it with "ss -lnp sport = :53" and keep it off ${bridge} (dnsmasq: bind-dynamic and except-interface=${bridge})`,
    ];
  }
  if (code === 'EADDRNOTAVAIL') {
    return [`this machine does not have the address ${gateway} now`, 'start Docker; Berth tries again by itself'];
  }
  if (code === 'EACCES') return ['port 53 is not for this user', 'run Berth as root'];
  return undefined;
}
