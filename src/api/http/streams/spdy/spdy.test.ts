import { once } from 'node:events';
import { constants, inflateSync } from 'node:zlib';
import { describe, expect, it, test, vi } from 'vitest';
import { LIMITS } from '../../../../lib/limits.ts';
import { dataFrame, FrameReader, pingFrame, refusedFrame, replyFrame, SpdyError } from './frames.ts';
import { HeaderDecoder, HeaderEncoder } from './header-block.ts';
import { HEADER_DICTIONARY } from './header-dictionary.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { clientHeaders, openFrame, TestSocket } from './testing.ts';

test('the dictionary is that of the protocol', () => {
  // Its length is that of the draft, and its checksum what Go's `spdystream` writes into the head of its first block:
  // 78 f9 e3 c6 a7 c2.
  expect(HEADER_DICTIONARY).toHaveLength(1423);
  let [low, high] = [1, 0];
  for (const byte of HEADER_DICTIONARY) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  expect((high * 65_536 + low).toString(16)).toBe('e3c6a7c2');
});

describe('frames', () => {
  it('are found wherever the bytes are cut', () => {
    const bytes = Buffer.concat([
      dataFrame(1, Buffer.from('hello'), false),
      pingFrame(7),
      dataFrame(3, Buffer.alloc(0), true),
    ]);
    const whole = new FrameReader().push(bytes);
    expect(whole).toEqual([
      { type: 'data', streamId: 1, isLast: false, bytes: Buffer.from('hello') },
      { type: 'ping', id: 7 },
      { type: 'data', streamId: 3, isLast: true, bytes: Buffer.alloc(0) },
    ]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const reader = new FrameReader();
      expect([...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))]).toEqual(whole);
    }
  });

  it('of a client that sends a few bytes at a time are not copied anew with each', () => {
    const frame = dataFrame(1, Buffer.alloc(LIMITS.spdyFrameBytes, 'x'), false);
    const reader = new FrameReader();
    const concat = vi.spyOn(Buffer, 'concat');
    const frames = [];
    for (let at = 0; at < frame.length; at += 64) frames.push(...reader.push(frame.subarray(at, at + 64)));
    const copies = concat.mock.calls.length;
    concat.mockRestore();
    expect(copies).toBe(1);
    const [read] = frames;
    expect(read?.type === 'data' && read.bytes.equals(frame.subarray(8))).toBe(true);
  });

  it.each([
    ['another version', Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0])],
    ['more bytes than a frame may have', Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff])],
    ['too few bytes for its stream', Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 2, 0, 0])],
  ])('with %s are refused', (_what, bytes) => {
    expect(() => new FrameReader().push(bytes)).toThrow(SpdyError);
  });
});

describe('header blocks', () => {
  it('are read one after the other', async () => {
    const encode = clientHeaders();
    const decoder = new HeaderDecoder();
    for (const headers of [
      { streamtype: 'error', port: '80' },
      {},
      { streamtype: 'data', port: '80', requestid: '0' },
    ]) {
      expect(Object.fromEntries(await decoder.decode(await encode(headers)))).toEqual(headers);
    }
    decoder.close();
  });

  it.each([
    ['what is not compressed', async () => Buffer.from('hello hello')],
    ['what ends early', async () => (await clientHeaders()({ streamtype: 'error' })).subarray(0, 12)],
    ['more than there may be', () => clientHeaders()({ streamtype: 'x'.repeat(LIMITS.spdyHeaderBytes) })],
  ])('are refused: %s', async (_what, block) => {
    const decoder = new HeaderDecoder();
    await expect(decoder.decode(await block())).rejects.toThrow(SpdyError);
    decoder.close();
  });

  it('of answers are one stream of zlib without headers', () => {
    const encoder = new HeaderEncoder();
    const blocks = Buffer.concat([encoder.empty(), encoder.empty(), encoder.empty()]);
    expect(inflateSync(blocks, { finishFlush: constants.Z_SYNC_FLUSH })).toEqual(Buffer.alloc(12));
  });
});

