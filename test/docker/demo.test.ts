import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BerthBuild, type Outcome } from '../cli/berth-process.ts';
import { TestRepository } from '../cli/test-repository.ts';

let berth: BerthBuild;

beforeAll(() => {
  berth = new BerthBuild();
});

afterAll(async () => {
  await berth.close();
});

function docker(...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

function ownedBy(uid: string): readonly string[] {
  const filter = `label=berth.dev/cluster-uid=${uid}`;
  return [
    ...docker('ps', '-aq', '--filter', filter),
    ...docker('network', 'ls', '-q', '--filter', filter),
    ...docker('images', '--format', '{{.Repository}}:{{.Tag}}').filter((tag) => tag.includes(uid)),
  ];
}

const demoFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('berth-demo-'));

describe('the demo', () => {
  test('checks itself, an edit included, and leaves nothing behind', async () => {
    const before = demoFolders();
    const demo = berth.start(['--exit', '--yes', '--progress', 'plain'], { program: 'demo' });
    const { code, stdout, stderr } = await demo.ended();
    expect(stderr).toBe('');
    expect(stdout).not.toContain('✗ the');
    for (const line of [
      'the page answers',
      'the page shows the edit',
      'saw it',
      'the status branch tells',
      'a third replica',
    ]) {
      expect(stdout).toMatch(new RegExp(`^✔ .*${line}`, 'm'));
    }
    expect(stdout).toContain('everything that the demo made is removed');
    expect(code).toBe(0);
    expect(demoFolders()).toEqual(before);
  }, 180_000);

  test('shows what to try next with real paths, takes another port when its own is in use, and goes on Ctrl-C', async () => {
    const before = demoFolders();
    const { createServer } = await import('node:http');
    const taken = createServer();
    // Whoever has the port, the demo must not fight for it.
    await new Promise<void>((resolve) =>
      taken.once('error', () => resolve()).listen(30_080, '0.0.0.0', () => resolve()),
    );
    const demo = berth.start(['--progress', 'plain'], { program: 'demo' });
    try {
      await demo.waitFor(/Ctrl-C ends the demo/, 120_000);
      const [, url] = /The page: +(\S+)/.exec(demo.stdout) ?? [];
      expect(url).not.toContain(':30080');
      expect(await (await fetch(url ?? '')).text()).toContain('Hello from Berth');
      const [, dataDirectory = ''] = /--data-dir (\S+)/.exec(demo.stdout) ?? [];
      const status = await berth.run(['status', '--data-dir', dataDirectory]);
      expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining('Healthy') });
      const [, show = ''] = /git (-C \S+ show \S+)/.exec(demo.stdout) ?? [];
      expect(spawnSync('git', show.split(' '), { encoding: 'utf8' }).stdout).toContain('production');
    } finally {
      demo.signal('SIGINT');
    }
    expect(await demo.ended()).toMatchObject({ code: 0, stderr: '' });
    await new Promise((resolve) => taken.close(resolve));
    expect(demoFolders()).toEqual(before);
  }, 180_000);
});

describe('a box on Docker', () => {
  test('logs, exec, a kill in between, and down --purge that leaves nothing', async () => {
    const repository = await TestRepository.create(berth.folder);
    const dataDirectory = join(berth.folder, 'data');
    const at = ['--data-dir', dataDirectory];
    const run = (command: string, ...args: readonly string[]): Promise<Outcome> => berth.run([command, ...at, ...args]);
    await repository.commit({ 'web.yaml': (text) => text.replace(/nodePort: \d+/, 'nodePort: 31234') });
    const arguments_ = ['up', '--repo', repository.path, ...at, '--cluster', 'cli-test', '--progress', 'plain'];
    const up = berth.start(arguments_);
    await up.waitFor(/site is healthy/, 90_000);
    const { uid } = JSON.parse((await run('status', '-o', 'json')).stdout).cluster;
    try {
      expect((await run('logs', 'deployment/visitor', '-n', 'shop', '--tail', '1')).stdout).toContain(
        'Hello from Berth',
      );
      expect((await run('logs', '-l', 'app=web', '-n', 'shop', '--timestamps')).stdout).toMatch(
        /^\[web-\S+\/httpd\] \d{4}-/m,
      );
      const exec = await run(
        'exec',
        'deploy/web',
        '-n',
        'shop',
        '--',
        'sh',
        '-c',
        'cat /www/index.html; echo oops >&2; exit 7',
      );
      expect(exec).toMatchObject({ code: 7, stdout: expect.stringContaining('Hello from Berth'), stderr: 'oops\n' });
      const piped = await berth.run(['exec', '-i', 'deploy/web', '-n', 'shop', ...at, '--', 'cat'], {
        input: 'through\n',
      });
      expect(piped).toMatchObject({ code: 0, stdout: 'through\n' });
      const followed = berth.start(['logs', '-f', 'deployment/visitor', '-n', 'shop', '--tail', '0', ...at]);
      await followed.waitFor(/saw:/);
      followed.signal('SIGTERM');

      up.signal('SIGKILL');
      await up.ended();
      const running = docker('ps', '-q', '--filter', `label=berth.dev/cluster-uid=${uid}`);
      expect(running).toHaveLength(6);
      const again = berth.start([...arguments_, '--once']);
      expect((await again.ended()).code).toBe(0);
      expect(docker('ps', '-q', '--filter', `label=berth.dev/cluster-uid=${uid}`).toSorted()).toEqual(
        running.toSorted(),
      );
    } finally {
      expect(await run('down', '--purge', '--yes')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('removed 6 containers and 1 network'),
      });
    }
    expect(ownedBy(uid)).toEqual([]);
    expect(spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' }).stdout).not.toContain(uid.slice(0, 8));
    expect(readdirSync(berth.folder)).not.toContain('data');
  }, 240_000);
});
