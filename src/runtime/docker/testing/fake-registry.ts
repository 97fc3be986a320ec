import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { buildTar } from '../sandbox-image/tar.ts';

export interface FakeRegistry {
  /** `127.0.0.1:<port>`, which engines take without TLS. */
  readonly host: string;
  /** What was asked for, as `user path`; `-` for nobody, `anonymous` for a token without a user. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export const REGISTRY_USER = 'berth';
export const REGISTRY_PASSWORD = 'p:ss wörd';

/**
 * A registry on loopback with one small image under `public/app:1` and, for those who know the password,
 * `private/app:1`. Everything else below `public/` is unknown; `public/wrong:1` is for another processor.
 */
export async function startFakeRegistry(): Promise<FakeRegistry> {
  const requests: string[] = [];
  const server = createServer((request, response) => answer(request, response, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { host: `127.0.0.1:${port}`, requests, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

const LAYER = gzipSync(buildTar([{ name: 'hello', mode: 0o644, content: Buffer.from('hello\n') }]));
const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST_TYPE = 'application/vnd.docker.distribution.manifest.list.v2+json';

const CONFIG = Buffer.from(
  JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { User: '1000', Cmd: ['/hello'], Entrypoint: ['/run'] },
    rootfs: {
      type: 'layers',
      diff_ids: [digestOf(buildTar([{ name: 'hello', mode: 0o644, content: Buffer.from('hello\n') }]))],
    },
    history: [{ created: '1970-01-01T00:00:00Z' }],
  }),
);

const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: CONFIG.length,
      digest: digestOf(CONFIG),
    },
    layers: [
      { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: LAYER.length, digest: digestOf(LAYER) },
    ],
  }),
);

const FOREIGN_LIST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: LIST_TYPE,
    manifests: [
      {
        mediaType: MANIFEST_TYPE,
        size: MANIFEST.length,
        digest: digestOf(MANIFEST),
        platform: { architecture: 's390x', os: 'linux' },
      },
    ],
  }),
);

/** Like the large registries: everybody gets a token, but not everybody's token opens everything. */
function answer(request: IncomingMessage, response: ServerResponse, requests: string[]): void {
  const path = request.url ?? '';
  if (path.startsWith('/token')) return answerToken(request, response, requests);
  const token = request.headers.authorization?.replace(/^Bearer /, '');
  requests.push(`${token ?? '-'} ${path}`);
  const isOpen = token !== undefined && (!path.startsWith('/v2/private/') || token === REGISTRY_USER);
  if (!isOpen) {
    response.setHeader('WWW-Authenticate', `Bearer realm="http://${request.headers.host}/token",service="fake"`);
    return send(response, 401, 'application/json', errorBody('UNAUTHORIZED', 'authentication required'));
  }
  if (path === '/v2/') return send(response, 200, 'application/json', Buffer.from('{}'));
  const match = /^\/v2\/(public|private)\/(app|wrong)\/(manifests|blobs)\/(.+)$/.exec(path);
  if (match?.[3] === 'manifests' && match[2] === 'wrong') return send(response, 200, LIST_TYPE, FOREIGN_LIST);
  if (match?.[3] === 'manifests' && ['1', digestOf(MANIFEST)].includes(match[4] ?? '')) {
    return send(response, 200, MANIFEST_TYPE, MANIFEST);
  }
  for (const blob of [CONFIG, LAYER]) {
    if (match?.[4] === digestOf(blob)) return send(response, 200, 'application/octet-stream', blob);
  }
  send(response, 404, 'application/json', errorBody('MANIFEST_UNKNOWN', 'manifest unknown'));
}

function answerToken(request: IncomingMessage, response: ServerResponse, requests: string[]): void {
  const [user = '', ...password] = decodeBasic(request.headers.authorization).split(':');
  requests.push(`${user || '-'} /token`);
  const isKnown = user === REGISTRY_USER && password.join(':') === REGISTRY_PASSWORD;
  if (user !== '' && !isKnown) {
    return send(response, 401, 'application/json', errorBody('UNAUTHORIZED', 'incorrect username or password'));
  }
  send(response, 200, 'application/json', Buffer.from(JSON.stringify({ token: user || 'anonymous' })));
}

function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Docker-Content-Digest': digestOf(body),
    'Docker-Distribution-Api-Version': 'registry/2.0',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function errorBody(code: string, message: string): Buffer {
  return Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
}

function decodeBasic(header: string | undefined): string {
  return Buffer.from(header?.replace(/^Basic /, '') ?? '', 'base64').toString('utf8');
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
