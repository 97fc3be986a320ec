import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BerthProgram, bundleBerth } from '../docker/testing/berth-program.ts';
import { configMap, deployment } from '../docker/testing/manifests.ts';
import { TestBox } from '../docker/testing/test-box.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  program = await bundleBerth();
});

afterEach(() => box?.remove());
afterAll(() => program?.remove());

const SITE = { 'web.yaml': deployment('web', { replicas: 2 }) };
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function createBox(): Promise<void> {
  box = await TestBox.create({ program: program.path, runtime: 'sim' });
}

test('a second Berth on one data directory is refused and disturbs nothing', async () => {
  await createBox();
  const commit = await box.repository.push(SITE);
  const first = await box.start();
  await first.reaches(commit, 'Healthy');
  const second = box.launch();
  expect(await second.exited()).toBe(1);
  expect(second.output + second.errors).toMatch(/error\[StoreLocked\]: .*data.* process \d+ uses this data directory/);
  expect(second.errors).not.toContain('    at ');
  expect((await first.status()).applications).toMatchObject([{ phase: 'Healthy' }]);
});

test('a data directory that holds something else is refused and left as it was', async () => {
  await createBox();
  const folder = join(box.folder, 'photos');
  await mkdir(folder, { mode: 0o755 });
  await writeFile(join(folder, 'cat.jpg'), 'x');
  const berth = box.launch({ dataDirectory: folder });
  expect(await berth.exited()).toBe(2);
  expect(berth.errors).toMatch(/error\[ConfigInvalid\].*holds other files \(cat\.jpg\)/);
  expect(berth.errors).toMatch(/--data-dir/);
  expect(await readdir(folder)).toEqual(['cat.jpg']);
  expect((await stat(folder)).mode & 0o777).toBe(0o755);
});

test('state is for its owner only', async () => {
  await createBox();
  const commit = await box.repository.push(SITE);
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
  const { mode } = await stat(box.dataDirectory);
  expect(mode & 0o777).toBe(0o700);
  const open = [];
  for (const name of await readdir(box.dataDirectory, { recursive: true })) {
    const stats = await stat(join(box.dataDirectory, name));
    if ((stats.mode & 0o077) !== 0) open.push(name);
  }
  expect(open).toEqual([]);
});

test('a box that is called otherwise keeps its node, and so its pods', async () => {
  await createBox();
  const commit = await box.repository.push(SITE);
  const first = await box.start();
  await first.reaches(commit, 'Healthy');
  const boundTo = async () => {
    const pods = await box.berth.pods();
    return pods.map(({ metadata, spec }) => `${metadata.uid} ${spec?.nodeName}`).sort();
  };
  const before = await boundTo();
  await box.restart('SIGTERM', { args: ['--cluster', 'Renamed'] });
  await box.berth.reaches(commit, 'Healthy');
  expect(await boundTo()).toEqual(before);
  expect((await box.berth.status()).cluster.name).toBe('Renamed');
  expect((await box.berth.get<{ items: readonly unknown[] }>('/api/v1/nodes')).items).toHaveLength(1);
});

test('kill -9 loses nothing that was acknowledged, and changes nothing that ran', async () => {
  await createBox();
  const commit = await box.repository.push(SITE);
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
  const uids = async () => (await box.berth.pods()).map(({ metadata }) => metadata.uid).sort();
  const before = await uids();
  const acknowledged: string[] = [];
  const writing = (async () => {
    for (let i = 0; ; i++) {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `note-${i}` },
        data: { a: 'b'.repeat(500) },
      };
      const answer = await box.berth.call('POST', CONFIG_MAPS, body).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status === 201) acknowledged.push(`note-${i}`);
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, 700));
  await box.berth.stop('SIGKILL');
  await writing;
  expect(acknowledged.length).toBeGreaterThan(20);
  await box.start();
  const names = (await box.berth.get<{ items: { metadata: { name: string } }[] }>(CONFIG_MAPS)).items.map(
    ({ metadata }) => metadata.name,
  );
  expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
  expect(await uids()).toEqual(before);
});

describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  test('ends Berth with one clear error, and after space is made everything acknowledged is there', async () => {
    await createBox();
    const disk = join(box.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'berth-test', disk]);
    const dataDirectory = join(disk, 'data');
    const commit = await box.repository.push(SITE);
    await box.start({ dataDirectory });
    const { berth } = box;
    await berth.reaches(commit, 'Healthy');
    await writeFile(join(disk, 'ballast'), Buffer.alloc(4 * 1024 * 1024));
    const acknowledged: string[] = [];
    for (let i = 0; berth.isRunning && i < 10_000; i++) {
      const data = { a: 'b'.repeat(20_000) };
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `note-${i}` }, data };
      const answer = await berth.call('POST', CONFIG_MAPS, body).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(`note-${i}`);
      else break;
    }
    expect(await berth.exited()).toBe(1);
    expect(berth.errors.match(/error\[/g)).toHaveLength(1);
    expect(berth.errors).toMatch(/error\[DiskFailed\].*ENOSPC/);
    expect(berth.errors).toMatch(/help: free space/);
    expect(berth.errors).not.toMatch(/this is a bug|\n {4}at /);
    expect(acknowledged.length).toBeGreaterThan(5);

    await rm(join(disk, 'ballast'));
    await box.start({ dataDirectory });
    const { items } = await box.berth.get<{ items: { metadata: { name: string } }[] }>(CONFIG_MAPS);
    const names = items.map(({ metadata }) => metadata.name);
    expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
    expect(await box.berth.reaches(await box.repository.push({ ...SITE, 'a.yaml': configMap('a', {}) }), 'Healthy'));
  });

  test.each([0, 1, 2, 3, 4, 5])('at the start is said, too, with %i pages left', async (pages) => {
    await createBox();
    await box.repository.push(SITE);
    const disk = join(box.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'berth-test', disk]);
    await writeFile(join(disk, 'ballast'), Buffer.alloc(64 * 1024 - pages * 4096));
    const berth = box.launch({ dataDirectory: join(disk, 'data') });
    expect(await berth.exited()).toBe(1);
    expect(berth.errors).toMatch(/error\[DiskFailed\].*(ENOSPC|no space)/i);
    expect(berth.errors).not.toMatch(/this is a bug/);
  });
});

test('a damaged store is named with its file and place, and nothing is started', async () => {
  await createBox();
  const commit = await box.repository.push(SITE);
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
  await box.berth.stop('SIGKILL');
  const folder = join(box.dataDirectory, 'store');
  const [segment = ''] = (await readdir(folder)).filter((name) => name.endsWith('.wal'));
  const bytes = await readFile(join(folder, segment));
  // Behind what was written lies space that is reserved and holds nothing.
  const middle = Math.floor(bytes.findLastIndex((byte) => byte !== 0) / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x40;
  await writeFile(join(folder, segment), bytes);
  const berth = box.launch();
  expect(await berth.exited()).toBe(1);
  expect(berth.errors).toMatch(new RegExp(`error\\[StoreCorrupt\\].*${segment}`));
  expect(berth.errors).toMatch(/help: .*berth store restore/);
  expect(await readFile(join(folder, segment))).toEqual(bytes);
});
