import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod } from '../../src/objects/types.ts';
import { engineCall, ensureBusybox } from '../../src/runtime/docker/testing/engine-by-hand.ts';
import { startFakeRegistry } from '../../src/runtime/docker/testing/fake-registry.ts';
import { type BerthProgram, bundleBerth } from './testing/berth-program.ts';
import { type EngineContainer, findDoubles, removeCluster, runningApps } from './testing/engine.ts';
import { deployment, HTTPD, READY_ON_8080, SLEEP } from './testing/manifests.ts';
import { TestBox } from './testing/test-box.ts';
import { pause, waitUntil } from './testing/wait-until.ts';

let program: BerthProgram;
let box: TestBox;

beforeAll(async () => {
  await ensureBusybox();
  program = await bundleBerth();
  box = await TestBox.create({ program: program.path, runtime: 'docker' });
  const commit = await box.repository.push(GOOD);
  await box.start();
  await box.berth.reaches(commit, 'Healthy');
});

afterAll(async () => {
  await box?.remove();
  await program?.remove();
});

const web = (options: Parameters<typeof deployment>[1] = {}) =>
  deployment('web', { replicas: 2, command: HTTPD, container: READY_ON_8080, ...options });
const GOOD = { 'web.yaml': web() };

const idsOf = (containers: readonly EngineContainer[]) => containers.map(({ Id }) => Id).sort();
const isReady = ({ status }: Pod) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
const waitingReason = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting?.reason;

/** The good site again, with everything of a failed attempt gone. */
async function heal(): Promise<void> {
  const commit = await box.repository.push(GOOD);
  await box.berth.reaches(commit, 'Healthy');
  await waitUntil('two pods are left', async () => (await box.berth.pods()).length === 2);
}

describe('a bad pod', () => {
  test('whose image does not exist waits, and the old pods go on serving', async () => {
    const registry = await startFakeRegistry();
    try {
      const before = idsOf(await runningApps(box.clusterUid));
      const image = `${registry.host}/public/none:1`;
      const commit = await box.repository.push({ 'web.yaml': web({ image, version: 'bad' }) });
      const reasons = new Set<string>();
      await waitUntil('it backs off', async () => {
        for (const pod of await box.berth.pods()) reasons.add(waitingReason(pod) ?? '');
        return reasons.has('ImagePullBackOff');
      });
      expect([...reasons].filter((reason) => reason !== '')).toEqual(
        expect.arrayContaining(['ErrImagePull', 'ImagePullBackOff']),
      );
      const status = await box.berth.reaches(commit, ['Progressing', 'Failed']);
      expect(status.unhealthy[0]).toMatchObject({ object: 'Deployment/default/web', declaredAt: 'web.yaml:1' });
      expect(status.unhealthy[0]?.message).toMatch(/2\/2|none:1/);
      expect((await box.berth.pods()).filter(isReady)).toHaveLength(2);
      expect(idsOf(await runningApps(box.clusterUid))).toEqual(before);
      await heal();
      expect(idsOf(await runningApps(box.clusterUid))).toEqual(before);
    } finally {
      await registry.close();
    }
  });

  test('whose container crashes at once is started again with pauses, and the old pods go on serving', async () => {
    const before = idsOf(await runningApps(box.clusterUid));
    const command = ['sh', '-c', 'echo no database; exit 3'];
    const commit = await box.repository.push({ 'web.yaml': web({ command, version: 'crash' }) });
    const crashed = await waitUntil('it backs off', async () =>
      (await box.berth.pods()).find((pod) => waitingReason(pod) === 'CrashLoopBackOff'),
    );
    expect(crashed.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 3,
      reason: 'Error',
    });
    const status = await box.berth.reaches(commit, ['Progressing', 'Failed']);
    expect(JSON.stringify(status.unhealthy)).toContain('CrashLoopBackOff');
    expect((await box.berth.pods()).filter(isReady)).toHaveLength(2);
    expect(idsOf(await runningApps(box.clusterUid))).toEqual(before);
    await heal();
    expect(idsOf(await runningApps(box.clusterUid))).toEqual(before);
  });

  test('that is made by hand with a missing ConfigMap waits with its reason', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'by-hand' },
      spec: {
        containers: [{ name: 'app', image: 'busybox:1.36', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      },
    };
    const path = '/api/v1/namespaces/default/pods';
    expect((await box.berth.call('POST', path, body)).status).toBe(201);
    await waitUntil('it waits', async () => {
      const pod = await box.berth.get<Pod>(`${path}/by-hand`);
      return waitingReason(pod) === 'CreateContainerConfigError';
    });
    await box.berth.call('DELETE', `${path}/by-hand`);
    await waitUntil('it is gone', async () => (await box.berth.call('GET', `${path}/by-hand`)).status === 404);
  });
});

