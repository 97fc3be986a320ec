import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Pod } from '../../src/objects/types.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { findDoubles, runningApps } from './testing/engine.ts';
import { deployment, HTTPD, READY_ON_8080 } from './testing/manifests.ts';
import { OWN_ENGINE_PROBLEM, OwnEngine } from './testing/own-engine.ts';
import { TestBox } from './testing/test-box.ts';
import { pause, waitUntil } from './testing/wait-until.ts';

const SITE = { 'web.yaml': deployment('web', { replicas: 2, command: HTTPD, container: READY_ON_8080 }) };

describe.skipIf(OWN_ENGINE_PROBLEM !== undefined)('a restart of dockerd', () => {
  const sharedHost = process.env['DOCKER_HOST'];
  let program: BerthProgram;
  let engine: OwnEngine | undefined;
  let box: TestBox | undefined;

  beforeAll(async () => {
    program = await bundleBerth();
  });

  beforeEach(() => {
    engine = undefined;
    box = undefined;
  });

  afterEach(async () => {
    await box?.berth.stop('SIGKILL');
    await engine?.remove(box?.clusterUid ?? '');
    // Whatever was left went with its engine; the shared one has nothing of it.
    if (sharedHost === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = sharedHost;
    await box?.remove();
  });

  afterAll(() => program?.remove());

  async function begin(
    engineOptions: readonly string[],
  ): Promise<{ readonly engine: OwnEngine; readonly box: TestBox }> {
    const started = await OwnEngine.start(engineOptions);
    engine = started;
    process.env['DOCKER_HOST'] = started.host;
    await ensureBusybox();
    const created = await TestBox.create({
      program: program.path,
      runtime: 'docker',
      via: started.via,
      env: { DOCKER_HOST: started.host },
    });
    box = created;
    const commit = await created.repository.push(SITE);
    await created.start();
    await created.berth.reaches(commit, 'Healthy');
    return { engine: started, box: created };
  }

  const isReady = ({ status }: Pod) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  const uidsOf = async (of: TestBox) => (await of.berth.pods()).map(({ metadata }) => metadata.uid).sort();
  const restartsOf = async (of: TestBox) =>
    (await of.berth.pods()).map(({ status }) => status?.containerStatuses?.[0]?.restartCount);

  test('that stops every container brings the same pods back', async () => {
    const world = await begin([]);
    const before = await uidsOf(world.box);
    await world.engine.stop('SIGTERM');
    await pause(500);
    await world.engine.start();
    await waitUntil('both pods were started again and are ready', async () => {
      const pods = await world.box.berth.pods();
      return pods.filter(isReady).length === 2 && (await runningApps(world.box.clusterUid)).length === 2;
    });
    expect(await uidsOf(world.box)).toEqual(before);
    expect(findDoubles(await world.box.containers())).toEqual([]);
  });

  test('that was killed with live-restore restarts only what died meanwhile', async () => {
    const world = await begin(['--live-restore']);
    const [victim, survivor] = await runningApps(world.box.clusterUid);
    const { State } = (await engineCall('GET', `/containers/${victim?.Id}/json`)) as { State: { Pid: number } };
    await world.engine.stop('SIGKILL');
    process.kill(State.Pid, 'SIGKILL');
    await pause(1_000);
    await world.engine.start();
    const nodes = '/api/v1/nodes';
    await waitUntil('the node is ready again', async () =>
      (await world.box.berth.call('GET', nodes)).body.includes('"reason":"KubeletReady"'),
    );
    await waitUntil('both pods are ready', async () => {
      const restarts = await restartsOf(world.box);
      return restarts.includes(1) && (await world.box.berth.pods()).filter(isReady).length === 2;
    });
    await pause(1_000);
    expect([...(await restartsOf(world.box))].sort()).toEqual([0, 1]);
    const after = (await runningApps(world.box.clusterUid)).map(({ Id }) => Id);
    expect(after).toHaveLength(2);
    expect(after).toContain(survivor?.Id);
    expect(findDoubles(await world.box.containers())).toEqual([]);
  });
});
