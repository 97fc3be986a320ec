import type { ByteConnection } from '../../../lib/byte-streams.ts';
import { messageOf } from '../../../lib/errors.ts';
import { LIMITS } from '../../../lib/limits.ts';
import type { PodReference } from '../../pod-streams.ts';
import type { SpdyStream } from './spdy/spdy-connection.ts';

/** A stream whose other half has not come yet; what the client sends on that for data waits. */
type Half = DataHalf | { readonly type: 'error'; readonly stream: SpdyStream };

interface WaitingHalf {
  readonly half: Half;
  /** Its other half is there. */
  stopWaiting(): void;
}

interface DataHalf {
  readonly type: 'data';
  readonly stream: SpdyStream;
  readonly input: ForwardInput;
}

/**
 * Connections under way. The client opens two streams for each: one of the type `error` for what goes wrong, one of the
 * type `data`; both say the port and the same `requestid`. A half alone waits as long as a kubelet lets it: "waits for
 * the pair to receive both its error and data streams, or for the timeout to expire (whichever happens first), and then
 * removes the pair" (k8s.io/kubelet/pkg/cri/streaming/portforward, monitorStreamPair).
 */
export class Forwards {
  readonly #connect: (port: number) => Promise<ByteConnection>;
  readonly #pod: PodReference;
  readonly #halves = new Map<string, WaitingHalf>();

  constructor(connect: (port: number) => Promise<ByteConnection>, pod: PodReference) {
    this.#connect = connect;
    this.#pod = pod;
  }

  take(stream: SpdyStream): void {
    const { type, request, port } = describe(stream);
    if (type === undefined || port === undefined) return stream.refuse();
    const waiting = this.#halves.get(request);
    if (waiting?.half.type === type) return refuseSecond(waiting.half, stream, request);
    const half: Half = type === 'error' ? { type, stream } : { type, stream, input: new ForwardInput(stream) };
    if (waiting === undefined) return this.#await(half, request);
    waiting.stopWaiting();
    const first = waiting.half;
    if (first.type === 'data') void this.#forward(first, stream, port);
    else if (half.type === 'data') void this.#forward(half, first.stream, port);
  }

  #await(half: Half, request: string): void {
    const { type, stream } = half;
    const timer = setTimeout(() => {
      if (type === 'error') void stream.write(Buffer.from(`(request=${request}) timed out waiting for streams`));
      stream.refuse();
    }, LIMITS.streamCreationMs);
    const stopWaiting = () => {
      clearTimeout(timer);
      this.#halves.delete(request);
      stream.onAbandoned = () => {};
    };
    stream.onAbandoned = () => {
      stopWaiting();
      // The one reader of the client's connection may wait for room for what it sent.
      if (half.type === 'data') half.input.attach(Promise.resolve(undefined));
    };
    this.#halves.set(request, { half, stopWaiting });
  }

  async #forward({ stream: data, input }: DataHalf, error: SpdyStream, port: number): Promise<void> {
    const opening = this.#connect(port);
    const opened = opening.catch(() => undefined);
    input.attach(opened);
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

/**
 * What arrives for a pod, in its order. A little is kept while the pod has not taken the connection, so that one which
 * is slow to does not hold up the other forwards of the client; with more than that, and afterwards, the client waits
 * until there is room.
 */
class ForwardInput {
  readonly #opened: Promise<ByteConnection | undefined>;
  #attach: (connection: Promise<ByteConnection | undefined>) => void = () => {};
  #last: Promise<unknown>;
  #isOpen = false;
  #keptBytes = 0;

  constructor(stream: SpdyStream) {
    this.#opened = new Promise((resolve) => {
      this.#attach = resolve;
    });
    this.#last = this.#opened.then(() => {
      this.#isOpen = true;
    });
    stream.onData = (bytes) => this.#push(bytes);
    stream.onEnd = () => void this.#then((connection) => connection?.end());
  }

  /** Says by what it goes on; `undefined` drops all of it. */
  attach(connection: Promise<ByteConnection | undefined>): void {
    this.#attach(connection);
  }

  async #push(bytes: Buffer): Promise<void> {
    const written = this.#then((connection) => connection?.write(bytes));
    if (!this.#isOpen) this.#keptBytes += bytes.length;
    if (this.#isOpen || this.#keptBytes > LIMITS.forwardEarlyBytes) await written;
  }

  #then(work: (connection: ByteConnection | undefined) => Promise<void> | void): Promise<unknown> {
    // What goes wrong is learned by whoever reads from the pod.
    this.#last = this.#last.then(async () => work(await this.#opened)).catch(() => {});
    return this.#last;
  }
}

/** One request has one of each, else "error stream already assigned" (httpStreamPair.add). */
function refuseSecond(half: Half, stream: SpdyStream, request: string): void {
  const message = `error processing stream for request ${request}: ${half.type} stream already assigned`;
  if (half.type === 'error') void half.stream.write(Buffer.from(message));
  stream.refuse();
}

function describe({ headers }: SpdyStream) {
  const type = headers.get('streamtype');
  const port = headers.get('port') ?? '';
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  return {
    type: type === 'error' || type === 'data' ? type : undefined,
    request: headers.get('requestid') ?? '',
    port: isPort ? Number(port) : undefined,
  } as const;
}
