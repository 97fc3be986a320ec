import { badRequest } from '../../failures.ts';

/** One field as it lies in a message: its number, and its number or its bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/**
 * The fields of a message in the protobuf encoding, in order (protobuf.dev, Encoding). Throws `BadRequest` where it is
 * none.
 */
export function readWireFields(message: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  const reader = new WireReader(message);
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        fields.push({ number, value: reader.varint() });
        break;
      case BYTES:
        fields.push({ number, value: reader.bytes(Number(reader.varint())) });
        break;
      case FIXED_64:
        fields.push({ number, value: reader.bytes(8) });
        break;
      case FIXED_32:
        fields.push({ number, value: reader.bytes(4) });
        break;
      default:
        throw malformed();
    }
  }
  return fields;
}

class WireReader {
  readonly #message: Uint8Array;
  #at = 0;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#message.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) throw malformed();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (!(length >= 0) || end > this.#message.length) throw malformed();
    const found = this.#message.subarray(this.#at, end);
    this.#at = end;
    return found;
  }
}

function malformed() {
  return badRequest('the request body is no protobuf message');
}
