import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import type { DnsExchangeOptions, DnsListener, DnsQuery, DnsSockets, DnsTransport } from '../dns-socket.ts';

export interface SimDnsSocketsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** What a name server of the outside answers; silence by default. */
  readonly answer?: (server: string, message: Uint8Array, transport: DnsTransport) => Uint8Array | undefined;
  readonly upstreams?: readonly string[];
  /** Errors of `listen`, by the operating system's code. */
  readonly refuse?: () => string | undefined;
  /** Addresses of the machine; none by default. */
  readonly ownAddresses?: readonly string[];
}

/** Name servers' sockets of the simulated world. */
export class SimDnsSockets implements DnsSockets {
  readonly #options: SimDnsSocketsOptions;
  readonly #listeners = new Map<string, (query: DnsQuery) => void>();

  constructor(options: SimDnsSocketsOptions) {
    this.#options = options;
  }

  async listen(address: string, port: number, onQuery: (query: DnsQuery) => void): Promise<DnsListener> {
    await this.#delay();
    const key = `${address}:${port}`;
    const code = this.#options.refuse?.() ?? (this.#listeners.has(key) ? 'EADDRINUSE' : undefined);
    if (code !== undefined) throw Object.assign(new Error(`bind ${code} ${key}`), { code });
    this.#listeners.set(key, onQuery);
    return { close: async () => void this.#listeners.delete(key) };
  }

  async exchange(server: string, message: Uint8Array, options: DnsExchangeOptions): Promise<Uint8Array> {
    await this.#delay();
    const answer = this.#options.answer?.(server, message, options.transport);
    if (answer !== undefined && options.isAnswer(answer)) return answer;
    await sleep(this.#options.clock, options.timeoutMs);
    throw new Error(`${server} did not answer within ${options.timeoutMs} ms`);
  }

  async upstreams(): Promise<readonly string[]> {
    return this.#options.upstreams ?? [];
  }

  /** Asks a name server of the simulated world; resolves with its answer, never when there is none. */
  async ask(
    place: { readonly address: string; readonly port: number; readonly clientAddress: string },
    message: Uint8Array,
    transport: DnsTransport = 'udp',
  ): Promise<Uint8Array> {
    await this.#delay();
    const onQuery = this.#listeners.get(`${place.address}:${place.port}`);
    return new Promise((resolve) =>
      onQuery?.({
        message,
        transport,
        clientAddress: place.clientAddress,
        isFromThisMachine: () => this.#options.ownAddresses?.includes(place.clientAddress) === true,
        reply: resolve,
      }),
    );
  }

  #delay(): Promise<void> {
    return sleep(this.#options.clock, randomInteger(this.#options.random, 0, 2));
  }
}
