import { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';
import { HEADER_DICTIONARY } from './header-dictionary.ts';

/** Writes header blocks as a client does: one deflate stream that is flushed after each. */
export function clientHeaders() {
  const deflate = createDeflate({ dictionary: HEADER_DICTIONARY });
  return async (headers: Readonly<Record<string, string>>): Promise<Buffer> => {
    const texts = Object.entries(headers).flat();
    const parts = texts.map((text) => Buffer.concat([number(text.length), Buffer.from(text)]));
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer) => chunks.push(chunk);
    deflate.on('data', collect);
    deflate.write(Buffer.concat([number(texts.length / 2), ...parts]));
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    await new Promise((resolve) => setImmediate(resolve));
    deflate.off('data', collect);
    return Buffer.concat(chunks);
  };
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function openFrame(streamId: number, headerBlock: Buffer): Buffer {
  const head = Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 0]);
  head.writeUIntBE(10 + headerBlock.length, 5, 3);
  return Buffer.concat([head, number(streamId), number(0), Buffer.from([0, 0]), headerBlock]);
}

/** The server's end of a socket, with what it was sent. */
export class TestSocket extends Duplex {
  readonly sent: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent.push(chunk);
    done();
  }
}
