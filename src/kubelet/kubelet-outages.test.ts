import { describe, expect, test } from 'vitest';
import type { Node } from '../objects/types.ts';
import { containerState, createPod, isReady, type TestNode } from './testing/test-node.ts';
import { useTestNode } from './testing/use-test-node.ts';

const start = useTestNode();

const readyOf = (node: Node | undefined) => node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

const deletePod = (node: TestNode, name: string, gracePeriodSeconds?: number) =>
  node.client.delete(
    { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name },
    gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
  );

describe('outages', () => {
  test.each([
    ['was there', true],
    // It is known by its digest in the registry, which the engine does not say of a container that runs.
    ['was pulled', false],
  ])('a crash of Berth restarts nothing and writes no pod whose image %s', async (_what, present) => {
    const node = await start({ images: { 'app:1': { present } } });
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 10 };
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1', readinessProbe }] });
    await node.until(() => isReady(node, 'web'));
    const ids = node.engine.containers().map(({ id }) => id);
    const { revision } = node.client;
    await node.crash();
    await node.advance(30_000);
    expect(node.engine.containers().map(({ id }) => id)).toEqual(ids);
    const changed = node.client.list('Pod').filter(({ metadata }) => Number(metadata.resourceVersion) > revision);
    expect(changed).toEqual([]);
  });

  test.each([
    ['enough', 'False', 8 * 1024 ** 3],
    ['too little', 'True', 50 * 1024 ** 2],
  ])(
    'a crash of Berth keeps what the node says of a machine with %s memory',
    async (_what, status, memoryAvailableBytes) => {
      const usage = { cpuNanoseconds: 0, memoryWorkingSetBytes: 0, memoryAvailableBytes };
      const node = await start({ machineUsage: { read: async () => usage, readDisk: async () => undefined } });
      await node.advance(30_000);
      const recorded = () => node.client.get('Node', { name: 'node-1' });
      const conditionOf = (of: Node | undefined) =>
        of?.status?.conditions?.find(({ type }) => type === 'MemoryPressure');
      const before = conditionOf(recorded());
      expect(before?.status).toBe(status);
      const seen: unknown[] = [];
      const stop = node.client.watch('Node', ({ object }) => void seen.push(conditionOf(object)));
      await node.crash();
      await node.advance(30_000);
      stop();
      for (const condition of [...seen, conditionOf(recorded())]) expect(condition).toEqual(before);
    },
  );

  test('what an earlier process saw of the memory goes where nobody measures it any more', async () => {
    let usage: { cpuNanoseconds: number; memoryWorkingSetBytes: number; memoryAvailableBytes: number } | undefined;
    usage = { cpuNanoseconds: 0, memoryWorkingSetBytes: 0, memoryAvailableBytes: 1 };
    const node = await start({ machineUsage: { read: async () => usage, readDisk: async () => undefined } });
    await node.advance(30_000);
    const types = () => node.client.get('Node', { name: 'node-1' })?.status?.conditions?.map(({ type }) => type);
    expect(types()).toContain('MemoryPressure');
    usage = undefined;
    await node.crash();
    await node.advance(30_000);
    expect(types()).not.toContain('MemoryPressure');
  });

  test('a sandbox that a killed Berth had only just started is completed before its first container', async () => {
    const calls: string[] = [];
    const node = await start({
      images: { 'app:1': { present: false } },
      timings: { pull: [5_000, 5_000] },
      faults: ({ operation }) => {
        calls.push(operation);
        return undefined;
      },
    });
    createPod(node, 'web', { containers: [{ name: 'app', image: 'app:1' }] });
    await node.until(() => node.engine.sandboxes().length === 1);
    await node.crash();
    calls.length = 0;
    await node.until(() => isReady(node, 'web'));
    expect(node.engine.sandboxes()).toHaveLength(1);
    const wanted = ['runSandbox', 'createContainer', 'startContainer'];
    expect(calls.filter((call) => wanted.includes(call))).toEqual(wanted);
  });

  test('a node that was down for long gives a sign of life before it says that it is ready', async () => {
    const node = await start();
    node.engine.setAvailable(false);
    await node.advance(70_000);
    const agesMs: number[] = [];
    node.client.watch('Node', ({ object }) => {
      if (readyOf(object) === 'True') agesMs.push(node.clock.monotonicMs() - (node.leaseTime() ?? 0));
    });
    node.engine.setAvailable(true);
    await node.until(() => agesMs.length > 0);
    expect(agesMs).toEqual([0]);
  });

  test('a node whose engine is away is alive all the same, and says itself that it is not ready', async () => {
    const node = await start();
    node.engine.setAvailable(false);
    await node.advance(300_000);
    expect(node.clock.monotonicMs() - (node.leaseTime() ?? 0)).toBeLessThanOrEqual(10_000);
    expect(readyOf(node.client.get('Node', { name: 'node-1' }))).toBe('False');
  });

  test('a node that others call unknown says again that it is ready', async () => {
    const node = await start();
    const stored = node.client.get('Node', { name: 'node-1' });
    if (stored === undefined) throw new Error('no node');
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: '' }];
    node.client.updateStatus({ ...stored, status: { ...stored.status, conditions } });
    await node.advance(10_000);
    expect(readyOf(node.client.get('Node', { name: 'node-1' }))).toBe('True');
  });

  test('says its memory as the API does, so that nothing is written when nothing has changed', async () => {
    const node = await start();
    expect(node.client.get('Node', { name: 'node-1' })?.status?.capacity?.['memory']).toBe('8Gi');
  });

  test('extended resources that are advertised for the node stay, can be given out, and go with the capacity', async () => {
    const node = await start();
    const advertise = (extra: Record<string, string>) => {
      const stored = node.client.get('Node', { name: 'node-1' });
      if (stored === undefined) throw new Error('no node');
      const { cpu = '', memory = '', pods = '' } = stored.status?.capacity ?? {};
      const capacity = { cpu, memory, pods, ...extra };
      node.client.updateStatus({ ...stored, status: { ...stored.status, capacity } });
    };
    const status = () => node.client.get('Node', { name: 'node-1' })?.status;
    // The amounts of the machine are the node's own; a name of Kubernetes is no extended resource.
    advertise({ 'example.com/gpu': '2', 'kubernetes.io/thing': '3', cpu: '96' });
    await node.advance(10_000);
    const cpu = status()?.allocatable?.['cpu'];
    expect(cpu).not.toBe('96');
    expect(status()?.capacity).toMatchObject({ 'example.com/gpu': '2', cpu });
    expect(status()?.allocatable).toEqual(status()?.capacity);
    expect(status()?.capacity).not.toHaveProperty('kubernetes.io/thing');
    await node.crash();
    await node.advance(10_000);
    expect(status()?.allocatable).toHaveProperty(['example.com/gpu'], '2');
    advertise({});
    await node.advance(10_000);
    expect(status()?.allocatable).toEqual(status()?.capacity);
    expect(status()?.allocatable).not.toHaveProperty(['example.com/gpu']);
  });

  test('a crash in the middle of a start ends with one container', async () => {
    for (let stepMs = 20; stepMs <= 420; stepMs += 40) {
      const node = await start({ images: { 'app:1': { present: true } } });
      createPod(node, 'web');
      await node.advance(stepMs);
      await node.crash();
      await node.until(() => isReady(node, 'web'), 60_000);
      await node.advance(2_000);
      expect(node.engine.containers().filter(({ status }) => status === 'running').length).toBe(1);
      expect(node.engine.sandboxes().filter(({ running }) => running).length).toBe(1);
      await node.stop();
    }
  });

  test('while the engine is away nothing is taken for dead and the node is not ready', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    createPod(node, 'web');
    await node.until(() => isReady(node, 'web'));
    const nodeReady = () => node.client.get('Node', { name: 'node-1' })?.status?.conditions?.[0];
    expect(nodeReady()).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    node.engine.setAvailable(false);
    await node.advance(10_000);
    expect(nodeReady()).toMatchObject({ status: 'False', reason: 'KubeletNotReady' });
    expect(nodeReady()?.message).toContain('container runtime is down');
    expect(isReady(node, 'web')).toBe(true);
    node.engine.setAvailable(true);
    await node.until(() => nodeReady()?.status === 'True', 10_000);
    expect(containerState(node, 'web')?.restartCount).toBe(0);
    node.engine.setAvailable(false, { killContainers: true });
    await node.advance(3_000);
    node.engine.setAvailable(true);
    await node.until(() => containerState(node, 'web')?.restartCount === 1 && isReady(node, 'web'), 60_000);
  });

  test('a pod that was deleted by force while Berth was down is removed', async () => {
    const node = await start({ images: { 'app:1': { present: true } } });
    createPod(node, 'web');
    await node.until(() => isReady(node, 'web'));
    await node.kubelet.stop();
    deletePod(node, 'web', 0);
    await node.crash();
    await node.until(() => node.engine.sandboxes().length === 0, 60_000);
    expect(node.engine.containers()).toEqual([]);
  });

  test('answers that get lost make no second container', async () => {
    let calls = 0;
    const faults = () => (++calls % 11 === 0 ? ({ kind: 'lose-answer' } as const) : undefined);
    const node = await start({ images: { 'app:1': { present: true } }, faults, timings: { callTimeout: [500, 500] } });
    for (let i = 0; i < 5; i++) createPod(node, `web-${i}`);
    await node.until(() => {
      const running = node.engine.containers().filter(({ status }) => status === 'running');
      expect(new Set(running.map(({ pod }) => pod.uid)).size).toBe(running.length);
      return Array.from({ length: 5 }, (_, i) => isReady(node, `web-${i}`)).every(Boolean);
    }, 600_000);
  });
});
