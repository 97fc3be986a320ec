/**
 * Fields of DNS messages (RFC 1035, 4) that are read or changed in place, so that a message of somebody else is passed
 * on byte for byte. Reading beyond the end gives `undefined`.
 */
const HEADER_BYTES = 12;
const TYPE_OPT = 41;
const TYPE_SOA = 6;

export function idOf(message: Uint8Array): number | undefined {
  return readUint16(message, 0);
}

/** The same message under another id. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[0] = id >>> 8;
  copy[1] = id & 255;
  return copy;
}

export function isResponse(message: Uint8Array): boolean {
  return ((message[2] ?? 0) & 0x80) !== 0;
}

export function isTruncated(message: Uint8Array): boolean {
  return ((message[2] ?? 0) & 0x02) !== 0;
}

export function responseCodeOf(message: Uint8Array): number {
  return (message[3] ?? 0) & 0x0f;
}

/** The bytes of a message's one question, without regard to case; `undefined` when it has not exactly one. */
export function questionOf(message: Uint8Array): string | undefined {
  if (readUint16(message, 4) !== 1) return undefined;
  const end = skipName(message, HEADER_BYTES);
  if (end === undefined || end + 4 > message.length) return undefined;
  return String.fromCharCode(...message.subarray(HEADER_BYTES, end + 4)).toLowerCase();
}

export interface MessageTimes {
  /**
   * How long the whole answer may be kept: the shortest time of its records, and for a denial that of the zone as well
   * (RFC 2308).
   */
  readonly ttlSeconds: number;
  /** Where the times are. */
  readonly offsets: readonly number[];
}

/** The times to live in a response; `undefined` when it is damaged or has none. */
export function timesOf(message: Uint8Array): MessageTimes | undefined {
  let offset = HEADER_BYTES;
  for (let count = readUint16(message, 4) ?? 0; count > 0; count--) {
    const end = skipName(message, offset);
    if (end === undefined) return undefined;
    offset = end + 4;
  }
  const records = [6, 8, 10].reduce((sum, at) => sum + (readUint16(message, at) ?? 0), 0);
  const offsets: number[] = [];
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let count = records; count > 0; count--) {
    const end = skipName(message, offset);
    const type = end === undefined ? undefined : readUint16(message, end);
    const ttl = end === undefined ? undefined : readUint32(message, end + 4);
    const length = end === undefined ? undefined : readUint16(message, end + 8);
    if (end === undefined || ttl === undefined || length === undefined) return undefined;
    offset = end + 10 + length;
    if (offset > message.length) return undefined;
    // This one's time is none, but flags of the transport.
    if (type === TYPE_OPT) continue;
    offsets.push(end + 4);
    ttlSeconds = Math.min(ttlSeconds, ttl);
    if (type === TYPE_SOA) ttlSeconds = Math.min(ttlSeconds, readUint32(message, offset - 4) ?? 0);
  }
  return offsets.length === 0 ? undefined : { ttlSeconds, offsets };
}

/** The message as it is `ageSeconds` later. */
export function aged(message: Uint8Array, { offsets }: MessageTimes, ageSeconds: number): Uint8Array {
  const copy = Uint8Array.from(message);
  const view = new DataView(copy.buffer);
  for (const offset of offsets) view.setUint32(offset, Math.max(0, view.getUint32(offset) - ageSeconds));
  return copy;
}

/** Where a name ends: after its last label, or after the pointer that stands for the rest of it. */
function skipName(message: Uint8Array, start: number): number | undefined {
  let offset = start;
  for (;;) {
    const length = message[offset];
    if (length === undefined) return undefined;
    if (length === 0) return offset + 1;
    if ((length & 0xc0) === 0xc0) return offset + 2;
    if ((length & 0xc0) !== 0) return undefined;
    offset += 1 + length;
  }
}

function readUint16(message: Uint8Array, offset: number): number | undefined {
  const [high, low] = [message[offset], message[offset + 1]];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

function readUint32(message: Uint8Array, offset: number): number | undefined {
  const [high, low] = [readUint16(message, offset), readUint16(message, offset + 2)];
  return high === undefined || low === undefined ? undefined : high * 65_536 + low;
}
