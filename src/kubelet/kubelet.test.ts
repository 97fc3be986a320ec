import { describe, expect, test } from 'vitest';
import type { SimCall } from '../runtime/sim/sim-behaviour.ts';
import { containerState, createPod, eventsOf, findPod, getPod, isReady, type TestNode } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const start = useTestNode();

const deletePod = (node: TestNode, name: string, gracePeriodSeconds?: number) =>
  node.client.delete(
    { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name },
    gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
  );

describe('running', () => {
  test('a pod runs, is ready, and its status says so', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    createPod(node, 'web');
    await node.until(() => isReady(node, 'web'), 2_000);
    const { status } = getPod(node, 'web');
    expect(status).toMatchObject({ phase: 'Running', hostIP: '192.0.2.1', qosClass: 'BestEffort' });
    expect(status?.podIP).toMatch(/^10\./);
    expect(status?.containerStatuses?.[0]).toMatchObject({ name: 'app', ready: true, started: true, restartCount: 0 });
    expect(eventsOf(node, 'web')).toEqual([
      'Pulled: Container image "app:1" already present on machine',
      'Created: Created container: app',
      'Started: Started container app',
    ]);
  });

  test('a pod at rest writes nothing', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { listensAfterMs: 10 } } } });
    const probe = { httpGet: { port: 80 }, periodSeconds: 1 };
    createPod(node, 'web', {
      containers: [{ name: 'app', image: 'app:1', readinessProbe: probe, livenessProbe: probe }],
    });
    await node.until(() => isReady(node, 'web'));
    await node.advance(1_000);
    const { revision } = node.client;
    await node.advance(600_000);
    expect(node.client.revision).toBe(revision);
  });

  test('fifty pods run side by side', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    for (let i = 0; i < 50; i++) createPod(node, `web-${i}`);
    await node.until(() => Array.from({ length: 50 }, (_, i) => isReady(node, `web-${i}`)).every(Boolean), 60_000);
    expect(node.engine.containers().length).toBe(50);
  });
});

