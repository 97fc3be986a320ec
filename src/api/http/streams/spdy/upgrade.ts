import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { badRequest } from '../../../failures.ts';

/** What the client offers to speak over the streams. */
const STREAM_PROTOCOL = 'x-stream-protocol-version';

/** Whether a request wants to go on in SPDY. */
export function isSpdyUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'spdy/3.1';
}

/**
 * Agrees to go on in SPDY/3.1 with a protocol over its streams. Throws a refusal where the client does not offer that.
 */
export function acceptSpdyUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): void {
  const lines = request.headersDistinct[STREAM_PROTOCOL] ?? [];
  const offered = lines.flatMap((line) => line.split(',')).map((name) => name.trim());
  if (!offered.includes(protocol)) throw badRequest(`the upgrade must offer the protocol ${protocol}`);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
}
