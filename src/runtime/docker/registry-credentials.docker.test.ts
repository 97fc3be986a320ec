import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import type { Runtime } from '../runtime.ts';
import { createDockerRuntime } from './index.ts';
import { engineCall } from './testing/engine-by-hand.ts';
import { REGISTRY_PASSWORD, REGISTRY_USER, startFakeRegistry } from './testing/fake-registry.ts';

const clusterUid = randomUUID();
let runtime: Runtime;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-credentials-'));
  runtime = await createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log: silentLogger });
});

afterAll(async () => {
  await runtime.removeEverything();
  await runtime.close();
  await rm(folder, { recursive: true });
});

describe('credentials for a registry', () => {
  const right = { username: REGISTRY_USER, password: REGISTRY_PASSWORD };
  const wrong = { username: 'somebody', password: 'else' };
  let registry: Awaited<ReturnType<typeof startFakeRegistry>>;
  let image: string;

  beforeAll(async () => {
    registry = await startFakeRegistry();
    image = `${registry.host}/private/app:1`;
  });

  afterEach(async () => {
    await engineCall('DELETE', `/images/${image}`).catch(() => {});
  });

  afterAll(() => registry.close());

  async function withConfig(config: unknown): Promise<Runtime> {
    const dockerConfigPath = join(folder, `config-${randomUUID()}.json`);
    await writeFile(dockerConfigPath, JSON.stringify(config));
    return createDockerRuntime({ clusterUid, nodeIp: '192.0.2.2', log: silentLogger, dockerConfigPath });
  }

  it('are tried in order until one is taken', async () => {
    const info = await runtime.pullImage(image, { credentials: [wrong, right] });
    expect(info).toMatchObject({ user: '1000', entrypoint: ['/run'], cmd: ['/hello'] });
    const users = registry.requests.map((request) => request.split(' ')[0]);
    expect(users.indexOf('somebody')).toBeGreaterThan(-1);
    expect(users.indexOf('somebody')).toBeLessThan(users.indexOf(REGISTRY_USER));
  });

  it('that are all refused end in one line without them', async () => {
    const error = await runtime
      .pullImage(image, { credentials: [wrong, { ...right, password: 'old-secret' }] })
      .catch((caught) => caught);
    expect(error).toMatchObject({ reason: 'ImageUnauthorized' });
    expect(error.message).not.toMatch(/old-secret|else|\n/);
  });

  it('come from the configuration of Docker', async () => {
    const auth = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString('base64');
    const configured = await withConfig({ auths: { [registry.host]: { auth } } });
    expect((await configured.pullImage(image, { credentials: [] })).repoDigests).toHaveLength(1);
    await configured.close();
  });

  it('come from a credential helper', async () => {
    const helper = join(folder, 'docker-credential-berthtest');
    const answer = JSON.stringify({ Username: REGISTRY_USER, Secret: REGISTRY_PASSWORD });
    await writeFile(helper, `#!/bin/sh\nread server\n[ "$server" = "${registry.host}" ] && echo '${answer}'\n`);
    await chmod(helper, 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${folder}:${path}`;
    const configured = await withConfig({ credHelpers: { [registry.host]: 'berthtest', 'quay.io': 'missing' } });
    expect((await configured.pullImage(image, { credentials: [] })).repoDigests).toHaveLength(1);
    process.env['PATH'] = path;
    await configured.close();
  });
});
