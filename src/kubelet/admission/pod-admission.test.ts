import { expect, test } from 'vitest';
import type { DiskPoint, MachineUsage } from '../../host/machine-usage.ts';
import { createPod, eventsOf, findPod, getPod, isReady, type TestNode } from '../testing/test-node.ts';
import { useTestNode } from '../testing/use-test-node.ts';

const start = useTestNode();

const GIBIBYTE = 1024 ** 3;

/** A machine whose disk is as short as it is told. */
function machineWith(left: { gibibytes: number }): MachineUsage {
  const disk = (): DiskPoint => ({
    device: '1',
    capacityBytes: 100 * GIBIBYTE,
    availableBytes: left.gibibytes * GIBIBYTE,
    inodes: 0,
    freeInodes: 0,
  });
  return { read: async () => undefined, readDisk: async () => disk() };
}

const requesting = (cpu: string) => ({
  containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu } } }],
});

const ownedBy = (uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true }],
});

function refused(node: TestNode): readonly string[] {
  const failed = node.client.list('Pod').filter(({ status }) => status?.phase === 'Failed');
  return failed.map(({ metadata }) => metadata.name).sort();
}

test('a pod that does not fit beside the others fails before anything is done for it, and has room once one of them has ended', async () => {
  const node = await start({ images: { 'app:1': { present: false } } });
  const cpus = node.client.get('Node', { name: 'node-1' })?.status?.allocatable?.['cpu'];
  createPod(node, 'first', requesting(String(cpus)));
  createPod(node, 'second', requesting('1m'));
  await node.until(() => isReady(node, 'first'));
  const { status } = getPod(node, 'second');
  expect(status).toMatchObject({ phase: 'Failed', reason: 'OutOfcpu' });
  expect(status?.message).toMatch(/^Pod was rejected: Node didn't have enough resource: cpu, requested: 1, used: /);
  expect(eventsOf(node, 'second')).toEqual([expect.stringMatching(/^OutOfcpu: Node didn't have enough resource: cpu/)]);
  expect(node.engine.sandboxes()).toHaveLength(1);
  node.client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'first' });
  await node.until(() => findPod(node, 'first') === undefined);
  createPod(node, 'third', requesting('1m'));
  await node.until(() => isReady(node, 'third'));
});

test('what was let in is not judged again after a restart, and still takes its place', async () => {
  const node = await start({ images: { 'app:1': { present: true } } });
  const cpus = node.client.get('Node', { name: 'node-1' })?.status?.allocatable?.['cpu'];
  createPod(node, 'first', requesting(String(cpus)));
  await node.until(() => isReady(node, 'first'));
  await node.crash();
  createPod(node, 'second', requesting('1m'));
  await node.until(() => refused(node).length > 0);
  expect(refused(node)).toEqual(['second']);
  expect(getPod(node, 'first').status?.phase).toBe('Running');
});

test('pods that fit only one after the other are let in as they were made', async () => {
  const node = await start({ images: { 'app:1': { present: true } } });
  const cpus = Number(node.client.get('Node', { name: 'node-1' })?.status?.allocatable?.['cpu']);
  await node.kubelet.stop();
  createPod(node, 'z-older', requesting(String(cpus)));
  await node.advance(2_000);
  createPod(node, 'a-younger', requesting(String(cpus)));
  await node.crash();
  await node.until(() => isReady(node, 'z-older'));
  expect(refused(node)).toEqual(['a-younger']);
});

test('under disk pressure a pod is refused although it tolerates the taint, and its image is not pulled; what runs stays', async () => {
  const left = { gibibytes: 50 };
  const node = await start({ images: { 'app:1': { present: true }, 'new:1': {} }, machineUsage: machineWith(left) });
  createPod(node, 'running', {}, ownedBy('a'));
  await node.until(() => isReady(node, 'running'));
  left.gibibytes = 1;
  await node.until(() => node.client.get('Node', { name: 'node-1' })?.status?.conditions?.[0]?.status === 'True');
  const spec = { tolerations: [{ operator: 'Exists' as const }], containers: [{ name: 'app', image: 'new:1' }] };
  createPod(node, 'late', spec, ownedBy('b'));
  await node.advance(100);
  expect(getPod(node, 'late').status).toMatchObject({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'Pod was rejected: The node had condition: [DiskPressure]. ',
  });
  expect(eventsOf(node, 'late')).toEqual(['Evicted: The node had condition: [DiskPressure]. ']);
});

test('the next pod of an owner whose pod was refused waits, longer each time, and starts once it may', async () => {
  const left = { gibibytes: 1 };
  const node = await start({ images: { 'app:1': { present: true } }, machineUsage: machineWith(left) });
  await node.until(() => node.client.get('Node', { name: 'node-1' })?.status?.conditions?.[0]?.status === 'True');
  // As a ReplicaSet does: for each that has failed there is another.
  let made = 0;
  const make = () => createPod(node, `web-${String(made++).padStart(2, '0')}`, {}, ownedBy('rs'));
  node.client.watch('Pod', ({ type, object, previous }) => {
    const isOurs = object.metadata.name.startsWith('web-') && type === 'MODIFIED';
    if (isOurs && object.status?.phase === 'Failed' && previous?.status?.phase !== 'Failed') make();
  });
  make();
  await node.advance(100);
  expect(refused(node)).toEqual(['web-00']);
  expect(getPod(node, 'web-01').status?.phase).toBe('Pending');
  const { revision } = node.client;
  await node.advance(9_000);
  expect(node.client.revision).toBe(revision);
  await node.advance(61_000);
  expect(refused(node)).toEqual(['web-00', 'web-01', 'web-02', 'web-03']);
  createPod(node, 'stranger', {}, ownedBy('other'));
  await node.advance(100);
  expect(getPod(node, 'stranger').status?.phase).toBe('Failed');
  left.gibibytes = 50;
  const running = () => node.client.list('Pod').filter(({ status }) => status?.phase === 'Running');
  // Five minutes after the last shortage the pressure is over, and whoever waits is woken.
  const tookMs = await node.until(() => running().length > 0);
  expect(tookMs).toBeGreaterThan(290_000);
  expect(tookMs).toBeLessThan(315_000);
});
