import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
import { checkStore } from './check-store.ts';
import { openDiskStore } from './disk-store.ts';

const LIMITS = { segmentBytes: 300_000, logBytes: 600_000 };

describe('the store on a real disk', () => {
  let folder = '';

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'berth-store-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function openIn(directory: string) {
    return openDiskStore({ disk: await openLinuxDisk(directory), clock: linuxClock, indexes: [], limits: LIMITS });
  }

  test('loses nothing that a killed process had acknowledged', async () => {
    const writer = await buildWriter(folder);
    const directory = path.join(folder, 'store');
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [writer, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 50));
      child.kill('SIGKILL');
      await once(child, 'close');
      const acknowledged = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
      expect(acknowledged).toBeGreaterThan(0);

      const disk = await openLinuxDisk(directory);
      expect((await checkStore(disk)).damage).toBeUndefined();
      const store = await openIn(directory);
      expect(store.revision).toBeGreaterThanOrEqual(acknowledged);
      expect(Math.max(...store.list('').map((entry) => entry.modRevision))).toBe(store.revision);
      await store.close();
    }
  });

  test.skipIf(process.getuid?.() !== 0)('keeps what it acknowledged when the file system is full', async () => {
    const mountPoint = path.join(folder, 'small');
    await mkdir(mountPoint);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint]);
    try {
      const directory = path.join(mountPoint, 'store');
      const store = await openIn(directory);
      let failure: Error | undefined;
      store.onFailure((error) => {
        failure = error;
      });
      let acknowledged = 0;
      for (let n = 0; failure === undefined; n++) {
        store.transact((transaction) => transaction.put(`/k${n}`, { text: 'x'.repeat(5_000) }));
        await store.durable().catch(() => {});
        if (failure === undefined) acknowledged = n + 1;
      }
      expect(failure.message).toMatch(/DiskFailed.*ENOSPC/);
      expect(acknowledged).toBeGreaterThan(20);
      await store.close();
      const again = await openIn(directory);
      expect(again.count('')).toBeGreaterThanOrEqual(acknowledged);
      await again.close();
    } finally {
      execFileSync('umount', [mountPoint]);
    }
  });
});

/** A program that writes without end, and prints each revision once it is durable. */
async function buildWriter(folder: string): Promise<string> {
  const contents = `
    import { linuxClock } from '../../host/linux/linux-clock.ts';
    import { openLinuxDisk } from '../../host/linux/linux-disk.ts';
    import { openDiskStore } from './disk-store.ts';
    const limits = ${JSON.stringify(LIMITS)};
    const disk = await openLinuxDisk(process.argv[2]);
    const store = await openDiskStore({ disk, clock: linuxClock, indexes: [], limits });
    async function write(writer) {
      for (let n = 0; ; n++) {
        store.transact((transaction) => transaction.put('/w' + writer + '/k' + (n % 50), { n, text: 'x'.repeat(500) }));
        await store.durable();
        process.stdout.write(store.durableRevision + '\\n');
      }
    }
    for (let writer = 0; writer < 8; writer++) void write(writer);
  `;
  const outfile = path.join(folder, 'writer.mjs');
  const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' as const };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  return outfile;
}
