import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from './make-certificate.ts';
import type { RepositoryServer } from './source-contract.ts';

export const run = promisify(execFile);

export interface HttpServerOptions {
  /** Answers 403 to pushes. */
  readonly isReadOnly?: boolean;
  /** Who may come in; `git` where it is left out. */
  readonly user?: string;
  /** Speaks TLS with a certificate that only `caFile` vouches for. Needs openssl. */
  readonly isTls?: boolean;
}

export interface HttpGitServer extends RepositoryServer {
  readonly url: string;
  readonly tokenFile: string;
  /** The certificate to trust, where the server speaks TLS. */
  readonly caFile: string;
  /** Requests so far, as `GET /app.git/info/refs?service=…`. */
  readonly requests: string[];
}

/**
 * Git's own smart HTTP server (`git http-backend`) on loopback, behind basic authentication with the password `s3cret`.
 */
export async function serveHttp(folder: string, options: HttpServerOptions = {}): Promise<HttpGitServer> {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 's3cret\n');
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    const expected = `Basic ${Buffer.from(`${options.user ?? 'git'}:s3cret`).toString('base64')}`;
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
    } else if (options.isReadOnly === true && request.url?.includes('git-receive-pack')) {
      response.writeHead(403).end('You may not push.');
    } else if (request.url?.startsWith('/moved/')) {
      response.writeHead(301, { location: request.url.replace('/moved/', '/') }).end();
    } else {
      runBackend(folder, request, response);
    }
  };
  const caFile = join(folder, 'ca.pem');
  const server = options.isTls ? createTlsServer(await makeCertificate(folder, caFile), answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${options.isTls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tokenFile,
    caFile,
    requests,
    address: (name) => ({ repository: `${url}/${name}`, credentials: { tokenFile } }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One request as a CGI program sees it (RFC 3875). */
export function runBackend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      CONTENT_LENGTH: request.headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'git',
      REMOTE_ADDR: '127.0.0.1',
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    const output = Buffer.concat(chunks);
    const headEnd = output.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of output.toString('latin1', 0, Math.max(0, headEnd)).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') status = Number.parseInt(value, 10);
      else if (name !== '') response.setHeader(name, value);
    }
    response.writeHead(headEnd < 0 ? 500 : status).end(output.subarray(headEnd + 4));
  });
}

export interface SshGitServer extends RepositoryServer {
  readonly knownHostsFile: string;
  readonly privateKeyFile: string;
  readonly url: (name: string) => string;
}

/** A real sshd on loopback with keys of its own, for the user that runs the tests. */
export async function serveSsh(folder: string): Promise<SshGitServer> {
  const place = join(folder, 'ssh');
  await mkdir(place, { mode: 0o700 });
  const file = (name: string) => join(place, name);
  const makeKey = (name: string) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
  await Promise.all([makeKey('host'), makeKey('client')]);
  await chmod(folder, 0o755);
  const authorized = await readFile(file('client.pub'), 'utf8');
  await writeFile(file('authorized_keys'), authorized, { mode: 0o600 });
  const port = await findPort();
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `PidFile ${file('pid')}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
  ];
  await writeFile(file('config'), `${config.join('\n')}\n`);
  // sshd refuses to start without its empty folder, which systemd or the init script would make.
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', file('config')], { stdio: 'ignore' });
  await waitForPort(port, child);
  const [type, key] = (await readFile(file('host.pub'), 'utf8')).split(' ');
  await writeFile(file('known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const user = process.env['USER'] ?? 'root';
  const url = (name: string) => `ssh://${user}@127.0.0.1:${port}${join(folder, name)}`;
  const credentials = { privateKeyFile: file('client'), knownHostsFile: file('known_hosts') };
  return {
    ...credentials,
    url,
    address: (name) => ({ repository: url(name), credentials }),
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function findPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('sshd did not start');
}
