import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BerthBuild, type BerthProcess } from '../cli/berth-process.ts';
import { TestRepository } from '../cli/test-repository.ts';
import { GitHubStandIn } from './github-stand-in.ts';

const TOKEN = 'ghp_a-token-that-nobody-may-see';
const WEBHOOK_PATH = '/a-path-that-nobody-may-see';

let berth: BerthBuild;
let repository: TestRepository;
let github: GitHubStandIn;
let webhook: Server;
let config: string;
let up: BerthProcess;
const told: { readonly url: string; readonly title: string; readonly body: string }[] = [];

beforeAll(async () => {
  berth = new BerthBuild();
  repository = await TestRepository.create(berth.folder);
  github = new GitHubStandIn({ basePath: '/api/v3' });
  await github.start();
  github.findPulls = (commit) => [
    { number: 4, merged_at: '2026-11-26T09:00:00Z', base: { ref: 'main' }, merge_commit_sha: commit },
  ];
  webhook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      told.push({ url: request.url ?? '', title: String(request.headers['title']), body });
      response.end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}${WEBHOOK_PATH}`;
  config = await writeConfig('token', { tokenFile: write('token', `${TOKEN}\n`) }, write('webhook', address));
});

afterAll(async () => {
  await berth.close();
  await github.stop();
  webhook.closeAllConnections();
  await new Promise((resolve) => webhook.close(resolve));
});

function write(name: string, text: string): string {
  const file = join(berth.folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function writeConfig(name: string, credential: object, urlFile?: string): Promise<string> {
  const fields = {
    repository: repository.path,
    cluster: name === 'token' ? 'box1' : name,
    runtime: 'sim',
    dataDirectory: join(berth.folder, `data-${name}`),
    github: { repository: 'team/site', apiUrl: github.url, ...credential },
    ...(urlFile === undefined ? {} : { webhooks: [{ urlFile, format: 'ntfy' }] }),
  };
  return write(`${name}.yaml`, JSON.stringify(fields));
}

async function waitUntil(what: string, isTrue: () => boolean): Promise<void> {
  const endMs = performance.now() + 30_000;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`never: ${what}\n${up.stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const body = () => github.comments.at(-1)?.body ?? '';

test('a box reports what became of a merged pull request, and a webhook hears of failure and recovery', async () => {
  const first = await repository.commit({ 'page.yaml': (text) => `# One\n${text}` });
  up = berth.start(['up', '--config', config, '--log-level', 'warn']);
  await waitUntil('a comment', () => body().includes('✅ Deployed to box1'));
  expect(body()).toMatch(/\| site \| ✅ Healthy \| 3\/3 \| 6\/6 \|/);
  expect(github.statuses).toEqual([expect.objectContaining({ sha: first, state: 'success', context: 'berth/box1' })]);
  expect(github.deployments).toEqual([expect.objectContaining({ ref: first, states: ['success'] })]);
  expect(told).toEqual([]);

  await repository.commit({ 'web.yaml': (text) => text.replace('replicas:', 'replicaz:') });
  await waitUntil('a failure', () => body().includes('### ❌ Failed on box1') && told.length === 1);
  expect(github.comments).toHaveLength(1);
  expect(body()).toMatch(
    /FieldUnknown`: .*\[`web\.yaml:\d+:\d+`\]\(http.*\/team\/site\/blob\/[0-9a-f]{40}\/web\.yaml#L\d+\)/,
  );
  expect(told[0]).toMatchObject({
    url: WEBHOOK_PATH,
    title: 'box1: site Invalid',
    body: expect.stringMatching(/^web\.yaml:\d+/),
  });

  await repository.commit({ 'web.yaml': (text) => text });
  await waitUntil('a recovery', () => told.length === 2 && body().includes('✅ Deployed to box1'));
  expect(told[1]?.title).toBe('box1: site recovered');
});

test('a restart repeats nothing', async () => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  up.signal('SIGTERM');
  await up.ended();
  const before = github.requests.length;
  up = berth.start(['up', '--config', config, '--log-level', 'warn']);
  await up.waitFor(/site is healthy/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(github.requests).toHaveLength(before);
  expect(told).toHaveLength(2);
});

test('a GitHub that does not answer delays nothing and is told once as a problem of the box', async () => {
  github.fault = () => ({ status: 401, body: { message: 'Bad credentials' } });
  await repository.commit({ 'web.yaml': (text) => text.replace('replicas: 2', 'replicas: 3') });
  await up.waitFor(/(?:[\s\S]*site is healthy){2}/);
  const readStatus = async () =>
    JSON.parse((await berth.run(['status', '-o', 'json', '--data-dir', join(berth.folder, 'data-token')])).stdout);
  await expect.poll(readStatus, { timeout: 20_000 }).toMatchObject({
    problems: [
      {
        code: 'ReportRefused',
        message: expect.stringContaining('GitHub team/site: GitHub answered 401: Bad credentials'),
      },
    ],
    applications: [{ phase: 'Healthy' }],
  });
  up.signal('SIGTERM');
  const { stdout, stderr } = await up.ended();
  expect(stderr.match(/report not delivered/g)).toHaveLength(1);
  const memory = readFileSync(join(berth.folder, 'data-token', 'reports.json'), 'utf8');
  for (const text of [stdout, stderr, memory, JSON.stringify(github.comments)]) {
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(WEBHOOK_PATH);
  }
});

test('a GitHub App reports with a token of its installation', async () => {
  github.fault = () => undefined;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyFile = write('app.pem', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  const before = github.requests.length;
  up = berth.start(['up', '--once', '--config', await writeConfig('app', { appId: 12, appKeyFile: keyFile })]);
  expect(await up.ended()).toMatchObject({ code: 0 });
  const requests = github.requests.slice(before);
  const statuses = requests.filter(({ method, path }) => method === 'POST' && path.includes('/statuses/'));
  expect(statuses[0]?.authorization).toBe('token installation-77');
  expect(github.statuses.at(-1)).toMatchObject({ state: 'success', context: 'berth/app' });
});
