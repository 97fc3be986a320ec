import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runBackend } from '../contracts/git-servers.ts';
import { makeCertificate } from '../contracts/make-certificate.ts';
import { ActionRepository, ActionWorld, pullRequestEvent } from './action-world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A name that only the proxy knows. */
const HOST = 'ghes.corp.invalid';
const TOKEN = `Basic ${Buffer.from('x-access-token:ghs_secret').toString('base64')}`;

let repository: ActionRepository;
let world: ActionWorld;
let proxy: Server;
let caFile: string;
const tunnels: string[] = [];
const sockets: Duplex[] = [];
const fetched: string[] = [];

beforeAll(async () => {
  repository = await ActionRepository.create();
  caFile = join(repository.folder, 'corp-ca.pem');
  const certificate = await makeCertificate(repository.folder, caFile, [`DNS:${HOST}`]);
  world = new ActionWorld(repository.program, {
    basePath: '/api/v3',
    certificate,
    host: HOST,
    serveGit: (request, response) => {
      fetched.push(request.url ?? '');
      if (request.headers.authorization !== TOKEN) return void response.writeHead(401).end();
      request.url = request.url?.replace('/team/', '/');
      runBackend(dirname(repository.bare), request, response);
    },
  });
  await world.github.start();
  proxy = createServer((_, response) => void response.writeHead(405).end());
  proxy.on('connect', (request, client) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(world.github.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client]) {
      sockets.push(socket);
      socket.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.closeAllConnections();
  await new Promise((resolve) => {
    proxy.close(resolve);
  });
  await world.close();
  repository.close();
});

function run(environment: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const change = { 'web.yaml': (text: string) => text.replace('replicas: 2', 'replicas: 3') };
  const { workspace, head } = repository.checkout(change, { withStatus: false });
  world.github.heads.set(7, head);
  return world.run({ workspace, payload: pullRequestEvent(head, repository.main), environment, inputs });
}

it('GitHub Enterprise Server is reached through a proxy, with a certificate of its own, for the status branch as for the report', async () => {
  const https_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { code, log } = await run({ https_proxy, NODE_EXTRA_CA_CERTS: caFile, GIT_SSL_CAINFO: caFile });
  expect([code, log]).toEqual([0, expect.not.stringContaining('::warning')]);
  expect(fetched.some((url) => url.startsWith('/team/site.git/'))).toBe(true);
  expect(world.github.comments[0]?.body).toContain('live state `berth-status@');
  expect(world.github.comments[0]?.body).toContain(
    `[summary](https://${HOST}:${world.github.port}/team/site/actions/runs/42)`,
  );
  expect(world.github.statuses).toHaveLength(1);
  expect(new Set(tunnels)).toEqual(new Set([`${HOST}:${world.github.port}`]));
  expect(log).not.toContain('ghs_secret');
});

it('a certificate that nobody vouches for is not believed: the report is in the summary, and the log says why', async () => {
  const comments = world.github.comments.length;
  const https_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  // Only what reads is sent again after a while: a status is not.
  const { code, log, summary } = await run({ https_proxy }, { comment: 'false' });
  expect(code).toBe(0);
  expect(log).toMatch(/^::notice::There is no branch berth-status/m);
  expect(log).toMatch(/^::warning::No commit status: GitHub does not answer: .*self-signed certificate/m);
  expect(summary).toContain('Would roll out');
  expect(world.github.comments).toHaveLength(comments);
});
