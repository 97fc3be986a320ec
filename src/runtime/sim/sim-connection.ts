import type { ByteConnection } from '../../lib/byte-streams.ts';
import type { SimHttpResponse } from './sim-behaviour.ts';
import { SimQueue } from './sim-queue.ts';

const REQUEST_LINE = /^[A-Z]+ (\S+) HTTP\/1\.[01]\r\n/;

/** A connection to a simulated process, which answers one HTTP request and closes. `fail` cuts it. */
export function openSimConnection(answer: (path: string) => SimHttpResponse | undefined): {
  readonly connection: ByteConnection;
  fail(error: Error): void;
} {
  const chunks = new SimQueue<Uint8Array>();
  const decoder = new TextDecoder();
  let request = '';
  const connection: ByteConnection = {
    chunks,
    write: async (chunk) => {
      request += decoder.decode(chunk, { stream: true });
      const path = request.includes('\r\n\r\n') ? REQUEST_LINE.exec(request)?.[1] : undefined;
      if (path === undefined) return;
      const { status, body = '' } = answer(path) ?? { status: 503 };
      const bytes = new TextEncoder().encode(body);
      const head = `HTTP/1.1 ${status} Simulated\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
      chunks.push(new TextEncoder().encode(head));
      if (bytes.length > 0) chunks.push(bytes);
      chunks.end();
    },
    end: () => chunks.end(),
    close: () => chunks.end(),
  };
  return { connection, fail: (error) => chunks.fail(error) };
}
