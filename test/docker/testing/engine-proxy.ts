import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { resolveEngineAddress } from '../../../src/runtime/docker/engine-address.ts';

/** A socket in front of the engine that can be taken away and put back, as if the engine itself went down and came back. */
export class EngineProxy {
  readonly path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async open(): Promise<void> {
    const address = await resolveEngineAddress({ env: process.env, home: '/root' });
    if (address.kind !== 'unix') throw new Error('the tests need an engine on a unix socket');
    // Half-open: an exec session closes its input before its output ends.
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const engine = connect({ path: address.path, allowHalfOpen: true });
      for (const [socket, other] of [
        [client, engine],
        [engine, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      client.pipe(engine).pipe(client);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.path, resolve));
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await rm(this.path, { force: true });
  }
}
