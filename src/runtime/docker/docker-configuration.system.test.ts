import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatEngineAddress, resolveEngineAddress } from './engine-address.ts';
import { loadDockerConfigCredentials } from './load-docker-config.ts';

let home: string;
const path = process.env['PATH'];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-config-'));
  process.env['PATH'] = `${join(home, 'bin')}:${path}`;
  await mkdir(join(home, 'bin'));
  await writeHelper(
    'store',
    'case $1 in list) echo \'{"https://a.example":"x","b.example":"y"}\';; get) read s; echo "{\\"Username\\":\\"$s\\",\\"Secret\\":\\"s3\\"}";; esac',
  );
  await writeHelper('token', 'read s; echo \'{"Username":"<token>","Secret":"tok"}\'');
  await writeHelper('fails', 'echo top-secret; exit 1');
  await writeHelper('slow', 'exec sleep 60');
  await writeHelper('garbage', 'echo top-secret');
});

afterAll(async () => {
  process.env['PATH'] = path;
  await rm(home, { recursive: true });
});

async function writeHelper(name: string, script: string): Promise<void> {
  const file = join(home, 'bin', `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

async function writeConfig(config: unknown): Promise<string> {
  const file = join(home, 'config.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
}

describe('credentials of the configuration', () => {
  it('come from the file, the store and single helpers, the later winning', async () => {
    const file = await writeConfig({
      auths: { 'a.example': { auth: Buffer.from('u:p').toString('base64') }, 'b.example': {} },
      credsStore: 'store',
      credHelpers: { 'b.example': 'token' },
    });
    expect(await loadDockerConfigCredentials(file)).toEqual({
      config: {
        auths: {
          'a.example': { username: 'u', password: 'p' },
          'https://a.example': { username: 'https://a.example', password: 's3' },
          'b.example': { username: '', password: '', identityToken: 'tok' },
        },
      },
      problems: [],
    });
  });

  it('are asked for only where the image may need them', async () => {
    const file = await writeConfig({ credHelpers: { 'a.example': 'slow', 'b.example': 'token' } });
    const { config } = await loadDockerConfigCredentials(file, { image: 'b.example/app:1' });
    expect(Object.keys(config.auths)).toEqual(['b.example']);
  });

  it.each([
    ['fails', 'ended with code 1'],
    ['garbage', 'sent no JSON'],
    ['slow', 'did not answer in time'],
    ['missing', 'cannot be run'],
    ['../../bin/sh', 'is not the name of a helper'],
  ])('that the helper "%s" should give are missing with a reason: it %s', async (helper, reason) => {
    const file = await writeConfig({ credHelpers: { 'a.example': helper } });
    const { config, problems } = await loadDockerConfigCredentials(file, { timeoutMs: 300 });
    expect(config.auths).toEqual({});
    expect(problems).toEqual([`docker-credential-${helper}: ${reason}`]);
  });

  it('are none without a file, and a problem in a broken one', async () => {
    expect(await loadDockerConfigCredentials(join(home, 'none.json'))).toEqual({ config: { auths: {} }, problems: [] });
    const file = await writeConfig('{"auths": top-secret');
    expect((await loadDockerConfigCredentials(file)).problems).toEqual([`${file} is not a Docker configuration`]);
  });
});

describe('the engine is found', () => {
  const resolve = async (env: Record<string, string>) => formatEngineAddress(await resolveEngineAddress({ env, home }));

  it.each([
    [{ DOCKER_HOST: 'unix:///x/y.sock' }, 'unix:///x/y.sock'],
    [{ DOCKER_HOST: 'unix://' }, 'unix:///var/run/docker.sock'],
    [{ DOCKER_HOST: 'tcp://box.example' }, 'tcp://box.example:2375'],
    [{ DOCKER_HOST: 'tcp://[::1]:99' }, 'tcp://::1:99'],
    [{ DOCKER_HOST: 'tcp://box.example:99', DOCKER_CONTEXT: 'other' }, 'tcp://box.example:99'],
  ])('through %j at %s', async (env, expected) => {
    expect(await resolve(env)).toBe(expected);
  });

  it('through the context that is current or named', async () => {
    const id = createHash('sha256').update('remote').digest('hex');
    await mkdir(join(home, '.docker/contexts/meta', id), { recursive: true });
    const meta = { Name: 'remote', Endpoints: { docker: { Host: 'unix:///remote.sock' } } };
    await writeFile(join(home, '.docker/contexts/meta', id, 'meta.json'), JSON.stringify(meta));
    expect(await resolve({ DOCKER_CONTEXT: 'remote' })).toBe('unix:///remote.sock');
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ currentContext: 'remote' }));
    expect(await resolve({})).toBe('unix:///remote.sock');
    expect(await resolve({ DOCKER_HOST: 'unix:///x.sock' })).toBe('unix:///x.sock');
    await expect(resolve({ DOCKER_CONTEXT: 'gone' })).rejects.toMatchObject({ reason: 'InvalidSpec' });
  });

  it.each(['ssh://user:secret@box', 'nonsense'])('not at %s', async (host) => {
    const error = await resolve({ DOCKER_HOST: host }).catch((caught) => caught);
    expect(error).toMatchObject({ reason: 'InvalidSpec' });
    expect(error.message).not.toContain('secret');
  });
});