describe('restarts', () => {
  test('a container that crashes comes back after 0, 10, 20, 40, … and at most 300 seconds', async () => {
    const node = await start({
      images: { 'app:1': { present: true, process: { exit: { afterMs: 1_000, code: 1 } } } },
    });
    createPod(node, 'web');
    const startsMs: number[] = [];
    for (let restarts = 0; restarts < 9; restarts++) {
      await node.until(() => {
        const newest = node.engine.containers().filter(({ attempt }) => attempt === restarts);
        return newest.some(({ status }) => status === 'running');
      });
      startsMs.push(node.clock.monotonicMs());
    }
    const gaps = startsMs.slice(1).map((at, index) => Math.round((at - (startsMs[index] ?? 0)) / 1000));
    expect(gaps).toEqual([1, 11, 21, 41, 81, 161, 301, 301]);
    await node.advance(5_000);
    expect(containerState(node, 'web')?.state?.waiting).toEqual({
      reason: 'CrashLoopBackOff',
      message: `back-off 5m0s restarting failed container=app pod=web_default(${getPod(node, 'web').metadata.uid})`,
    });
    expect(containerState(node, 'web')).toMatchObject({ restartCount: 8, lastState: { terminated: { exitCode: 1 } } });
    expect(getPod(node, 'web').status?.phase).toBe('Running');
    expect(node.engine.containers().length).toBeLessThanOrEqual(2);
  });

  test('ten good minutes end the back-off', async () => {
    let runMs = 1_000;
    const process = () => ({ exit: { afterMs: runMs, code: 1 } });
    const node = await start({ images: { 'app:1': { present: true, process } } });
    createPod(node, 'web');
    const running = () => node.engine.containers().filter(({ status }) => status === 'running');
    const attempt = () => Math.max(-1, ...running().map((state) => state.attempt));
    await node.until(() => attempt() === 3);
    runMs = 1_300_000;
    await node.until(() => attempt() === 4, 3_000_000);
    runMs = 1_000;
    await node.until(() => attempt() === 5, 3_000_000);
    const tookMs = await node.until(() => attempt() === 6, 3_000_000);
    expect(Math.round(tookMs / 1000)).toBe(11);
  });

  test.each([
    ['Never', 0, 'Succeeded', 0],
    ['Never', 3, 'Failed', 0],
    ['OnFailure', 0, 'Succeeded', 0],
    ['OnFailure', 3, 'Running', 2],
    ['Always', 0, 'Running', 2],
  ] as const)(
    'restartPolicy %s and exit code %i: %s after %i restarts',
    async (restartPolicy, code, phase, restarts) => {
      const node = await start({ images: { 'app:1': { present: true, process: { exit: { afterMs: 100, code } } } } });
      createPod(node, 'job', { restartPolicy });
      await node.advance(15_000);
      expect(getPod(node, 'job').status?.phase).toBe(phase);
      expect(containerState(node, 'job')?.restartCount).toBe(restarts);
      if (phase !== 'Running') expect(node.engine.sandboxes().every(({ running }) => !running)).toBe(true);
    },
  );

  test('a dead sandbox is replaced, with all containers and init containers', async () => {
    const process = ({ name }: { name: string }) => (name === 'setup' ? { exit: { afterMs: 50, code: 0 } } : {});
    const node = await start({ images: { 'app:1': { present: true, process } } });
    createPod(node, 'web', { initContainers: [{ name: 'setup', image: 'app:1' }] });
    await node.until(() => isReady(node, 'web'));
    const before = getPod(node, 'web').status?.podIP;
    node.engine.killSandbox(node.engine.sandboxes()[0]?.id ?? '');
    await node.until(() => getPod(node, 'web').status?.podIP !== before && isReady(node, 'web'), 60_000);
    await node.advance(1_000);
    expect(node.engine.sandboxes().map(({ attempt }) => attempt)).toEqual([1]);
    expect(getPod(node, 'web').status?.initContainerStatuses?.[0]?.restartCount).toBe(1);
    expect(eventsOf(node, 'web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
  });
});

describe('init containers and sidecars', () => {
  test('start in order, and the sidecar stops last', async () => {
    const order: string[] = [];
    const process = (begun: { name: string }) => {
      order.push(begun.name);
      return begun.name === 'setup' ? { exit: { afterMs: 500, code: 0 } } : {};
    };
    const node = await start({ images: { 'app:1': { present: true, process } } });
    createPod(node, 'web', {
      initContainers: [
        { name: 'proxy', image: 'app:1', restartPolicy: 'Always' },
        { name: 'setup', image: 'app:1' },
      ],
    });
    await node.until(() => order.includes('setup'));
    await node.advance(100);
    expect(getPod(node, 'web').status).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
    await node.until(() => isReady(node, 'web'));
    expect(order).toEqual(['proxy', 'setup', 'app']);
    const stopped: string[] = [];
    deletePod(node, 'web');
    await node.until(() => {
      for (const { name, status } of node.engine.containers()) {
        if (status === 'exited' && !stopped.includes(name)) stopped.push(name);
      }
      return findPod(node, 'web') === undefined;
    });
    expect(stopped).toEqual(['setup', 'app', 'proxy']);
  });

  test('a failed init container with restartPolicy Never fails the pod', async () => {
    const process = () => ({ exit: { afterMs: 50, code: 2 } });
    const node = await start({ images: { 'app:1': { present: true, process } } });
    createPod(node, 'web', { restartPolicy: 'Never', initContainers: [{ name: 'setup', image: 'app:1' }] });
    await node.until(() => getPod(node, 'web').status?.phase === 'Failed', 10_000);
    expect(node.engine.containers().map(({ name }) => name)).toEqual(['setup']);
  });
});

describe('images', () => {
  test('a missing image shows as ErrImagePull, then ImagePullBackOff, and is tried again when it is there', async () => {
    const node = await start({ images: { 'app:1': { pull: 'missing' } } });
    createPod(node, 'web');
    await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'ErrImagePull');
    await node.advance(1_500);
    expect(containerState(node, 'web')?.state?.waiting?.reason).toBe('ImagePullBackOff');
    expect(containerState(node, 'web')?.state?.waiting?.message).toContain('Back-off pulling image "app:1"');
    const events = eventsOf(node, 'web');
    expect(events[0]).toBe('Pulling: Pulling image "app:1"');
    expect(events.some((event) => event.startsWith('Failed: Failed to pull image "app:1": '))).toBe(true);
    expect(events).toContain('Failed: Error: ErrImagePull');
    expect(events).toContain('BackOff: Back-off pulling image "app:1"');
    node.engine.setImage('app:1', {});
    await node.until(() => isReady(node, 'web'), 60_000);
    expect(eventsOf(node, 'web').some((event) => /^Pulled: Successfully pulled image "app:1" in \d/.test(event))).toBe(
      true,
    );
  });

  test('an image that is never pulled has to be there', async () => {
    const node = await start({});
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', imagePullPolicy: 'Never' }] });
    await node.until(() => containerState(node, 'web')?.state?.waiting?.message !== undefined, 5_000);
    expect(containerState(node, 'web')?.state?.waiting).toEqual({
      reason: 'ErrImageNeverPull',
      message: 'Container image "app:1" is not present with pull policy of Never',
    });
  });

  test('imagePullSecrets are used', async () => {
    const credentials = { username: 'u', password: 'p' };
    const node = await start({ images: { 'reg.test/app:1': { credentials } } });
    const config = JSON.stringify({ auths: { 'reg.test': credentials } });
    node.client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'reg', namespace: 'default' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': btoa(config) },
    });
    const containers = [{ name: 'app', image: 'reg.test/app:1' }];
    createPod(node, 'web', { containers, imagePullSecrets: [{ name: 'reg' }] });
    await node.until(() => isReady(node, 'web'), 30_000);
  });
});

