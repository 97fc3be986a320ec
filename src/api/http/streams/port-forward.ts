import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { ByteConnection } from '../../../lib/byte-streams.ts';
import { messageOf } from '../../../lib/errors.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { notFound } from '../../failures.ts';
import type { PodReference } from '../../pod-streams.ts';
import type { RequestScope } from '../exchange.ts';
import type { ResourceTarget } from '../resources.ts';
import { SpdyConnection, type SpdyStream } from './spdy/spdy-connection.ts';
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

/**
 * Connections under way. The client opens two streams for each: one of the type `error` for what goes wrong, one of the type `data`; both say the port and
 * the same `requestid` (k8s.io/kubernetes, pkg/kubelet/server/portforward).
 */
class Forwards {
  readonly #connect: (port: number) => Promise<ByteConnection>;
  readonly #pod: PodReference;
  /** Streams whose other half has not come yet, by type and request. */
  readonly #halves = new Map<string, SpdyStream>();

  constructor(connect: (port: number) => Promise<ByteConnection>, pod: PodReference) {
    this.#connect = connect;
    this.#pod = pod;
  }

  take(stream: SpdyStream): void {
    const { type, request, port } = describe(stream);
    if ((type !== 'error' && type !== 'data') || port === undefined) return stream.end();
    const other = type === 'error' ? 'data' : 'error';
    const half = this.#halves.get(`${other} ${request}`);
    if (half === undefined) {
      this.#halves.set(`${type} ${request}`, stream);
      stream.onAbandoned = () => this.#halves.delete(`${type} ${request}`);
      return;
    }
    this.#halves.delete(`${other} ${request}`);
    const [data, error] = type === 'data' ? [stream, half] : [half, stream];
    void this.#forward(data, error, port);
  }

  async #forward(data: SpdyStream, error: SpdyStream, port: number): Promise<void> {
    const opening = this.#connect(port);
    const opened = opening.catch(() => undefined);
    data.onData = async (bytes) => (await opened)?.write(bytes);
    data.onEnd = () => void opened.then((connection) => connection?.end());
    let isAbandoned = false;
    data.onAbandoned = () => {
      isAbandoned = true;
      void opened.then((connection) => connection?.close());
    };
    try {
      const connection = await opening;
      try {
        for await (const chunk of connection.chunks) await data.write(chunk);
      } finally {
        connection.close();
      }
    } catch (cause) {
      // To a client that has ended it itself nothing has failed.
      if (isAbandoned) return;
      const { pod, podUid } = this.#pod;
      const message = `error forwarding port ${port} to pod ${pod}, uid ${podUid}: ${messageOf(cause)}`;
      await error.write(Buffer.from(message));
    } finally {
      data.end();
      error.end();
    }
  }
}

function describe({ headers }: SpdyStream) {
  const port = headers.get('port') ?? '';
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  return {
    type: headers.get('streamtype'),
    request: headers.get('requestid') ?? '',
    port: isPort ? Number(port) : undefined,
  };
}
