import * as net from 'node:net';
import type { Relay, RelayListener } from '../packet-rules.ts';
import type { RunCommand } from './linux-packet-rules.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1_000;

/**
 * Listens and passes each connection on, in both directions, half-closes included. The endpoint sees this machine as
 * the caller.
 */
export async function openTcpRelay(listener: RelayListener, added: AddedAddresses): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  const track = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    const target = listener.pick(client.remoteAddress ?? '');
    if (target === undefined) return void client.resetAndDestroy();
    track(forward(client, target));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const removeAddress = await listen(server, listener, added);
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      await removeAddress();
    },
  };
}

function forward(
  client: net.Socket,
  { address, port }: { readonly address: string; readonly port: number },
): net.Socket {
  const upstream = net.connect({ host: address, port, allowHalfOpen: true });
  upstream.setTimeout(CONNECT_TIMEOUT_MS, () => upstream.destroy(new Error('the endpoint did not answer')));
  upstream.once('connect', () => upstream.setTimeout(0));
  client.pipe(upstream);
  upstream.pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.resetAndDestroy());
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
  return upstream;
}

/**
 * Listens; where the machine does not have the address, adds it to the interface first. Resolves with what takes it
 * back.
 */
async function listen(
  server: net.Server,
  listener: RelayListener,
  added: AddedAddresses,
): Promise<() => Promise<void>> {
  const { address } = listener;
  if (!added.has(address)) {
    try {
      await listenOnce(server, listener);
      return async () => {};
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
      if (!isMissing || listener.interface === undefined) throw error;
      if (!(await added.take(address, listener.interface))) throw error;
    }
  } else await added.take(address, listener.interface ?? '');
  try {
    await listenOnce(server, listener);
  } catch (error) {
    await added.release(address);
    throw error;
  }
  return () => added.release(address);
}

/** Addresses that were given to an interface, each as long as a relay listens on it. */
export class AddedAddresses {
  readonly #run: RunCommand;
  readonly #users = new Map<string, { count: number; readonly interface: string }>();

  constructor(run: RunCommand) {
    this.#run = run;
  }

  has(address: string): boolean {
    return this.#users.has(address);
  }

  /** Resolves with whether the machine has the address now. */
  async take(address: string, onInterface: string): Promise<boolean> {
    const entry = this.#users.get(address) ?? { count: 0, interface: onInterface };
    entry.count++;
    this.#users.set(address, entry);
    if (entry.count > 1) return true;
    const result = await this.#run('ip', ['addr', 'add', `${address}/32`, 'dev', onInterface]).catch(() => undefined);
    if (result?.code === 0 || /File exists/.test(result?.stderr ?? '')) return true;
    this.#users.delete(address);
    return false;
  }

  async release(address: string): Promise<void> {
    const entry = this.#users.get(address);
    if (entry === undefined || --entry.count > 0) return;
    this.#users.delete(address);
    await this.#run('ip', ['addr', 'del', `${address}/32`, 'dev', entry.interface]).catch(() => undefined);
  }
}

function listenOnce(server: net.Server, { address, port }: RelayListener): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      // A failed accept (too many open files) ends no other connection.
      server.on('error', () => {});
      resolve();
    });
  });
}
