import type { DnsSockets, DnsTransport } from '../../host/dns-socket.ts';
import type { Clock } from '../../lib/clock.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { Random } from '../../lib/random.ts';
import {
  aged,
  idOf,
  isResponse,
  isTruncated,
  type MessageTimes,
  questionOf,
  responseCodeOf,
  timesOf,
  withId,
} from './message-bytes.ts';

export interface ForwarderOptions {
  readonly sockets: DnsSockets;
  readonly clock: Clock;
  readonly random: Random;
}

interface CachedAnswer {
  readonly message: Uint8Array;
  readonly times: MessageTimes;
  readonly storedMs: number;
  readonly keepMs: number;
}

/** How long the host's list of name servers counts as fresh. */
const UPSTREAMS_MS = 10_000;
const SERVER_FAILURE = 2;
const NAME_ERROR = 3;

/**
 * Asks the host's own name servers for what is not the cluster's, one after the other, and keeps what they say for a
 * short while. Messages are passed on byte for byte, under an id that only this query has.
 */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache = new Map<string, CachedAnswer>();
  #running = 0;
  #upstreams: { readonly servers: readonly string[]; readonly readMs: number } | undefined;
  /** The server that answered last is asked first. */
  #preferred: string | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the answer to a query, under the query's own id; rejects with the last reason when no server gives
   * one.
   */
  async forward(query: Uint8Array, transport: DnsTransport): Promise<Uint8Array> {
    const id = idOf(query);
    const question = questionOf(query);
    if (id === undefined || question === undefined) throw new Error('the query has no single question');
    const key = `${transport} ${String.fromCharCode(...query.subarray(2))}`;
    const cached = this.#fromCache(key);
    if (cached !== undefined) return withId(cached, id);
    if (this.#running >= LIMITS.dnsParallelForwards) throw new Error('too many queries are under way');
    this.#running++;
    try {
      const answer = await this.#askAll(query, question, transport);
      this.#keep(key, answer);
      return withId(answer, id);
    } finally {
      this.#running--;
    }
  }

  async #askAll(query: Uint8Array, question: string, transport: DnsTransport): Promise<Uint8Array> {
    const servers = await this.#servers();
    let reason: unknown = new Error('this machine has no name servers');
    let refusal: Uint8Array | undefined;
    for (const server of servers) {
      try {
        const answer = await this.#ask(server, query, question, transport);
        if (isUseful(answer)) {
          this.#preferred = server;
          return answer;
        }
        refusal ??= answer;
      } catch (error) {
        reason = error;
      }
    }
    if (refusal !== undefined) return refusal;
    throw reason;
  }

  #ask(server: string, query: Uint8Array, question: string, transport: DnsTransport): Promise<Uint8Array> {
    const id = this.#options.random.nextUint32() & 0xffff;
    return this.#options.sockets.exchange(server, withId(query, id), {
      transport,
      timeoutMs: LIMITS.dnsForwardMs,
      isAnswer: (message) => idOf(message) === id && isResponse(message) && questionOf(message) === question,
    });
  }

  async #servers(): Promise<readonly string[]> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#upstreams === undefined || nowMs - this.#upstreams.readMs > UPSTREAMS_MS) {
      this.#upstreams = { servers: await this.#options.sockets.upstreams(), readMs: nowMs };
    }
    const { servers } = this.#upstreams;
    const preferred = servers.filter((server) => server === this.#preferred);
    return [...preferred, ...servers.filter((server) => server !== this.#preferred)];
  }

  #fromCache(key: string): Uint8Array | undefined {
    const entry = this.#cache.get(key);
    if (entry === undefined) return undefined;
    const ageMs = this.#options.clock.monotonicMs() - entry.storedMs;
    if (ageMs < entry.keepMs) return aged(entry.message, entry.times, Math.floor(ageMs / 1_000));
    this.#cache.delete(key);
    return undefined;
  }

  #keep(key: string, message: Uint8Array): void {
    const times = isTruncated(message) || !isUseful(message) ? undefined : timesOf(message);
    if (times === undefined || times.ttlSeconds === 0) return;
    const keepMs = Math.min(LIMITS.dnsCacheMs, times.ttlSeconds * 1_000);
    this.#cache.delete(key);
    this.#cache.set(key, { message, times, storedMs: this.#options.clock.monotonicMs(), keepMs });
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > LIMITS.dnsCacheEntries && oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** Another server may know more than one that fails or refuses; that a name does not exist is an answer. */
function isUseful(answer: Uint8Array): boolean {
  const code = responseCodeOf(answer);
  return code < SERVER_FAILURE || code === NAME_ERROR;
}
