import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { pod } from '../../testing.ts';
import { PODS, useTestApi } from '../test-api.ts';

const t = useTestApi();

/** Asks for an upgrade to SPDY and reads nothing but the beginning of the answer; keeps its own half open. */
async function ask(path: string): Promise<{ readonly socket: Socket; readonly status: string }> {
  const socket = connect({ path: t.socketPath, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: box\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n`,
  );
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return { socket, status: bytes.toString().split('\r\n')[0] ?? '' };
}

test('who is refused and does not hang up is hung up on', async () => {
  const { socket, status } = await ask(`${PODS}/nope/exec?command=x`);
  expect(status).toBe('HTTP/1.1 404 Refused');
  socket.on('end', () => {});
  const startMs = performance.now();
  // What is written to a connection that is gone tells.
  const talking = setInterval(() => socket.write('x'), 50);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  clearInterval(talking);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('an upgrade that is not over yet ends with the server, and starts nothing', async () => {
  t.client.create(pod('p'));
  const { socket, status } = await ask(`${PODS}/p/exec?command=wait&stdout=true`);
  expect(status).toBe('HTTP/1.1 101 Switching Protocols');
  const closed = once(socket, 'close');
  socket.resume().on('end', () => socket.end());
  const startMs = performance.now();
  await t.server.close();
  await closed;
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
