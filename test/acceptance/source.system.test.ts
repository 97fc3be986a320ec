import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type HttpGitServer, serveHttp } from '../contracts/git-servers.ts';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { configMap } from '../docker/testing/manifests.ts';
import type { SiteFiles } from '../docker/testing/site-repository.ts';
import { TestBox, type TestBoxOptions } from '../docker/testing/test-box.ts';
import { pause, waitUntil } from '../docker/testing/wait-until.ts';

let program: BerthProgram;
const boxes: TestBox[] = [];

beforeAll(async () => {
  program = await bundleBerth();
});

afterEach(async () => {
  for (const box of boxes.splice(0)) await box.remove();
});

afterAll(() => program?.remove());

async function createBox(options: Partial<TestBoxOptions> = {}): Promise<TestBox> {
  const box = await TestBox.create({ program: program.path, runtime: 'sim', ...options });
  boxes.push(box);
  return box;
}

const site = (version: string) => ({ 'page.yaml': configMap('page', { version }) });

/** What the box has of the page; `undefined` while it has none. */
async function versionOf(box: TestBox): Promise<string | undefined> {
  const { status, body } = await box.berth.call('GET', '/api/v1/namespaces/default/configmaps/page');
  return status === 200 ? JSON.parse(body).data.version : undefined;
}

async function sourceFailure(box: TestBox, reason: string): Promise<string> {
  return waitUntil(`the source fails with ${reason}`, async () => {
    const { failure } = (await box.berth.status()).source;
    return failure?.reason === reason ? failure.message : undefined;
  });
}

const count = (text: string, part: string) => text.split(part).length - 1;

test('a push is applied within 100 ms', async () => {
  const box = await createBox();
  await box.repository.push(site('0'));
  await box.start();
  await waitUntil('the first page is there', () => versionOf(box));
  const arrivedMs = new Map<string, number>();
  const stop = box.berth.watch('/api/v1/namespaces/default/configmaps?watch=1', ({ object }) => {
    const { version } = (object as { data?: { version?: string } }).data ?? {};
    if (version !== undefined && !arrivedMs.has(version)) arrivedMs.set(version, performance.now());
  });
  const delaysMs: number[] = [];
  for (const version of ['1', '2', '3', '4', '5', '6']) {
    await box.repository.push(site(version));
    const pushedMs = performance.now();
    delaysMs.push((await waitUntil(`version ${version} arrives`, () => arrivedMs.get(version))) - pushedMs);
  }
  stop();
  // Other work on the machine may hold up one or another of them.
  expect(Math.min(...delaysMs)).toBeLessThan(100);
});

