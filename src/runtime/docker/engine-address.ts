import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../lib/json.ts';
import { RuntimeError } from '../runtime.ts';

/** Where the engine listens. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: EngineTls };

export interface EngineTls {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface EngineAddressOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

const SYSTEM_SOCKET = '/var/run/docker.sock';

/**
 * Finds the engine as Docker's own command line does: `DOCKER_HOST`, else the context of `DOCKER_CONTEXT` or of the
 * user's configuration, else the system's socket, else that of a rootless engine or of Docker Desktop.
 */
export async function resolveEngineAddress(options: EngineAddressOptions): Promise<EngineAddress> {
  const { env, home } = options;
  const certificates = env['DOCKER_CERT_PATH'] ?? join(home, '.docker');
  if (env['DOCKER_HOST'])
    return parseEngineHost(env['DOCKER_HOST'], env['DOCKER_TLS_VERIFY'] ? certificates : undefined);
  const context =
    env['DOCKER_CONTEXT'] ||
    (await readCurrentContext(join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json')));
  if (context !== undefined && context !== 'default')
    return readContext(context, env['DOCKER_CONFIG'] ?? join(home, '.docker'));
  const sockets = [SYSTEM_SOCKET];
  if (env['XDG_RUNTIME_DIR']) sockets.push(join(env['XDG_RUNTIME_DIR'], 'docker.sock'));
  sockets.push(join(home, '.docker/run/docker.sock'));
  for (const path of sockets) {
    if (await exists(path)) return { kind: 'unix', path };
  }
  return { kind: 'unix', path: SYSTEM_SOCKET };
}

/** How the address reads in a message. */
export function formatEngineAddress(address: EngineAddress): string {
  return address.kind === 'unix' ? `unix://${address.path}` : `tcp://${address.host}:${address.port}`;
}

async function parseEngineHost(host: string, certificates: string | undefined): Promise<EngineAddress> {
  if (host.startsWith('unix://')) return { kind: 'unix', path: host.slice('unix://'.length) || SYSTEM_SOCKET };
  const match = /^(?:tcp|https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(host);
  if (match?.[1] === undefined) {
    throw new RuntimeError('InvalidSpec', `the engine address "${withoutUser(host)}" is neither unix:// nor tcp://`);
  }
  const address = { kind: 'tcp', host: match[1].replace(/^\[|\]$/g, '') } as const;
  if (certificates === undefined) return { ...address, port: Number(match[2] ?? 2375) };
  return { ...address, port: Number(match[2] ?? 2376), tls: await readTls(certificates) };
}

async function readTls(folder: string): Promise<EngineTls> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name))),
  );
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new RuntimeError('InvalidSpec', `no client certificate in ${folder}`);
  }
  return { ca, cert, key };
}

async function readCurrentContext(configPath: string): Promise<string | undefined> {
  const config = await readJson(configPath).catch(() => undefined);
  const context = isJsonObject(config) ? config['currentContext'] : undefined;
  return typeof context === 'string' && context !== '' ? context : undefined;
}

/** Docker keeps a context in a folder named after the SHA-256 of its name. */
async function readContext(name: string, folder: string): Promise<EngineAddress> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson(join(folder, 'contexts/meta', id, 'meta.json')).catch((error: unknown) => {
    throw new RuntimeError('InvalidSpec', `Docker's context "${name}" cannot be read`, error);
  });
  const endpoints = isJsonObject(meta) ? meta['Endpoints'] : undefined;
  const docker = isJsonObject(endpoints) ? endpoints['docker'] : undefined;
  const host = isJsonObject(docker) ? docker['Host'] : undefined;
  if (typeof host !== 'string') throw new RuntimeError('InvalidSpec', `Docker's context "${name}" names no host`);
  const certificates = join(folder, 'contexts/tls', id, 'docker');
  return parseEngineHost(host, (await exists(join(certificates, 'cert.pem'))) ? certificates : undefined);
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function withoutUser(host: string): string {
  return host.replace(/\/\/[^@/]*@/, '//');
}