describe('probes', () => {
  test('a container is ready soon after it answers, not a period later', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { listensAfterMs: 300 } } } });
    const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 60 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', readinessProbe }] });
    await node.until(() => containerState(node, 'web')?.state?.running !== undefined);
    expect(isReady(node, 'web')).toBe(false);
    expect(await node.until(() => isReady(node, 'web'))).toBeLessThan(1_000);
  });

  test('three failures in a row take the pod out, one success brings it back', async () => {
    let status = 200;
    const node = await start({ images: { 'app:1': { present: true, process: { http: () => ({ status }) } } } });
    const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', readinessProbe }] });
    await node.until(() => isReady(node, 'web'));
    status = 503;
    const outMs = await node.until(() => !isReady(node, 'web'));
    expect(outMs).toBeGreaterThan(10_000);
    expect(outMs).toBeLessThan(15_500);
    expect(eventsOf(node, 'web')).toContain(
      'Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503',
    );
    expect(getPod(node, 'web').status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
    status = 200;
    expect(await node.until(() => isReady(node, 'web'))).toBeLessThan(5_500);
  });

  test('a failed liveness probe restarts the container', async () => {
    let exitCode = 0;
    const node = await start({ images: { 'app:1': { present: true, process: { exec: () => ({ exitCode }) } } } });
    const livenessProbe = { exec: { command: ['check'] }, periodSeconds: 2, failureThreshold: 2 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', livenessProbe }] });
    await node.until(() => isReady(node, 'web'));
    exitCode = 1;
    await node.until(() => containerState(node, 'web')?.restartCount === 1, 30_000);
    exitCode = 0;
    expect(eventsOf(node, 'web')).toContain('Killing: Container app failed liveness probe, will be restarted');
    await node.advance(60_000);
    expect(containerState(node, 'web')).toMatchObject({ restartCount: 1, ready: true });
  });

  test('a probe that cannot be carried out leaves an event in each period, and no verdict', async () => {
    const node = await start({
      images: { 'app:1': { present: true, process: { exec: () => ({ exitCode: 0 }) } } },
      faults: ({ operation }) =>
        operation === 'exec' ? { kind: 'refuse', reason: 'Conflict', message: 'Container c is paused' } : undefined,
    });
    const livenessProbe = { exec: { command: ['check'] }, periodSeconds: 2, failureThreshold: 1 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', livenessProbe }] });
    createPod(node, 'api', {
      containers: [{ name: 'app', image: 'app:1', readinessProbe: { tcpSocket: { port: 'none' }, periodSeconds: 2 } }],
    });
    await node.advance(20_000);
    const errored = (pod: string) => eventsOf(node, pod).filter((event) => event.startsWith('Unhealthy'));
    const why = 'probe errored and resulted in unknown state';
    expect(new Set(errored('web'))).toEqual(new Set([`Unhealthy: Liveness ${why}: Container c is paused`]));
    expect(new Set(errored('api'))).toEqual(new Set([`Unhealthy: Readiness ${why}: no port named "none"`]));
    expect(containerState(node, 'web')).toMatchObject({ restartCount: 0 });
    expect(isReady(node, 'api')).toBe(false);
  });

  test('a startup probe holds the others back', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { listensAfterMs: 20_000 } } } });
    const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 1 };
    const startupProbe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 60 };
    createPod(node, 'web', {
      containers: [{ name: 'app', image: 'app:1', livenessProbe: probe, readinessProbe: probe, startupProbe }],
    });
    await node.until(() => isReady(node, 'web'), 30_000);
    expect(containerState(node, 'web')).toMatchObject({ restartCount: 0, started: true });
  });
});

