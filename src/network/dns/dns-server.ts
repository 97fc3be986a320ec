import dnsPacket from 'dns-packet';
import type { DnsListener, DnsQuery, DnsSockets } from '../../host/dns-socket.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { isInCidr } from '../ipv4.ts';
import { answerQuery, type DnsAnswer, type DnsRecord, type ZoneSettings } from './answer-query.ts';
import { encodeResponse, type ParsedQuery, parseQuery, RCODE, rejection } from './dns-message.ts';
import type { Forwarder } from './forwarder.ts';
import { isResponse } from './message-bytes.ts';
import type { ZoneData } from './zone-data.ts';

export interface DnsServerOptions {
  readonly zone: ZoneData;
  readonly settings: ZoneSettings;
  readonly forwarder: Forwarder;
  readonly logger: Logger;
  /** Resolves once what the zone says now is on disk. */
  readonly durable: () => Promise<void>;
}

const DNS_PORT = 53;
/** Names that stand for names: more of them than this are a circle. */
const LONGEST_CHAIN = 8;

/**
 * The name server of the pods: answers for the cluster, and passes everything else on to the host's own name servers.
 */
export class DnsServer {
  readonly #options: DnsServerOptions;
  #turn = 0;

  constructor(options: DnsServerOptions) {
    this.#options = options;
  }

  /** Rejects with the operating system's error. */
  listen(sockets: DnsSockets, address: string): Promise<DnsListener> {
    return sockets.listen(address, DNS_PORT, (query) => {
      this.#handle(query).then(
        (answer) => {
          if (answer !== undefined) query.reply(answer);
        },
        (error: unknown) => this.#options.logger.warn('A DNS query failed', { problem: messageOf(error) }),
      );
    });
  }

  /** `undefined` where silence is the right answer: to strangers, and to answers, which would go back and forth. */
  async #handle(query: DnsQuery): Promise<Uint8Array | undefined> {
    if (!this.#isKnown(query) || query.message.length < 12 || isResponse(query.message)) return undefined;
    const parsed = parseQuery(query.message, query.transport);
    if (typeof parsed === 'number') return rejection(query.message, parsed);
    const answer = answerQuery(parsed.question, this.#options.zone, this.#options.settings);
    if (answer.type === 'foreign') {
      return this.#options.forwarder
        .forward(query.message, query.transport)
        .catch(() => rejection(query.message, RCODE.serverFailure));
    }
    await this.#options.durable();
    if (answer.type === 'alias') return this.#followAlias(parsed, answer);
    return this.#encode(parsed, answer);
  }

  #isKnown(query: DnsQuery): boolean {
    return isInCidr(query.clientAddress, this.#options.settings.podCidr) || query.isFromThisMachine();
  }

  #encode(parsed: ParsedQuery, answer: Exclude<DnsAnswer, { type: 'foreign' | 'alias' }>): Uint8Array {
    const domain = this.#options.settings.clusterDomain;
    if (answer.type !== 'records') {
      const rcode = answer.type === 'nameError' ? RCODE.nameError : RCODE.noError;
      return encodeResponse(parsed, { rcode, answers: [], additionals: [], denialOf: domain });
    }
    return encodeResponse(parsed, {
      rcode: RCODE.noError,
      answers: this.#rotate(answer.records),
      additionals: answer.additionals,
    });
  }

  /** Clients take the first address: each gets another one. */
  #rotate(records: readonly DnsRecord[]): readonly DnsRecord[] {
    this.#turn++;
    const start = this.#turn % Math.max(1, records.length);
    return [...records.slice(start), ...records.slice(0, start)];
  }

  /**
   * "ExternalName … the Service is resolved by a CNAME record": clients want the addresses with it, so that the name it
   * stands for is looked up here, in the cluster or outside.
   */
  async #followAlias(parsed: ParsedQuery, alias: Extract<DnsAnswer, { type: 'alias' }>): Promise<Uint8Array> {
    const { zone, settings, forwarder } = this.#options;
    const chain: DnsRecord[] = [alias.record];
    let target = alias.target;
    while (parsed.question.type !== 'CNAME' && chain.length < LONGEST_CHAIN) {
      const next = answerQuery({ name: target, type: parsed.question.type }, zone, settings);
      if (next.type === 'alias') {
        chain.push(next.record);
        target = next.target;
      } else if (next.type === 'records') {
        const { records, additionals } = next;
        return encodeResponse(parsed, { rcode: RCODE.noError, answers: [...chain, ...records], additionals });
      } else if (next.type === 'foreign') {
        const question = dnsPacket.encode({
          type: 'query',
          flags: dnsPacket.RECURSION_DESIRED,
          questions: [{ ...parsed.packetQuestion, name: target }],
        });
        const reply = await forwarder.forward(question, 'udp').catch(() => undefined);
        if (reply === undefined) return rejection(parsed.message, RCODE.serverFailure);
        return encodeResponse(parsed, { rcode: RCODE.noError, answers: chain, additionals: [], foreign: reply });
      } else break;
    }
    if (chain.length === LONGEST_CHAIN) return rejection(parsed.message, RCODE.serverFailure);
    return encodeResponse(parsed, { rcode: RCODE.noError, answers: chain, additionals: [] });
  }
}
