import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createServer } from 'node:net';
import path from 'node:path';

/** A running etcd with its data in a folder of its own, spoken to as its own clients do: gRPC over one connection. */
export interface Etcd {
  readonly version: string;
  /** Resolves once the value is durable (etcd answers a put after its log is synced). */
  put(key: string, value: Buffer): Promise<void>;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

/** Starts the machine's etcd with its defaults; `undefined` where none is installed. */
export async function startEtcd(directory: string): Promise<Etcd | undefined> {
  const program = (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => path.join(folder, 'etcd'))
    .find(existsSync);
  if (program === undefined) return undefined;
  const folder = await mkdtemp(path.join(directory, 'berth-bench-etcd-'));
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const flags = {
    'data-dir': path.join(folder, 'data'),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    'quota-backend-bytes': String(8 * 1024 ** 3),
    'log-level': 'error',
  };
  const child = spawn(
    program,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    { stdio: 'ignore' },
  );
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const version = await waitUntilServing(clientUrl);
    const session = connect(clientUrl);
    session.on('error', () => {});
    return {
      version,
      put: (key, value) => put(session, key, value),
      stop: async () => {
        session.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function waitUntilServing(clientUrl: string): Promise<string> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`${clientUrl}/health`).catch(() => undefined);
    if (answer?.ok === true && ((await answer.json()) as { health?: string }).health === 'true') {
      return ((await (await fetch(`${clientUrl}/version`)).json()) as { etcdserver: string }).etcdserver;
    }
    if (performance.now() > endMs) throw new Error(`etcd did not become healthy within ${START_TIMEOUT_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One unary gRPC call: `PutRequest { bytes key = 1; bytes value = 2 }` behind a prefix of a flag and a length. */
function put(session: ClientHttp2Session, key: string, value: Buffer): Promise<void> {
  const keyBytes = Buffer.from(key);
  const fields = [
    Buffer.of(0x0a, ...varint(keyBytes.length)),
    keyBytes,
    Buffer.of(0x12, ...varint(value.length)),
    value,
  ];
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(
    fields.reduce((sum, field) => sum + field.length, 0),
    1,
  );
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/etcdserverpb.KV/Put',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: unknown;
    stream.on('trailers', (trailers) => {
      status = trailers['grpc-status'];
    });
    stream.on('error', reject);
    stream.on('end', () => (status === '0' ? resolve() : reject(new Error(`etcd answered with status ${status}`))));
    stream.resume();
    stream.end(Buffer.concat([prefix, ...fields]));
  });
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(address)));
    });
  });
}