describe('a connection', () => {
  function open() {
    const socket = new TestSocket();
    const streams: SpdyStream[] = [];
    const events: string[] = [];
    const connection = new SpdyConnection(socket, (stream) => {
      streams.push(stream);
      stream.onData = (bytes) => void events.push(`${stream.id}: ${bytes.toString()}`);
      stream.onEnd = () => void events.push(`${stream.id} ends`);
      stream.onAbandoned = () => void events.push(`${stream.id} is abandoned`);
    });
    return { socket, streams, events, ran: connection.run() };
  }

  it('answers each stream, passes on what comes, and ends all of them with the client', async () => {
    const { socket, streams, events, ran } = open();
    const encode = clientHeaders();
    socket.push(openFrame(1, await encode({ streamtype: 'stdin' })));
    socket.push(openFrame(3, await encode({ streamtype: 'stdout' })));
    socket.push(dataFrame(1, Buffer.from('hello'), true));
    socket.push(dataFrame(9, Buffer.from('nobody'), true));
    socket.push(null);
    await ran;
    expect(streams.map(({ headers }) => headers.get('streamtype'))).toEqual(['stdin', 'stdout']);
    expect(events).toEqual(['1: hello', '1 ends', '1 is abandoned', '3 ends', '3 is abandoned']);
    const encoder = new HeaderEncoder();
    expect(socket.sent).toEqual([replyFrame(1, encoder.empty()), replyFrame(3, encoder.empty())]);
  });

  it('hangs up on a client that has been told the end and keeps its half', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const socket = new TestSocket();
      new SpdyConnection(socket, () => {}).close();
      vi.advanceTimersByTime(LIMITS.streamHangUpMs - 1);
      expect(socket.destroyed).toBe(false);
      vi.advanceTimersByTime(1);
      expect(socket.destroyed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('hangs up on what is no SPDY', async () => {
    const { socket, ran } = open();
    socket.push(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    await ran;
    expect(socket.destroyed).toBe(true);
  });

  it('reads on only once a stream has taken what came', async () => {
    const { socket, streams, events } = open();
    socket.push(openFrame(1, await clientHeaders()({ streamtype: 'data' })));
    await expect.poll(() => streams.length).toBe(1);
    let take = () => {};
    const taken = new Promise<void>((resolve) => {
      take = resolve;
    });
    const [stream] = streams;
    if (stream !== undefined) stream.onData = () => taken;
    socket.push(Buffer.concat([dataFrame(1, Buffer.from('x'), false), dataFrame(1, Buffer.alloc(0), true)]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(events).toEqual([]);
    take();
    await expect.poll(() => events).toEqual(['1 ends']);
    socket.push(null);
    await once(socket, 'close');
  });

  it('pings a client that it does not read from, and does not answer the answer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { socket, streams } = open();
      socket.push(openFrame(1, await clientHeaders()({ streamtype: 'data' })));
      while (streams.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const [stream] = streams;
      let take = () => {};
      const taken = new Promise<void>((resolve) => {
        take = resolve;
      });
      if (stream !== undefined) stream.onData = () => taken;
      socket.sent.length = 0;
      socket.push(Buffer.concat([dataFrame(1, Buffer.from('x'), false), pingFrame(2), pingFrame(7)]));
      await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(2 * LIMITS.heldUpPingMs);
      expect(socket.sent).toEqual([pingFrame(2), pingFrame(2)]);
      take();
      await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(2 * LIMITS.heldUpPingMs);
      expect(socket.sent).toEqual([pingFrame(2), pingFrame(2), pingFrame(7)]);
      socket.push(null);
    } finally {
      vi.useRealTimers();
    }
  });

  it('abandons its streams when the connection breaks, also while one of them has no room', async () => {
    const { socket, streams, events } = open();
    socket.push(openFrame(1, await clientHeaders()({ streamtype: 'data' })));
    await expect.poll(() => streams.length).toBe(1);
    const [stream] = streams;
    if (stream !== undefined) stream.onData = () => new Promise(() => {});
    socket.push(dataFrame(1, Buffer.from('x'), false));
    await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await expect.poll(() => events).toEqual(['1 ends', '1 is abandoned']);
  });

  it('forgets a stream that both sides have ended, and one that was reset', async () => {
    const { socket, streams, events, ran } = open();
    const encode = clientHeaders();
    for (let id = 1; id < 2 * LIMITS.spdyStreams + 10; id += 2) {
      socket.push(openFrame(id, await encode({})));
      await expect.poll(() => streams.at(-1)?.id, { interval: 1 }).toBe(id);
      if (id % 4 === 1) streams.at(-1)?.end();
      socket.push(id % 4 === 1 ? dataFrame(id, Buffer.alloc(0), true) : refusedFrame(id));
    }
    expect(events.filter((event) => event === '3 is abandoned')).toHaveLength(1);
    expect(events).not.toContain('1 is abandoned');
    socket.push(null);
    await ran;
  });

  it('keeps the order of what nobody waits for', async () => {
    const { socket, streams, ran } = open();
    socket.push(openFrame(1, await clientHeaders()({})));
    await expect.poll(() => streams.length).toBe(1);
    const [stream] = streams;
    void stream?.write(Buffer.alloc(200_000, 'a'));
    void stream?.write(Buffer.from('b'));
    const sent = new FrameReader().push(Buffer.concat(socket.sent));
    const bytes = Buffer.concat(sent.map((frame) => (frame.type === 'data' ? frame.bytes : Buffer.alloc(0))));
    expect(bytes.toString()).toBe(`${'a'.repeat(200_000)}b`);
    socket.push(null);
    await ran;
  });
});
