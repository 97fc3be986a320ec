import { createInflate } from 'node:zlib';
import { LIMITS } from '../../../../lib/limits.ts';
import { SpdyError } from './frames.ts';
import { HEADER_DICTIONARY } from './header-dictionary.ts';

/**
 * Reads the header blocks of one connection, which are one deflate stream ("all header blocks are compressed with the
 * same context", SPDY/3, 2.6.10.1): each has to be read, and in their order.
 */
export class HeaderDecoder {
  readonly #inflate = createInflate({ dictionary: HEADER_DICTIONARY });
  #chunks: Buffer[] = [];
  #bytes = 0;
  #fail: (error: Error) => void = () => {};

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= LIMITS.spdyHeaderBytes) this.#chunks.push(chunk);
    });
    this.#inflate.on('error', (error) =>
      this.#fail(new SpdyError(`a header block that cannot be read: ${error.message}`)),
    );
  }

  /** Names are in lower case, as the protocol asks for. Rejects with a `SpdyError`. */
  async decode(block: Buffer): Promise<ReadonlyMap<string, string>> {
    if (block.length > LIMITS.spdyHeaderBytes) throw new SpdyError(`a header block of ${block.length} bytes`);
    this.#chunks = [];
    this.#bytes = 0;
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      // What was read of the block is handed out by the turn after the one that has taken it in.
      this.#inflate.write(block, () => setImmediate(resolve));
    });
    if (this.#bytes > LIMITS.spdyHeaderBytes)
      throw new SpdyError(`a header block of more than ${LIMITS.spdyHeaderBytes} bytes`);
    return parsePairs(Buffer.concat(this.#chunks));
  }

  close(): void {
    this.#fail = () => {};
    this.#inflate.destroy();
  }
}

function parsePairs(bytes: Buffer): ReadonlyMap<string, string> {
  let offset = 0;
  const number = () => {
    if (offset + 4 > bytes.length) throw new SpdyError('a header block that ends early');
    offset += 4;
    return bytes.readUInt32BE(offset - 4);
  };
  const text = () => {
    const length = number();
    if (offset + length > bytes.length) throw new SpdyError('a header block that ends early');
    offset += length;
    return bytes.toString('utf8', offset - length, offset);
  };
  const pairs = new Map<string, string>();
  for (let left = number(); left > 0; left--) pairs.set(text(), text());
  return pairs;
}

/** The head of a zlib stream without a dictionary, compressed with the least effort. */
const ZLIB_HEAD = Buffer.from([0x78, 0x01]);
/**
 * A block of zlib that is stored as it is, with 4 bytes: the number of headers, none. The empty block after it is what
 * a flush writes; without it a reader in Go looks for the next block at once.
 */
const NO_HEADERS = Buffer.from([0x00, 0x04, 0x00, 0xfb, 0xff, 0, 0, 0, 0, 0x00, 0x00, 0x00, 0xff, 0xff]);

/** Writes the header blocks of one connection. All that Berth answers with has no headers. */
export class HeaderEncoder {
  #isFirst = true;

  empty(): Buffer {
    const block = this.#isFirst ? Buffer.concat([ZLIB_HEAD, NO_HEADERS]) : NO_HEADERS;
    this.#isFirst = false;
    return block;
  }
}