describe('configuration', () => {
  const configMap = (text: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'page', namespace: 'default' },
    data: { 'index.html': text },
  });

  test('a ConfigMap volume follows its ConfigMap, and a pod waits for one that is missing', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    createPod(node, 'web', {
      containers: [{ name: 'app', image: 'app:1', volumeMounts: [{ name: 'page', mountPath: '/www' }] }],
      volumes: [{ name: 'page', configMap: { name: 'page' } }],
    });
    await node.advance(60_000);
    expect(containerState(node, 'web')?.state?.waiting?.reason).toBe('ContainerCreating');
    expect(eventsOf(node, 'web')).toEqual([
      'FailedMount: MountVolume.SetUp failed for volume "page" : configmap "page" not found',
    ]);
    node.client.create(configMap('one'));
    await node.until(() => isReady(node, 'web'), 5_000);
    const file = `/disk/pods/${getPod(node, 'web').metadata.uid}/volumes/kubernetes.io~configmap/page/index.html`;
    expect(node.volumeFiles.readText(file)).toBe('one');
    node.client.update(configMap('two'));
    await node.advance(100);
    expect(node.volumeFiles.readText(file)).toBe('two');
    deletePod(node, 'web');
    await node.until(() => findPod(node, 'web') === undefined);
    expect(node.volumeFiles.readText(file)).toBeUndefined();
  });

  test('a missing reference in the environment is named, and the pod starts when it is there', async () => {
    const seen: Record<string, string>[] = [];
    const process = ({ env }: { env: Readonly<Record<string, string>> }) => {
      seen.push({ ...env });
      return {};
    };
    const node = await start({ images: { 'app:1': { present: true, process } } });
    const env = [{ name: 'PAGE', valueFrom: { configMapKeyRef: { name: 'page', key: 'index.html' } } }];
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', env }] });
    await node.until(() => containerState(node, 'web')?.state?.waiting?.reason === 'CreateContainerConfigError');
    expect(containerState(node, 'web')?.state?.waiting?.message).toBe('configmap "page" not found');
    node.client.create(configMap('hello'));
    await node.until(() => isReady(node, 'web'), 5_000);
    expect(seen[0]?.['PAGE']).toBe('hello');
  });

  test('what would own the machine never runs', async () => {
    const node = await start({});
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', securityContext: { privileged: true } }] });
    await node.advance(5_000);
    expect(getPod(node, 'web').status).toMatchObject({
      phase: 'Failed',
      message: 'Pod was rejected: Forbidden: privileged containers are not allowed',
    });
    expect(node.engine.sandboxes()).toEqual([]);
  });
});

