import type { Client } from '../../api/client.ts';
import type { PacketRules, PacketRulesProbe, PodPathState } from '../../host/packet-rules.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { BerthError, messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Random } from '../../lib/random.ts';
import type { PodNetwork } from '../../runtime/runtime.ts';
import type { RuleModel } from '../table-content.ts';
import { NftBackend } from './nft-backend.ts';
import { RelayBackend } from './relay-backend.ts';
import type { RulesBackend } from './rules-backend.ts';
import { ServiceRulesCache } from './service-rules-cache.ts';

export interface ServiceProxyOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly packetRules: PacketRules;
  readonly clusterUid: string;
  readonly nodeName: string;
}

/** Changes that come this close together are programmed together; the first one after a pause is not held up. */
const DEBOUNCE_MS = 50;
/**
 * How often the kernel is asked whether the rules are there, as often as kube-proxy: a firewall's reload flushes them
 * untold.
 */
const VERIFY_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Makes connections to services arrive: follows services and endpoints, and keeps the machine's packet rules equal to
 * them. Level-based: each pass programs the present state, whatever happened in between.
 */
export class ServiceProxy {
  readonly #options: ServiceProxyOptions;
  readonly #cache: ServiceRulesCache;
  #backend: RulesBackend | undefined;
  #network: PodNetwork | undefined;
  #path: PodPathState | undefined;
  #failure: BerthError | undefined;
  #unwatch: (() => void) | undefined;
  /** The pass that runs, or the pause after it. */
  #work: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isDirty = false;
  #isStopped = false;
  #isPathDue = true;
  #retryMs = FIRST_RETRY_MS;

  constructor(options: ServiceProxyOptions) {
    this.#options = options;
    this.#cache = new ServiceRulesCache(options.client, options.nodeName);
  }

  /** Begins with the given network, or goes over to it when the pods have got another one. */
  useNetwork(network: PodNetwork): void {
    this.#network = network;
    this.#isPathDue = true;
    this.#unwatch ??= this.#cache.watch(() => this.#wake());
    this.#wake();
  }

  /** Ends following; what was programmed stays in force, so that connections go on while Berth is replaced. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unwatch?.();
    this.#timer?.cancel();
    await this.#work;
    await this.#backend?.stop();
  }

  problems(): readonly BerthError[] {
    const failure = this.#failure === undefined ? [] : [this.#failure];
    return [...failure, ...(this.#backend?.problems() ?? []), ...this.#pathProblems()];
  }

  /** Says that there is work: it begins at once when none is under way, and else after it. */
  #wake(): void {
    this.#isDirty = true;
    if (this.#isStopped || this.#work !== undefined) return;
    this.#timer?.cancel();
    this.#work = new Promise((resolve) => {
      // What belongs to the same commit is seen first.
      this.#options.clock.defer(() => void this.#pass().then(resolve));
    });
  }

  async #pass(): Promise<void> {
    const { clock, logger } = this.#options;
    let pauseMs = DEBOUNCE_MS;
    const startMs = clock.monotonicMs();
    this.#isDirty = false;
    try {
      await this.#program();
      if (this.#failure !== undefined) logger.info('The rules of the services are in force again');
      this.#failure = undefined;
      this.#retryMs = FIRST_RETRY_MS;
    } catch (error) {
      this.#noteFailure(error);
      pauseMs = this.#retryMs;
      this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
      this.#isDirty = true;
    }
    if (this.#isStopped) return;
    this.#timer = clock.setTimer(Math.max(0, pauseMs - (clock.monotonicMs() - startMs)), () => this.#afterPause());
  }

  /** Until here changes were only noted. */
  #afterPause(): void {
    this.#work = undefined;
    if (this.#isDirty) return this.#wake();
    this.#timer = this.#options.clock.setTimer(VERIFY_MS, () => this.#verify());
  }

  /** Everything on the machine that the rules need is looked at again, and so are the rules. */
  #verify(): void {
    this.#isPathDue = true;
    const check = async () => {
      if (this.#backend instanceof RelayBackend && (await this.#options.packetRules.probe()).usable) {
        await this.#backend.stop();
        this.#backend = undefined;
      }
      const isInForce = await this.#backend?.verify().catch(() => false);
      if (isInForce === false) this.#options.logger.warn('Rules of the services were gone; they are set anew');
    };
    this.#work = check().then(() => {
      this.#work = undefined;
      this.#wake();
    });
  }

  async #program(): Promise<void> {
    const { client, packetRules, clusterUid } = this.#options;
    const network = this.#network;
    if (network === undefined) return;
    const services = this.#cache.current();
    await client.durable();
    this.#backend ??= await this.#chooseBackend();
    if (this.#isPathDue && this.#backend instanceof NftBackend) {
      this.#isPathDue = false;
      this.#path = await packetRules.openPath({
        clusterUid,
        bridge: network.bridge,
        podCidr: network.cidr,
        gateway: network.gateway,
      });
    }
    const model: RuleModel = {
      network: {
        bridge: network.bridge,
        podCidr: network.cidr,
        bridgeFiltered: this.#path?.bridgeFiltered ?? false,
      },
      services,
    };
    if (!this.#isStopped) await this.#backend.apply(model);
  }

  async #chooseBackend(): Promise<RulesBackend> {
    const { packetRules, clusterUid, random, logger } = this.#options;
    const probe = await packetRules.probe();
    if (probe.usable) return new NftBackend(packetRules, clusterUid);
    const why = new BerthError('PacketRulesMissing', { object: 'services', detail: detailOf(probe) });
    logger.warn('Services are carried by Berth itself', { problem: why.message });
    return new RelayBackend({ packetRules, random, why });
  }

  #noteFailure(error: unknown): void {
    const failure =
      error instanceof BerthError
        ? error
        : new BerthError('PacketRulesFailed', {
            object: 'services',
            verb: 'apply',
            detail: messageOf(error),
            cause: error,
          });
    if (this.#failure?.message !== failure.message) {
      this.#options.logger.error('The rules of the services could not be set', { problem: failure.message });
    }
    this.#failure = failure;
  }

  #pathProblems(): readonly BerthError[] {
    const path = this.#path;
    if (path === undefined || !(this.#backend instanceof NftBackend)) return [];
    const cause = path.details.length === 0 ? '' : ` (${path.details.join('; ')})`;
    const missing = [
      path.bridgeFiltered ? '' : 'pods do not see which pod calls them through a service',
      path.hairpin || !path.bridgeFiltered ? '' : 'a pod cannot reach itself through a service',
      path.localhost ? '' : 'node ports do not answer on 127.0.0.1',
      path.forwarding ? '' : 'node ports do not answer to other machines',
      path.names ? '' : 'a firewall may keep pods from their name server',
    ].filter((text) => text !== '');
    if (missing.length === 0) return [];
    return [new BerthError('PodPathIncomplete', { object: 'services', detail: `${missing.join(', ')}${cause}` })];
  }
}

function detailOf(probe: Exclude<PacketRulesProbe, { readonly usable: true }>): string {
  const limits = 'only TCP is carried, callers appear as this machine, and addresses of services may not answer';
  return `${probe.detail}; ${limits}`;
}
