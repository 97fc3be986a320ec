import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import { LIMITS } from '../../../lib/limits.ts';
import { notFound } from '../../failures.ts';
import type { PodReference } from '../../pod-streams.ts';
import type { RequestScope } from '../exchange.ts';
import type { ResourceTarget } from '../resources.ts';
import { Forwards } from './forwards.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import { acceptSpdyUpgrade, isSpdyUpgrade } from './spdy/upgrade.ts';
import { webSocketUpgrade } from './web-socket-upgrade.ts';

const PROTOCOL = 'portforward.k8s.io';
/** The same, with SPDY inside of the messages of a WebSocket: for proxies that know no SPDY (KEP-4006). */
const TUNNEL_PROTOCOL = `SPDY/3.1+${PROTOCOL}`;

const upgradeToTunnel = webSocketUpgrade([TUNNEL_PROTOCOL], LIMITS.spdyFrameBytes);

/** Takes over an upgraded connection, and carries TCP connections between the client and ports of a pod. */
export async function handlePortForward(
  exchange: RequestScope,
  target: ResourceTarget,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { namespace = 'default', name } = target;
  const found = exchange.client.get('Pod', { namespace, name });
  if (found === undefined) throw notFound(target.kind, name);
  await exchange.client.durable();
  const stream = await upgrade(exchange.request, socket, head);
  exchange.signal.throwIfAborted();
  const pod: PodReference = { namespace, pod: name, podUid: found.metadata.uid };
  const forwards = new Forwards((port) => exchange.server.podStreams.connect(pod, port), pod);
  await new SpdyConnection(stream, (opened) => forwards.take(opened)).run();
}

async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<Duplex> {
  if (isSpdyUpgrade(request)) {
    acceptSpdyUpgrade(request, socket, head, PROTOCOL);
    return socket;
  }
  return createWebSocketStream(await upgradeToTunnel(request, socket, head));
}
