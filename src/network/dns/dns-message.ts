import dnsPacket, { type Answer, type OptAnswer, type Question } from 'dns-packet';
import type { DnsTransport } from '../../host/dns-socket.ts';
import type { DnsQuestion, DnsRecord } from './answer-query.ts';

/** Response codes of RFC 1035, 4.1.1. */
export const RCODE = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** Short, because endpoints come and go. */
const TTL_SECONDS = 5;
/** What a client takes that does not say more (RFC 1035, 4.2.1). */
const PLAIN_UDP_BYTES = 512;
/** What passes any network in one piece (DNS flag day 2020). */
const LARGEST_UDP_BYTES = 1232;
const LARGEST_TCP_BYTES = 65_535;
/** An address under a name that is a pointer. */
const SMALLEST_RECORD_BYTES = 16;

export interface ParsedQuery {
  readonly message: Uint8Array;
  readonly id: number;
  readonly question: DnsQuestion;
  readonly packetQuestion: Question;
  readonly wantsRecursion: boolean;
  /** Whether the client speaks EDNS and gets an OPT record back. */
  readonly hasEdns: boolean;
  readonly maxBytes: number;
}

/** A query in a form that can be answered, or the response code that it gets instead. */
export function parseQuery(message: Uint8Array, transport: DnsTransport): ParsedQuery | number {
  if ((((message[2] ?? 0) >> 3) & 0x0f) !== 0) return RCODE.notImplemented;
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(bufferOf(message));
  } catch {
    return RCODE.formatError;
  }
  const [question] = packet.questions ?? [];
  if (question === undefined || packet.questions?.length !== 1) return RCODE.formatError;
  if (question.class !== 'IN' && question.class !== 'ANY') return RCODE.refused;
  const edns = packet.additionals?.find((record): record is OptAnswer => record.type === 'OPT');
  const udpBytes = Math.min(LARGEST_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, edns?.udpPayloadSize ?? 0));
  return {
    message,
    id: packet.id ?? 0,
    question: { name: question.name, type: question.type },
    packetQuestion: question,
    wantsRecursion: packet.flag_rd,
    hasEdns: edns !== undefined,
    maxBytes: transport === 'tcp' ? LARGEST_TCP_BYTES : udpBytes,
  };
}

export interface ResponseContent {
  readonly rcode: number;
  readonly answers: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  /** The zone that says that there is nothing. */
  readonly denialOf?: string;
  /** Another server's response, whose code and answers are added to these. */
  readonly foreign?: Uint8Array;
}

/** The response to a query. What does not fit is left out, and the client told to come again over TCP. */
export function encodeResponse(query: ParsedQuery, content: ResponseContent): Uint8Array {
  const foreign = content.foreign === undefined ? undefined : dnsPacket.decode(bufferOf(content.foreign));
  const rcode = foreign === undefined ? content.rcode : (foreign.flags ?? 0) & 0x0f;
  const answers = [...content.answers.map(toPacket), ...(foreign?.answers ?? [])];
  const authority = content.denialOf === undefined ? [] : [soaOf(content.denialOf)];
  const edns = query.hasEdns ? [EDNS] : [];
  const build = (kept: readonly Answer[], additionals: readonly Answer[], isTruncated: boolean): dnsPacket.Packet => ({
    type: 'response',
    id: query.id,
    flags:
      (foreign === undefined ? dnsPacket.AUTHORITATIVE_ANSWER : 0) |
      dnsPacket.RECURSION_AVAILABLE |
      (query.wantsRecursion ? dnsPacket.RECURSION_DESIRED : 0) |
      (isTruncated ? dnsPacket.TRUNCATED_RESPONSE : 0) |
      rcode,
    questions: [query.packetQuestion],
    answers: [...kept],
    authorities: authority,
    additionals: [...additionals, ...edns],
  });
  const fits = (packet: dnsPacket.Packet) => dnsPacket.encodingLength(packet) <= query.maxBytes;
  const whole = build(answers, content.additionals.map(toPacket), false);
  if (fits(whole)) return dnsPacket.encode(whole);
  const withoutExtras = build(answers, [], false);
  if (fits(withoutExtras)) return dnsPacket.encode(withoutExtras);
  let kept = Math.min(answers.length, Math.floor(query.maxBytes / SMALLEST_RECORD_BYTES));
  while (kept > 0 && !fits(build(answers.slice(0, kept), [], true))) kept--;
  return dnsPacket.encode(build(answers.slice(0, kept), [], true));
}

/**
 * A response without content to a message that may be damaged: its id, its flags and, where there is one, its question.
 */
export function rejection(message: Uint8Array, rcode: number): Uint8Array {
  let questions: Question[] = [];
  try {
    questions = dnsPacket.decode(bufferOf(message)).questions ?? [];
  } catch {
    // It is answered without its question.
  }
  const response = dnsPacket.encode({
    type: 'response',
    id: (message[0] ?? 0) * 256 + (message[1] ?? 0),
    flags: ((message[2] ?? 0) & 0x79) * 256 + dnsPacket.RECURSION_AVAILABLE + rcode,
    questions: questions.slice(0, 1),
  });
  return response;
}

const EDNS: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: LARGEST_UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

function toPacket(record: DnsRecord): Answer {
  return { ...record, class: 'IN', ttl: TTL_SECONDS };
}

/** Says how long a denial holds (RFC 2308): as long as a record. */
function soaOf(zone: string): Answer {
  return {
    type: 'SOA',
    name: zone,
    class: 'IN',
    ttl: TTL_SECONDS,
    data: {
      mname: `ns.dns.${zone}`,
      rname: `hostmaster.${zone}`,
      serial: 1,
      refresh: 7_200,
      retry: 1_800,
      expire: 86_400,
      minimum: TTL_SECONDS,
    },
  };
}

function bufferOf(message: Uint8Array): Buffer {
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}
