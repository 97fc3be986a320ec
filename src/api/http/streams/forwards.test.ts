import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ByteConnection } from '../../../lib/byte-streams.ts';
import { LIMITS } from '../../../lib/limits.ts';
import { Forwards } from './forwards.ts';
import { dataFrame, FrameReader } from './spdy/frames.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import { clientHeaders, openFrame, TestSocket } from './spdy/testing.ts';

const POD = { namespace: 'default', pod: 'p', podUid: 'u' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

function framesOf(socket: TestSocket) {
  return new FrameReader().push(Buffer.concat(socket.sent));
}

/** A client and a pod whose ports take connections once they are told to. */
function open() {
  const socket = new TestSocket();
  const encode = clientHeaders();
  const opened = new Map<number, () => void>();
  const received: string[] = [];
  const connect = (port: number) =>
    new Promise<ByteConnection>((resolve) => {
      let close = () => {};
      const closed = new Promise<void>((done) => {
        close = done;
      });
      async function* chunks() {
        await closed;
        yield Buffer.from('bye');
      }
      const write = async (bytes: Uint8Array) => void received.push(`${port}: ${bytes.length}`);
      const end = () => {
        received.push(`${port} ends`);
        close();
      };
      opened.set(port, () => resolve({ chunks: chunks(), write, end, close }));
    });
  const forwards = new Forwards(connect, POD);
  void new SpdyConnection(socket, (stream) => forwards.take(stream)).run();
  let nextId = 1;
  return {
    socket,
    opened,
    received,
    async stream(streamtype: string, port: number, requestid = '0'): Promise<number> {
      const id = nextId;
      nextId += 2;
      socket.push(openFrame(id, await encode({ streamtype, port: String(port), requestid })));
      // Headers are unpacked on another thread.
      while (!framesOf(socket).some((frame) => frame.type === 'headers' && frame.streamId === id)) await turn();
      return id;
    },
    async send(id: number, bytes: number, isLast = false): Promise<void> {
      socket.push(dataFrame(id, Buffer.alloc(bytes, 'x'), isLast));
      await turn();
    },
    /** What a stream was sent: `reset` where it was refused. */
    said(id: number): string {
      const parts = framesOf(socket).map((frame) => {
        if (frame.type === 'data' && frame.streamId === id) return frame.isLast ? '.' : frame.bytes.toString();
        return frame.type === 'reset' && frame.streamId === id ? 'reset' : '';
      });
      return parts.join('');
    },
  };
}

test('what comes before the pod has taken the connection waits for it, and the other forwards do not', async () => {
  const client = open();
  await client.stream('error', 80, '0');
  const slow = await client.stream('data', 80, '0');
  await client.stream('error', 81, '1');
  const quick = await client.stream('data', 81, '1');
  client.opened.get(81)?.();
  await client.send(slow, 10);
  await client.send(slow, 5, true);
  await client.send(quick, 7);
  expect(client.received).toEqual(['81: 7']);
  client.opened.get(80)?.();
  await turn();
  expect(client.received).toEqual(['81: 7', '80: 10', '80: 5', '80 ends']);
});

test('no more is kept than there may be', async () => {
  const client = open();
  await client.stream('error', 80);
  const data = await client.stream('data', 80);
  await client.send(data, LIMITS.forwardEarlyBytes);
  await client.send(data, 1);
  // The client is not read from any more.
  await client.send(data, 2);
  expect(client.socket.readableLength).toBeGreaterThan(0);
  client.opened.get(80)?.();
  await turn();
  expect(client.received).toEqual([`80: ${LIMITS.forwardEarlyBytes}`, '80: 1', '80: 2']);
});

test('what comes on the data stream before that for errors arrives, too', async () => {
  const client = open();
  const data = await client.stream('data', 80);
  await client.send(data, 3);
  await client.stream('error', 80);
  client.opened.get(80)?.();
  await turn();
  expect(client.received).toEqual(['80: 3']);
});

test('a half whose other half does not come is given up, and says so', async () => {
  const client = open();
  const error = await client.stream('error', 80, '0');
  const data = await client.stream('data', 81, '1');
  vi.advanceTimersByTime(LIMITS.streamCreationMs - 1);
  expect([client.said(error), client.said(data)]).toEqual(['', '']);
  vi.advanceTimersByTime(1);
  expect(client.said(error)).toBe('(request=0) timed out waiting for streams' + 'reset');
  expect(client.said(data)).toBe('reset');
  // Their request is free again.
  await client.stream('error', 80, '0');
  await client.stream('data', 80, '0');
  expect([...client.opened.keys()]).toEqual([80]);
});

test('a pair that is complete is not given up', async () => {
  const client = open();
  const error = await client.stream('error', 80);
  await client.stream('data', 80);
  client.opened.get(80)?.();
  await turn();
  vi.advanceTimersByTime(2 * LIMITS.streamCreationMs);
  expect(client.said(error)).toBe('');
});

test("a second stream of one type is refused, and takes nobody's place", async () => {
  const client = open();
  const error = await client.stream('error', 80);
  const second = await client.stream('error', 80);
  expect(client.said(error)).toBe('error processing stream for request 0: error stream already assigned');
  expect(client.said(second)).toBe('reset');
  await client.stream('data', 80);
  expect([...client.opened.keys()]).toEqual([80]);
});

test.each([
  ['stdin', 80],
  ['data', 0],
])('a stream of the type %s for port %i is refused', async (type, port) => {
  const client = open();
  expect(client.said(await client.stream(type, port))).toBe('reset');
});

test('a half that is given up lets go of the client, however much it has sent', async () => {
  const client = open();
  const data = await client.stream('data', 80, '0');
  for (let i = 0; i < 3; i++) await client.send(data, LIMITS.forwardEarlyBytes / 2 + 1);
  expect(client.socket.readableLength).toBeGreaterThan(0);
  vi.advanceTimersByTime(LIMITS.streamCreationMs);
  await turn();
  expect(client.said(data)).toBe('reset');
  expect(client.socket.readableLength).toBe(0);
  await client.stream('error', 80, '1');
  await client.stream('data', 80, '1');
  expect([...client.opened.keys()]).toEqual([80]);
});