test('a force push to another history and back is followed', async () => {
  const box = await createBox();
  const first = await box.repository.push(site('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  await box.repository.startOver();
  const second = await box.repository.push(site('2'), { force: true });
  await box.berth.reaches(second, 'Healthy');
  expect(await versionOf(box)).toBe('2');
  await box.repository.git('update-ref', 'refs/heads/main', first);
  await waitUntil('the old history is back', async () => (await versionOf(box)) === '1');
});

test('a branch that is deleted changes nothing and is found again when it comes back', async () => {
  const box = await createBox();
  const first = await box.repository.push(site('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  await box.repository.git('update-ref', '-d', 'refs/heads/main');
  expect(await sourceFailure(box, 'BranchMissing')).toMatch(/main/);
  expect(await versionOf(box)).toBe('1');
  const second = await box.repository.push(site('2'));
  await box.berth.reaches(second, 'Healthy');
  expect((await box.berth.status()).source.failure).toBeUndefined();
  expect(count(box.transcript, 'cannot be read')).toBe(1);
});

test('a repository that appears later is deployed then', async () => {
  const box = await createBox();
  const commit = await box.repository.push(site('1'));
  const away = `${box.repository.path}.away`;
  await rename(box.repository.path, away);
  await box.start();
  expect(await sourceFailure(box, 'RepositoryMissing')).toContain(box.repository.path);
  await rename(away, box.repository.path);
  await box.berth.reaches(commit, 'Healthy');
});

test('what is no repository, and one that lost its objects, is reported and recovered from', async () => {
  const box = await createBox();
  const first = await box.repository.push(site('1'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  const away = `${box.repository.path}.away`;
  await rename(box.repository.path, away);
  await mkdir(box.repository.path);
  await writeFile(`${box.repository.path}/readme`, 'not a repository\n');
  await sourceFailure(box, 'RepositoryInvalid');
  expect(await versionOf(box)).toBe('1');
  // A status that was just being written when the repository went may still put its objects there.
  await rm(box.repository.path, { recursive: true, maxRetries: 10, retryDelay: 50 });
  await rename(away, box.repository.path);
  await waitUntil('it is read again', async () => (await box.berth.status()).source.failure === undefined);

  await box.repository.git('update-ref', 'refs/heads/spare', first);
  const objects = `${box.repository.path}/objects`;
  const second = await box.repository.commit(site('2'));
  await writeFile(`${box.repository.path}/refs/heads/main`, `${second}\n`);
  await sourceFailure(box, 'ObjectMissing');
  expect(await versionOf(box)).toBe('1');
  expect(box.berth.isRunning).toBe(true);
  await writeFile(`${box.repository.path}/refs/heads/main`, `${first}\n`);
  await rm(`${objects}/${second.slice(0, 2)}/${second.slice(2)}`, { force: true });
  await box.repository.push(site('2'));
  await waitUntil('the pushed page arrives', async () => (await versionOf(box)) === '2');
});

test('a status folder of another cluster is left alone, and deploying goes on', async () => {
  const first = await createBox();
  const commit = await first.repository.push(site('1'));
  const { cluster } = await (await first.start()).status();
  await first.berth.reaches(commit, 'Healthy');
  await waitUntil('the first has published', () => first.repository.statusFile('box/status.yaml'));
  await first.berth.stop();

  const second = await createBox();
  await second.start({ repository: first.repository.path });
  await second.berth.reaches(commit, 'Healthy');
  await waitUntil('it is said', () => second.transcript.includes('StatusFolderTaken'));
  const next = await first.repository.push(site('2'));
  await second.berth.reaches(next, 'Healthy');
  await pause(500);
  expect(count(second.berth.output, 'the status was not published')).toBe(1);
  expect(second.berth.output).toMatch(/choose another --cluster name/);
  expect(await first.repository.statusFile('box/status.yaml')).toContain(cluster.uid);
});

test('a purge takes the status off its branch; what it leaves there keeps a warning in the next status', async () => {
  const box = await createBox();
  const commit = await box.repository.push(site('1'));
  const published = () => box.repository.statusFile('box/status.yaml');
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
  await waitUntil('the status is there', published);
  const purge = async () => (await box.run('down', '--purge', '--yes')).output;
  await box.repository.git('update-ref', 'refs/heads/kept', 'berth-status');
  expect(await purge()).toContain('took the folder box off the branch berth-status');
  expect(await published()).toBeUndefined();

  // As if the repository had not been in reach.
  await box.repository.git('update-ref', 'refs/heads/berth-status', 'kept');
  await box.start();
  const told = await waitUntil('the warning is there', async () =>
    (await box.berth.status()).problems.find(({ code }) => code === 'StatusFolderTaken'),
  );
  expect(told.message).toMatch(/^the status was not published: .*belongs to another cluster/);
  await box.berth.stop();
  await rm(`${box.dataDirectory}/cluster.json`);
  expect(await purge()).toMatch(/stays: it is not known where it was published; remove it there/);
});

test('a remote that takes no pushes is deployed, and its refusal is reported once', async () => {
  const box = await createBox();
  const server: HttpGitServer = await serveHttp(box.folder, { isReadOnly: true });
  try {
    const first = await box.repository.push(site('1'));
    const args = ['--token-file', server.tokenFile, '--interval', '1s'];
    await box.start({ repository: `${server.url}/site.git`, args });
    await box.berth.reaches(first, 'Healthy');
    const second = await box.repository.push(site('2'));
    await box.berth.reaches(second, 'Healthy');
    const third = await box.repository.push(site('3'));
    await box.berth.reaches(third, 'Healthy');
    await waitUntil('it is said', () => box.berth.output.includes('the status was not published'));
    await pause(500);
    expect(count(box.berth.output, 'the status was not published')).toBe(1);
    expect(box.berth.output).toMatch(/ReadOnly/);
    expect(box.transcript).not.toContain('s3cret');
    expect(await versionOf(box)).toBe('3');
  } finally {
    await server.close();
  }
});

test('a remote that goes away and comes back is followed', async () => {
  const box = await createBox();
  const first = await box.repository.push(site('1'));
  const server = await serveHttp(box.folder);
  const args = ['--token-file', server.tokenFile, '--interval', '1s'];
  try {
    await box.start({ repository: `${server.url}/site.git`, args });
    await box.berth.reaches(first, 'Healthy');
    await writeFile(server.tokenFile, 'wrong\n');
    await sourceFailure(box, 'Unauthorized');
    await writeFile(server.tokenFile, 's3cret\n');
    await waitUntil('the new token is used', async () => (await box.berth.status()).source.failure === undefined);
  } finally {
    await server.close();
  }
  await sourceFailure(box, 'Unreachable');
  expect(await versionOf(box)).toBe('1');
});

/** git itself may refuse a push whose folder of objects a collection takes away as empty at that moment; a person pushes again. */
async function pushPastCollections(box: TestBox, files: SiteFiles): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await box.repository.push(files);
    } catch (error) {
      if (attempt === 5 || !String(error).includes('unable to migrate objects')) throw error;
    }
  }
}

test('git gc during work loses nothing', async () => {
  const box = await createBox();
  const first = await box.repository.push(site('0'));
  await box.start();
  await box.berth.reaches(first, 'Healthy');
  let isWorking = true;
  let collections = 0;
  const collecting = (async () => {
    while (isWorking) {
      await box.repository.git('gc', '-q');
      collections++;
      await pause(100);
    }
  })();
  let last = first;
  for (let version = 1; version <= 15; version++) last = await pushPastCollections(box, site(String(version)));
  await box.berth.reaches(last, 'Healthy');
  isWorking = false;
  await collecting;
  expect(collections).toBeGreaterThan(1);
  expect(await versionOf(box)).toBe('15');
  await waitUntil('the status branch says so', async () =>
    (await box.repository.statusFile('box/status.yaml'))?.includes(last),
  );
  expect(await box.repository.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
});

test('a password in the address is shown to nobody', async () => {
  const box = await createBox();
  const server = await serveHttp(box.folder);
  try {
    const commit = await box.repository.push(site('1'));
    const repository = `${server.url.replace('://', '://git:s3cret@')}/site.git`;
    const berth = box.launch({ repository, args: ['--interval', '1s'] });
    const answered = await Promise.race([
      berth.exited(),
      waitUntil('it works', () => berth.status().catch(() => undefined)),
    ]);
    if (typeof answered === 'object') {
      await berth.reaches(commit, 'Healthy');
      await waitUntil('it has published', () => box.repository.statusFile('box/status.yaml'));
      expect(JSON.stringify(await berth.status())).not.toContain('s3cret');
      expect(await box.repository.readStatusHistory()).not.toContain('s3cret');
    } else {
      expect(answered).toBe(2);
    }
    await berth.stop();
    expect(box.transcript).not.toContain('s3cret');
  } finally {
    await server.close();
  }
});