describe('what the engine has', () => {
  test('is neither restarted nor doubled by a restart of Berth, in order or not', async () => {
    const before = idsOf(await box.containers());
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await box.restart(signal);
      await waitUntil(
        'the pods are known to be ready',
        async () => (await box.berth.pods()).filter(isReady).length === 2,
      );
      await pause(500);
      expect(idsOf(await box.containers())).toEqual(before);
    }
    const commit = (await box.repository.git('rev-parse', 'main')).trim();
    await box.berth.reaches(commit, 'Healthy');
  });

  test('comes back when it is killed by hand, alone', async () => {
    const [first, second] = await runningApps(box.clusterUid);
    await engineCall('POST', `/containers/${first?.Id}/kill?signal=KILL`);
    const pod = await waitUntil('it runs again', async () =>
      (await box.berth.pods()).find((one) => one.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(one)),
    );
    expect(pod.metadata.uid).toBe(first?.Labels['io.kubernetes.pod.uid']);
    expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 137 });
    expect(idsOf(await runningApps(box.clusterUid))).toContain(second?.Id);
  });

  test('runs once of each container, also when it is restarted by hand', async () => {
    const [first] = await runningApps(box.clusterUid);
    await engineCall('POST', `/containers/${first?.Id}/restart?t=1`);
    await waitUntil('one of each pod runs', async () => {
      const running = await runningApps(box.clusterUid);
      const isQuiet = running.length === 2 && (await box.berth.pods()).filter(isReady).length === 2;
      return isQuiet && findDoubles(await box.containers()).length === 0;
    });
    // What the engine starts late is seen to as well.
    await pause(2_000);
    expect(findDoubles(await box.containers())).toEqual([]);
    expect(await runningApps(box.clusterUid)).toHaveLength(2);
  });

  test('is made anew when a whole pod is removed by hand', async () => {
    const [victim] = await runningApps(box.clusterUid);
    const uid = victim?.Labels['io.kubernetes.pod.uid'];
    const ofPod = (await box.containers()).filter(({ Labels }) => Labels['io.kubernetes.pod.uid'] === uid);
    await Promise.all(ofPod.map(({ Id }) => engineCall('DELETE', `/containers/${Id}?force=1`).catch(() => {})));
    await waitUntil('two run and are ready', async () => {
      const running = await runningApps(box.clusterUid);
      return (
        running.length === 2 &&
        (await box.berth.pods()).filter(isReady).length === 2 &&
        !idsOf(running).includes(victim?.Id ?? '')
      );
    });
    expect(findDoubles(await box.containers())).toEqual([]);
  });

  test('is removed where no pod stands for it, and is never touched where it is not ours', async () => {
    const otherUid = `00000000-test-${process.pid}`;
    const create = async (name: string, labels: Readonly<Record<string, string>>) => {
      const body = {
        Image: 'busybox:1.36',
        Cmd: SLEEP,
        Labels: labels,
        HostConfig: { NetworkMode: 'none' },
      };
      const { Id } = (await engineCall('POST', `/containers/create?name=${name}`, body)) as { Id: string };
      await engineCall('POST', `/containers/${Id}/start`);
      return Id;
    };
    const podLabels = (uid: string) => ({
      'io.kubernetes.pod.name': 'ghost',
      'io.kubernetes.pod.namespace': 'default',
      'io.kubernetes.pod.uid': `9b3c0000-0000-4000-8000-${String(process.pid).padStart(12, '0')}`,
      'io.kubernetes.container.name': 'app',
      'io.kubernetes.docker.type': 'container',
      'io.kubernetes.attempt': '0',
      'berth.dev/cluster-uid': uid,
    });
    await box.berth.stop();
    const orphan = await create(`k8s_app_ghost_default_1_${process.pid}`, podLabels(box.clusterUid));
    const { 'berth.dev/cluster-uid': _, ...unlabelled } = podLabels('');
    const foreign = await create(`k8s_app_ghost_default_2_${process.pid}`, podLabels(otherUid));
    const plain = await create(`k8s_app_ghost_default_3_${process.pid}`, unlabelled);
    try {
      await box.start();
      await waitUntil('the orphan is gone', async () => !idsOf(await box.containers()).includes(orphan), {
        withinMs: 60_000,
      });
      for (const id of [foreign, plain]) {
        const { State } = (await engineCall('GET', `/containers/${id}/json`)) as { State: { Running: boolean } };
        expect(State.Running).toBe(true);
      }
      expect((await box.berth.pods()).filter(isReady)).toHaveLength(2);
    } finally {
      await engineCall('DELETE', `/containers/${plain}?force=1`).catch(() => {});
      await removeCluster(otherUid);
    }
  });

  test('belongs to one of two clusters, and the end of one leaves the other alone', async () => {
    const other = await TestBox.create({ program: program.path, runtime: 'docker', cluster: 'other' });
    try {
      const mine = idsOf(await box.containers());
      const commit = await other.repository.push({ 'web.yaml': deployment('web') });
      await other.start();
      await other.berth.reaches(commit, 'Healthy');
      expect(other.clusterUid).not.toBe(box.clusterUid);
      expect(idsOf(await box.containers())).toEqual(mine);
      const ended = await other.run('down', '--purge', '--yes');
      expect(ended.code, ended.output).toBe(0);
      expect(await other.berth.exited()).toBe(0);
      expect(await other.containers()).toEqual([]);
      expect(idsOf(await box.containers())).toEqual(mine);
      expect((await box.berth.pods()).filter(isReady)).toHaveLength(2);
    } finally {
      await other.remove();
    }
  });
});