describe('termination', () => {
  test('a pod gets its grace period, ends with a phase, and leaves nothing', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { ignoresTerm: true } } } });
    createPod(node, 'web', { terminationGracePeriodSeconds: 7 });
    await node.until(() => isReady(node, 'web'));
    const phases = new Set<string>();
    node.client.watch('Pod', ({ object }) => phases.add(object.status?.phase ?? ''));
    deletePod(node, 'web');
    const tookMs = await node.until(() => findPod(node, 'web') === undefined);
    expect(tookMs).toBeGreaterThan(6_000);
    expect(tookMs).toBeLessThan(9_500);
    expect([...phases]).toEqual(['Running', 'Failed']);
    expect(node.engine.sandboxes()).toEqual([]);
    expect(node.engine.containers()).toEqual([]);
  });

  test('preStop counts in the grace period', async () => {
    const commands: string[] = [];
    const exec = ({ command }: { command: readonly string[] }) => {
      commands.push(command.join(' '));
      return { exitCode: 0, durationMs: 3_000 };
    };
    const node = await start({ images: { 'app:1': { present: true, process: { exec } } } });
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', lifecycle }] });
    await node.until(() => isReady(node, 'web'));
    deletePod(node, 'web');
    // Who looks while the hook runs sees why: the event comes before it.
    await node.until(() => commands.length > 0);
    expect(eventsOf(node, 'web')).toContain('Killing: Stopping container app');
    const tookMs = await node.until(() => findPod(node, 'web') === undefined);
    expect(commands).toEqual(['drain']);
    expect(tookMs).toBeGreaterThan(2_900);
    expect(tookMs).toBeLessThan(4_000);
    expect(eventsOf(node, 'web').filter((event) => event.startsWith('Killing'))).toHaveLength(1);
  });

  test('an event tells of a preStop hook that failed, and nothing of what it wrote', async () => {
    const exec = () => ({ exitCode: 3, output: 'token=hunter2' });
    const node = await start({ images: { 'app:1': { present: true, process: { exec } } } });
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', lifecycle }] });
    await node.until(() => isReady(node, 'web'));
    deletePod(node, 'web');
    await node.until(() => findPod(node, 'web') === undefined);
    expect(eventsOf(node, 'web')).toContain('FailedPreStopHook: PreStopHook failed');
    expect(JSON.stringify(node.client.list('Event'))).not.toContain('hunter2');
  });

  test('a shorter grace period cuts a longer one', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { ignoresTerm: true } } } });
    createPod(node, 'web', { terminationGracePeriodSeconds: 3_600 });
    await node.until(() => isReady(node, 'web'));
    deletePod(node, 'web');
    await node.advance(5_000);
    deletePod(node, 'web', 1);
    expect(await node.until(() => findPod(node, 'web') === undefined)).toBeLessThan(4_000);
  });

  test('a stop for another reason is shortened once the deletion is on disk', async () => {
    let syncDelayMs = 0;
    const stops: number[] = [];
    const faults = ({ operation, atMs }: SimCall) => {
      if (operation === 'stopContainer') stops.push(atMs);
      return undefined;
    };
    const process = { ignoresTerm: true, http: () => ({ status: 500 }) };
    const images = { 'app:1': { present: true, process } };
    const node = await start({ images, faults, syncDelayMs: () => syncDelayMs });
    const livenessProbe = { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 };
    const containers = [{ name: 'app', image: 'app:1', livenessProbe }];
    createPod(node, 'web', { containers, terminationGracePeriodSeconds: 3_600 });
    await node.until(() => stops.length === 1);
    syncDelayMs = 20_000;
    deletePod(node, 'web', 1);
    await node.advance(19_000);
    expect(stops).toHaveLength(1);
    await node.advance(2_000);
    expect(stops).toHaveLength(2);
    syncDelayMs = 0;
    await node.until(() => findPod(node, 'web') === undefined);
  });

  test('a forced deletion still brings the containers down', async () => {
    const node = await start({ images: { 'app:1': { present: true, process: { ignoresTerm: true } } } });
    createPod(node, 'web');
    await node.until(() => isReady(node, 'web'));
    deletePod(node, 'web', 0);
    expect(findPod(node, 'web')).toBeUndefined();
    await node.until(() => node.engine.sandboxes().length === 0, 10_000);
    expect(node.engine.containers()).toEqual([]);
  });

  test('a pod that never started goes, too', async () => {
    const node = await start({ images: { 'app:1': { pull: 'missing' } } });
    createPod(node, 'web');
    await node.advance(5_000);
    deletePod(node, 'web');
    expect(await node.until(() => findPod(node, 'web') === undefined)).toBeLessThan(2_000);
  });

  test('activeDeadlineSeconds ends a pod for good', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    createPod(node, 'web', { activeDeadlineSeconds: 20, restartPolicy: 'Never' });
    await node.advance(40_000);
    expect(getPod(node, 'web').status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(node.engine.sandboxes().every(({ running }) => !running)).toBe(true);
  });
});

describe('streams', () => {
  test('logs of a running, a previous and a waiting container', async () => {
    const process = ({ attempt }: { attempt: number }) => ({ logs: [{ atMs: 1, text: `run ${attempt}` }] });
    const node = await start({ images: { 'app:1': { present: true, process }, 'app:2': { pull: 'missing' } } });
    createPod(node, 'web');
    createPod(node, 'bad', { containers: [{ name: 'app', image: 'app:2' }] });
    await node.until(() => isReady(node, 'web'));
    await node.advance(10);
    const options = { follow: false, timestamps: false, previous: false };
    const read = async (pod: string, extra: object = {}) => {
      const reference = { namespace: 'default', pod, podUid: getPod(node, pod).metadata.uid, container: 'app' };
      const opening = node.kubelet.podStreams.logs(reference, { ...options, ...extra });
      opening.catch(() => {});
      await node.advance(50);
      let text = '';
      for await (const chunk of (await opening).chunks) text += new TextDecoder().decode(chunk);
      return text;
    };
    expect(await read('web')).toBe('run 0\n');
    await expect(read('web', { previous: true })).rejects.toThrow(
      'previous terminated container "app" in pod "web" not found',
    );
    node.engine.killContainer(node.engine.containers().find(({ pod }) => pod.name === 'web')?.id ?? '');
    await node.until(() => containerState(node, 'web')?.restartCount === 1 && isReady(node, 'web'));
    await node.advance(10);
    expect(await read('web')).toBe('run 1\n');
    expect(await read('web', { previous: true, limitBytes: 3 })).toBe('run');
    await node.until(() => containerState(node, 'bad')?.state?.waiting?.reason === 'ImagePullBackOff');
    await expect(read('bad')).rejects.toThrow(
      'container "app" in pod "bad" is waiting to start: trying and failing to pull image',
    );
  });
});
