import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { badRequest } from '../../failures.ts';

export type UpgradeToWebSocket = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<WebSocket>;

/**
 * What takes connections over as WebSockets: in the first of `protocols` that the client offers, with messages of
 * `maxPayload` bytes at most. Throws a refusal where it offers none.
 */
export function webSocketUpgrade(protocols: readonly string[], maxPayload: number): UpgradeToWebSocket {
  const choose = (offered: ReadonlySet<string>) => protocols.find((protocol) => offered.has(protocol));
  const server = new WebSocketServer({
    noServer: true,
    maxPayload,
    handleProtocols: (offered) => choose(offered) ?? false,
  });
  return (request, socket, head) => {
    const names = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (choose(new Set(names)) === undefined) {
      const which = protocols.length === 1 ? 'the protocol' : 'one of the protocols';
      throw badRequest(`the upgrade must offer ${which} ${protocols.join(', ')}`);
    }
    return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
  };
}
