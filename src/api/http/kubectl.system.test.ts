import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTool } from '../../../test/charts/find-tool.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { createTestRegistry, deployment, pod, service, type TestRegistry } from '../testing.ts';
import { type ApiServer, createApiServer } from './index.ts';
import { SAME_METRICS } from './test-api.ts';

const run = promisify(execFile);

/** A real kubectl against the API. It cannot use a unix socket, so this server listens on the loopback. */
describe('kubectl', () => {
  let program: string;
  let folder: string;
  let world: TestRegistry;
  let server: ApiServer;
  let baseArguments: string[];

  beforeAll(async () => {
    program = await findTool('kubectl');
    folder = await mkdtemp(join(tmpdir(), 'berth-kubectl-'));
    world = createTestRegistry({ clock: linuxClock });
    server = createApiServer({
      registry: world.registry,
      version: '0.1.0',
      metrics: SAME_METRICS,
      podStreams: {
        logs: async () => ({
          chunks: (async function* () {
            yield Buffer.from('hello from the log\n');
          })(),
          close: () => {},
        }),
        exec: async (_container, { command, onOutput }) => {
          onOutput('stdout', Buffer.from(`ran ${command.join(' ')}\n`));
          return {
            exitCode: Promise.resolve(command[0] === 'false' ? 3 : 0),
            writeStdin: async () => {},
            endStdin: () => {},
            resize: async () => {},
            close: () => {},
          };
        },
        attach: () => Promise.reject(new Error('tried in streams/')),
        connect: () => Promise.reject(new Error('tried in streams/')),
      },
    });
    const port = await server.listenOnLoopback(0);
    baseArguments = ['--server', `http://127.0.0.1:${port}`, '--cache-dir', join(folder, 'cache')];
    const { client } = world;
    client.create(deployment('web', 2));
    client.create(service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }));
    const created = client.create(pod('web-1'));
    client.bind({ namespace: 'default', name: 'web-1' }, 'box');
    const regarding = created;
    client.recordEvent({
      regarding,
      type: 'Normal',
      reason: 'Pulled',
      message: 'image is there',
      component: 'kubelet',
    });
  });

  afterAll(async () => {
    await server.close();
    world.registry.close();
    await rm(folder, { recursive: true });
  });

  async function kubectl(...words: readonly string[]): Promise<string> {
    const { stdout } = await run(program, [...baseArguments, ...words], {
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: '/dev/null' },
      timeout: 30_000,
    });
    return stdout;
  }

  /** The table without its widths. */
  async function table(...words: readonly string[]): Promise<string[]> {
    return (await kubectl(...words))
      .trim()
      .split('\n')
      .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
  }

  it('prints tables', async () => {
    const [head, row] = await table('get', 'pods', '-o', 'wide');
    expect(head).toBe('NAME | READY | STATUS | RESTARTS | AGE | IP | NODE | NOMINATED NODE | READINESS GATES');
    expect(row).toMatch(/^web-1 \| 0\/1 \| Pending \| 0 \| \d+s \| <none> \| box \| <none> \| <none>$/);
    expect((await table('get', 'deploy'))[1]).toMatch(/^web \| 0\/2 \| 0 \| 0 \| \d+s$/);
    expect((await table('get', 'svc'))[1]).toMatch(
      /^web \| NodePort \| 10\.96\.\d+\.\d+ \| <none> \| 80:30080\/TCP \| \d+s$/,
    );
    expect(await table('get', 'ns', '--no-headers')).toEqual([
      expect.stringMatching(/^default \| Active \| \d+s$/),
      expect.stringMatching(/^kube-system \| Active \| \d+s$/),
    ]);
    expect((await table('get', 'events'))[1]).toMatch(/\| Normal \| Pulled \| pod\/web-1 \| image is there$/);
    expect(await kubectl('get', 'all', '-A')).toContain('deployment.apps/web');
  });

  it('reads objects whole and by selector', async () => {
    expect(JSON.parse(await kubectl('get', 'deploy', 'web', '-o', 'json'))).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 2 },
    });
    expect(await kubectl('get', 'pods', '-l', 'app=web', '-o', 'name')).toBe('pod/web-1\n');
    expect(await kubectl('get', 'pods', '--field-selector', 'spec.nodeName=box', '-o', 'name')).toBe('pod/web-1\n');
    expect(await kubectl('describe', 'pod', 'web-1')).toMatch(/Node: +box[\s\S]*image is there/);
    expect(await kubectl('api-resources', '--api-group', 'apps')).toContain('deployments');
  });

  it('streams logs and runs commands', async () => {
    expect(await kubectl('logs', 'web-1')).toBe('hello from the log\n');
    expect(await kubectl('exec', 'web-1', '--', 'echo', 'x')).toBe('ran echo x\n');
    await expect(kubectl('exec', 'web-1', '--', 'false')).rejects.toMatchObject({ code: 3 });
  });

  it('tells who one is and what one may do', async () => {
    expect(await kubectl('auth', 'whoami')).toMatch(/Username +system:admin\n/);
    expect(await kubectl('auth', 'can-i', 'delete', 'pods')).toBe('yes\n');
    expect(await kubectl('auth', 'can-i', '--list')).toMatch(/\*\.\* +\[\] +\[\] +\[\*\]/);
  });

  it('tells what pods and nodes use', async () => {
    expect(await table('top', 'pods', '--containers')).toEqual([
      'POD | NAME | CPU(cores) | MEMORY(bytes)',
      'web-1 | app | 250m | 20Mi',
    ]);
    const allocatable = { cpu: '4', memory: '8Gi' };
    const node = world.client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box' } });
    world.client.updateStatus({ ...node, status: { allocatable, capacity: allocatable } });
    const [head, row] = await table('top', 'nodes');
    expect(head).toMatch(/^NAME \| CPU\(cores\) \| CPU\(?%\)? \| MEMORY\(bytes\) \| MEMORY\(?%\)?$/);
    expect(row).toBe('box | 500m | 12% | 1024Mi | 12%');
  });

  it('changes objects', async () => {
    expect(await kubectl('scale', 'deploy', 'web', '--replicas=5')).toContain('scaled');
    expect(await kubectl('set', 'image', 'deploy/web', 'app=busybox:2')).toContain('image updated');
    expect(await kubectl('label', 'deploy', 'web', 'tier=front')).toContain('labeled');
    expect(await kubectl('rollout', 'restart', 'deploy/web')).toContain('restarted');
    const changed = world.client.get('Deployment', { namespace: 'default', name: 'web' });
    expect(changed?.spec?.replicas).toBe(5);
    expect(changed?.spec?.template.spec?.containers[0]?.image).toBe('busybox:2');
    expect(changed?.metadata.labels).toMatchObject({ app: 'web', tier: 'front' });
  });

  it('autoscales, also in the old version of autoscalers', async () => {
    // kubectl itself takes a short name with a version for the version that is preferred.
    const OLD = 'horizontalpodautoscalers.v1.autoscaling';
    expect(await kubectl('autoscale', 'deploy', 'web', '--min=2', '--max=6', '--cpu-percent=70')).toContain(
      'autoscaled',
    );
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } };
    const stored = () => world.client.get('HorizontalPodAutoscaler', { namespace: 'default', name: 'web' });
    expect(stored()).toMatchObject({ apiVersion: 'autoscaling/v2', spec: { metrics: [{ resource: cpu }] } });
    expect(await table('get', 'hpa.v1.autoscaling')).toEqual([
      'NAME | REFERENCE | TARGETS | MINPODS | MAXPODS | REPLICAS | AGE',
      expect.stringMatching(/^web \| Deployment\/web \| cpu: <unknown>\/70% \| 2 \| 6 \| 0 \| \d+s$/),
    ]);
    const read = async () => JSON.parse(await kubectl('get', OLD, 'web', '-o', 'json'));
    expect(await read()).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 70 } });
    expect(await kubectl('api-versions')).toMatch(/^autoscaling\/v1\nautoscaling\/v2$/m);

    // What a client of the old version changes reaches the new one, and what only the new one has stays.
    const memory = { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } };
    const metrics = [
      { type: 'Resource', resource: cpu },
      { type: 'Resource', resource: memory },
    ];
    await kubectl('patch', 'hpa', 'web', '--type=merge', '-p', JSON.stringify({ spec: { metrics } }));
    for (const [type, patch] of [
      ['merge', '{"spec":{"targetCPUUtilizationPercentage":50}}'],
      ['strategic', '{"spec":{"maxReplicas":9}}'],
      ['json', '[{"op":"replace","path":"/spec/minReplicas","value":3}]'],
    ]) {
      await kubectl('patch', OLD, 'web', `--type=${type}`, '-p', patch ?? '');
    }
    expect(stored()?.spec).toMatchObject({
      minReplicas: 3,
      maxReplicas: 9,
      metrics: [{ resource: memory }, { resource: { name: 'cpu', target: { averageUtilization: 50 } } }],
    });

    const file = join(folder, 'old.yaml');
    const manifest = (percent: number) =>
      `apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: old}\nspec:\n  maxReplicas: 4\n  targetCPUUtilizationPercentage: ${percent}\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n`;
    for (const [percent, how] of [
      [40, 'created'],
      [45, 'configured'],
    ] as const) {
      await writeFile(file, manifest(percent));
      expect(await kubectl('apply', '-f', file)).toContain(how);
    }
    await writeFile(file, manifest(48));
    expect(await kubectl('apply', '--server-side', '--force-conflicts', '-f', file)).toContain('serverside-applied');
    expect(await kubectl('diff', '-f', file)).toBe('');
    await writeFile(file, manifest(0));
    await expect(kubectl('apply', '-f', file)).rejects.toMatchObject({
      stderr: expect.stringContaining('must be greater than 0'),
    });
    expect(await kubectl('delete', OLD, 'old', 'web')).toContain('"old" deleted');
    expect(await kubectl('get', OLD, '-o', 'name')).toBe('');
  });

  it('creates what it puts together itself, which it sends as protobuf', async () => {
    expect(await kubectl('create', 'configmap', 'binary', '--from-literal=a=b')).toContain('created');
    expect(await kubectl('create', 'secret', 'generic', 'hidden', '--from-literal=p=w')).toContain('created');
    expect(await kubectl('create', 'namespace', 'fresh')).toContain('created');
    const named = (name: string) => ({ namespace: 'default', name });
    expect(world.client.get('ConfigMap', named('binary'))?.data).toEqual({ a: 'b' });
    expect(world.client.get('Secret', named('hidden'))?.data).toEqual({ p: 'dw==' });
    await kubectl('delete', 'configmap/binary', 'secret/hidden', 'namespace/fresh', '--wait=false');
  });

  it('creates every kind that kubectl can put together', async () => {
    const made = [
      'deployment made --image=busybox --replicas=2 --port=80 -- sleep 9',
      'job once --image=busybox -- true',
      'cronjob nightly --image=busybox --schedule=0_3_*_*_*',
      'job by-hand --from=cronjob/nightly',
      'serviceaccount made',
      'priorityclass made --value=7',
      'poddisruptionbudget made --selector=app=made --min-available=50%',
      'service nodeport made --tcp=80:8080',
      'quota made --hard=pods=9,cpu=2',
      'role made --verb=get --resource=pods',
      'rolebinding made --role=made --user=ann',
      'clusterrole made --verb=get --resource=nodes',
      'clusterrolebinding made --clusterrole=made --user=ann',
      'ingress made --rule=example.com/=made:80',
    ];
    for (const words of made) {
      expect(await kubectl('create', ...words.split(' ').map((word) => word.replaceAll('_', ' ')))).toContain(
        'created',
      );
    }
    const named = { namespace: 'default', name: 'made' };
    expect(world.client.get('Deployment', named)?.spec).toMatchObject({
      replicas: 2,
      template: { spec: { containers: [{ command: ['sleep', '9'], ports: [{ containerPort: 80 }] }] } },
    });
    expect(world.client.get('PodDisruptionBudget', named)?.spec?.minAvailable).toBe('50%');
    expect(world.client.get('Service', named)?.spec?.ports).toMatchObject([{ port: 80, targetPort: 8080 }]);
    expect(world.client.get('ResourceQuota', named)?.spec?.hard).toEqual({ pods: '9', cpu: '2' });
    expect(world.client.get('Job', { ...named, name: 'by-hand' })?.metadata.ownerReferences).toMatchObject([
      { kind: 'CronJob', name: 'nightly', controller: true },
    ]);
  });

  it('creates, watches, waits and deletes', async () => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: b}\n');
    expect(await kubectl('create', '-f', file)).toBe('configmap/made created\n');
    const waiting = kubectl('wait', '--for=delete', 'configmap/made', '--timeout=20s');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await kubectl('delete', 'configmap', 'made')).toMatch(/^configmap "made" deleted/);
    expect(await waiting).toContain('condition met');
    await expect(kubectl('get', 'configmap', 'made')).rejects.toMatchObject({
      stderr: 'Error from server (NotFound): configmaps "made" not found\n',
    });
    await expect(kubectl('delete', 'ns', 'default')).rejects.toMatchObject({
      stderr: expect.stringContaining('this namespace may not be deleted'),
    });
  });

  it('follows changes', async () => {
    const child = execFile(program, [...baseArguments, 'get', 'configmaps', '-w', '--no-headers'], {
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: '/dev/null' },
    });
    let output = '';
    const seen = new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: string) => {
        output += chunk;
        if (/^second .*\n/m.test(output)) resolve();
      });
    });
    world.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first', namespace: 'default' } });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    world.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'second', namespace: 'default' } });
    await seen;
    child.kill();
    expect(output).toMatch(/first +0 +\d+s\nsecond +0 +\d+s\n/);
  });
});