describe('kill -9 in the middle of a rollout', () => {
  /** What Berth has just done when it is killed. */
  const POINTS: readonly (readonly [string, (before: ReadonlySet<string>) => Promise<boolean>])[] = [
    ['the commit was taken', async () => true],
    ['the first new pod exists', async () => (await box.berth.pods()).length > 4],
    ['the first new sandbox exists', async (before) => (await box.containers()).some(({ Id }) => !before.has(Id))],
    ['a new container runs', async (before) => (await runningApps(box.clusterUid)).some(({ Id }) => !before.has(Id))],
    ['an old pod was stopped', async (before) => ![...before].every(isIn(await runningApps(box.clusterUid)))],
  ];
  const isIn = (containers: readonly EngineContainer[]) => (id: string) => containers.some(({ Id }) => Id === id);

  test.each(POINTS)(
    'after %s: the next start finishes it, without a double container or a restart',
    async (_name, isReached) => {
      const version = `killed-${POINTS.findIndex(([name]) => name === _name)}`;
      const base = await box.repository.push({ 'web.yaml': web({ replicas: 4, version: `${version}-before` }) });
      await box.berth.reaches(base, 'Healthy');
      await waitUntil('four pods are left', async () => (await box.berth.pods()).length === 4);
      const apps = new Set((await runningApps(box.clusterUid)).map(({ Id }) => Id));
      const all = new Set((await box.containers()).map(({ Id }) => Id));
      const before = _name.includes('sandbox') ? all : apps;

      const commit = await box.repository.push({ 'web.yaml': web({ replicas: 4, version }) });
      await waitUntil('the point is reached', () => isReached(before).catch(() => false));
      await box.berth.stop('SIGKILL');
      const doubles: string[] = [];
      let isSampling = true;
      const sampling = (async () => {
        while (isSampling) {
          doubles.push(...findDoubles(await box.containers()));
          await pause(50);
        }
      })();
      await box.start();
      await box.berth.reaches(commit, 'Healthy');
      await waitUntil('four pods are left', async () => (await box.berth.pods()).length === 4);
      await waitUntil('the engine has nothing else', async () => (await box.containers()).length === 8);
      isSampling = false;
      await sampling;
      expect(doubles).toEqual([]);
      for (const pod of await box.berth.pods()) {
        expect(pod.metadata.labels).toMatchObject({ version });
        expect(pod.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
      }
    },
  );
});
