import { describe, expect, it } from 'vitest';
import { formatTime } from '../../lib/clock.ts';
import { useSchedulerWorld } from './testing.ts';

const world = useSchedulerWorld();
const advance = (ms: number) => world().advance(ms);
const createPod = (name: string, cpu: string, spec: Record<string, unknown> = {}) =>
  world().createPod(name, cpu, { spec });
const pod = (name: string) => world().pod(name);
const condition = (name: string) => world().condition(name);

describe('the scheduler', () => {
  it('binds pods, and says so', () => {
    world().createNode('box');
    createPod('a', '100m');
    advance(0);
    expect(pod('a').spec?.nodeName).toBe('box');
    expect(condition('a')).toMatch(/^True/);
    expect(world().messages('Scheduled')).toEqual(['Successfully assigned default/a to box']);
  });

  it('tells a pod why it waits, and binds it once another one is gone', () => {
    world().createNode('box');
    createPod('a', '700m');
    advance(0);
    createPod('b', '700m');
    advance(0);
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. ' +
      'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
    expect(condition('b')).toBe(`False Unschedulable ${message}`);
    expect(world().messages('FailedScheduling')).toEqual([message]);
    advance(20_000);
    world().removePod('a');
    advance(0);
    expect(pod('b').spec?.nodeName).toBe('box');
  });

  it('waits for a first node', () => {
    createPod('a', '100m');
    advance(0);
    expect(condition('a')).toBe('False Unschedulable no nodes available to schedule pods');
    world().createNode('box');
    advance(1_000);
    expect(pod('a').spec?.nodeName).toBe('box');
  });

  it('counts a finished pod no longer', () => {
    world().createNode('box');
    createPod('a', '1');
    advance(0);
    createPod('b', '1');
    advance(5_000);
    world().client.updateStatus({ ...pod('a'), status: { ...pod('a').status, phase: 'Succeeded' } });
    advance(0);
    expect(pod('b').spec?.nodeName).toBe('box');
  });

  it('takes the pod with the higher priority first', () => {
    createPod('low', '1');
    createPod('high', '1', { priorityClassName: 'high' });
    world().createNode('box');
    advance(1_000);
    expect(pod('high').spec?.nodeName).toBe('box');
    expect(pod('low').spec?.nodeName).toBeUndefined();
  });

  it('leaves pods of other schedulers and gated ones alone', () => {
    world().createNode('box');
    createPod('other', '100m', { schedulerName: 'mine' });
    createPod('gated', '100m', { schedulingGates: [{ name: 'example.com/wait' }] });
    advance(60_000);
    expect([pod('other'), pod('gated')].map(({ spec }) => spec?.nodeName)).toEqual([undefined, undefined]);
    expect(world().scheduler.counters().attempts).toBe(0);
  });

  it('does nothing while nothing changes', () => {
    world().createNode('box');
    createPod('a', '4');
    advance(60_000);
    const { revision } = world().client;
    const { attempts } = world().scheduler.counters();
    advance(3_000_000);
    expect(world().client.revision).toBe(revision);
    expect(world().scheduler.counters().attempts).toBe(attempts);
  });

  // TestPriorityQueue_AssignedPodUpdated.
  it('tries no pod that waits for a port when the one that has it is labelled or gets another image', () => {
    world().createNode('box');
    const containers = (image: string) => [{ name: 'app', image, ports: [{ containerPort: 80, hostPort: 80 }] }];
    createPod('a', '100m', { containers: containers('app:1') });
    advance(0);
    createPod('b', '100m', { containers: containers('app:1') });
    advance(20_000);
    expect(condition('b')).toContain("didn't have free ports");
    const { attempts } = world().scheduler.counters();
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' };
    world().client.patch(reference, 'merge', { metadata: { labels: { app: 'web' } } });
    advance(20_000);
    world().client.patch(reference, 'merge', { spec: { containers: containers('app:2') } });
    advance(20_000);
    expect(world().scheduler.counters().attempts).toBe(attempts);
  });

  it('knows after a restart what is taken', () => {
    world().createNode('box');
    createPod('a', '700m');
    advance(0);
    world().start();
    createPod('b', '700m');
    advance(0);
    expect(condition('b')).toMatch(/Insufficient cpu/);
  });

  it('leaves a gated pod alone, says so, and places it once all gates are gone', () => {
    world().createNode('box');
    createPod('held', '1', { schedulingGates: [{ name: 'example.com/a' }, { name: 'example.com/b' }] });
    advance(10_000);
    expect(condition('held')).toBe('False SchedulingGated Scheduling is blocked due to non-empty scheduling gates');
    const reference = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'held' };
    world().client.patch(reference, 'merge', { spec: { schedulingGates: [{ name: 'example.com/b' }] } });
    advance(10_000);
    expect(pod('held').spec?.nodeName).toBeUndefined();
    const added = { spec: { schedulingGates: [{ name: 'example.com/b' }, { name: 'example.com/c' }] } };
    expect(() => world().client.patch(reference, 'merge', added)).toThrow('pod updates may not change');
    world().client.patch(reference, 'merge', { spec: { schedulingGates: [] } });
    advance(10_000);
    expect(pod('held').spec?.nodeName).toBe('box');
  });

  it('makes room for a more important pod, and gives nobody else the room', () => {
    world().createNode('box');
    createPod('low', '1');
    advance(10);
    createPod('high', '1', { priorityClassName: 'high' });
    createPod('other', '1');
    advance(10);
    expect(pod('low').metadata.deletionTimestamp).toBeDefined();
    const disrupted = pod('low').status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    expect(disrupted).toMatchObject({ status: 'True', reason: 'PreemptionByScheduler' });
    expect(world().messages('Preempted')).toEqual([`Preempted by pod ${pod('high').metadata.uid} on node box`]);
    expect(pod('high').status?.nominatedNodeName).toBe('box');
    expect(condition('high')).toBe('False Unschedulable 0/1 nodes are available: 1 Insufficient cpu.');
    world().removePod('low');
    advance(20_000);
    expect(pod('high').spec?.nodeName).toBe('box');
    expect(pod('other').spec?.nodeName).toBeUndefined();
  });

  it('gives the room that was made for a pod to another one, when that pod goes elsewhere', () => {
    world().createNode('box');
    world().changeNode('box', { labels: { disk: 'ssd' } });
    createPod('low', '1');
    advance(10);
    createPod('high', '1', {
      priorityClassName: 'high',
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ operator: 'Exists' }],
    });
    advance(10);
    world().removePod('low');
    world().changeNode('box', { labels: { disk: 'hdd' } });
    world().createNode('second');
    world().changeNode('second', {
      labels: { disk: 'ssd' },
      spec: { taints: [{ key: 'fast', effect: 'NoSchedule' }] },
    });
    createPod('other', '1');
    advance(100);
    expect(condition('other')).toContain('1 Insufficient cpu');
    advance(20_000);
    expect(pod('high').spec?.nodeName).toBe('second');
    expect(pod('other').spec?.nodeName).toBe('box');
  });

  it('takes a nomination back that has come to nothing', () => {
    world().createNode('box');
    createPod('low', '1');
    advance(10);
    createPod('high', '1', { priorityClassName: 'high' });
    advance(10);
    expect(pod('high').status?.nominatedNodeName).toBe('box');
    world().changeNode('box', { spec: { unschedulable: true } });
    world().removePod('low');
    advance(20_000);
    expect(condition('high')).toContain('1 Preemption is not helpful for scheduling.');
    expect(pod('high').status?.nominatedNodeName).toBeUndefined();
  });

  it('takes no more victims for several pods than they need together, and first what began last', () => {
    world().createClass('low', -10);
    world().createNode('box', { cpu: '2' });
    createPod('base', '780m');
    for (const name of ['first', 'second', 'third']) {
      createPod(name, '400m', { priorityClassName: 'low' });
      advance(2_000);
      const started = pod(name);
      const startTime = formatTime(world().clock.wallMs());
      world().client.updateStatus({ ...started, status: { ...started.status, phase: 'Running', startTime } });
      advance(2_000);
    }
    for (const name of ['a', 'b', 'c', 'd']) createPod(name, '100m');
    advance(10);
    const going = ['first', 'second', 'third'].filter((name) => pod(name).metadata.deletionTimestamp !== undefined);
    expect(going).toEqual(['third']);
  });

  it('takes no other victims while one makes room that was going anyway', () => {
    world().createClass('low', -10);
    world().createClass('lower', -20);
    world().createNode('box');
    createPod('going', '1', { priorityClassName: 'low', terminationGracePeriodSeconds: 3600 });
    advance(10);
    world().createNode('second', { spec: { unschedulable: true } });
    createPod('other', '1', { priorityClassName: 'lower', nodeName: 'second' });
    world().client.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'going' });
    createPod('high', '1', { priorityClassName: 'high' });
    advance(10_000);
    expect(pod('high').status?.nominatedNodeName).toBe('box');
    world().changeNode('second', { spec: { unschedulable: false } });
    advance(10_000);
    expect(condition('high')).toContain('not eligible due to a terminating pod on the nominated node.');
    expect(pod('other').metadata.deletionTimestamp).toBeUndefined();
    world().removePod('going');
    advance(20_000);
    expect(pod('high').spec?.nodeName).toBe('box');
  });

  it('does not preempt for a pod that may not', () => {
    world().createNode('box');
    createPod('low', '1');
    advance(10);
    createPod('polite', '1', { priorityClassName: 'polite' });
    advance(10_000);
    expect(pod('low').metadata.deletionTimestamp).toBeUndefined();
    expect(condition('polite')).toContain('not eligible due to preemptionPolicy=Never.');
  });

  it('places a pod that wants to be near another as soon as that one runs', () => {
    world().client.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'box', labels: { host: 'box' } } });
    const node = world().client.get('Node', { name: 'box' });
    if (node !== undefined)
      world().client.updateStatus({ ...node, status: { allocatable: { cpu: '4', memory: '1Gi', pods: '9' } } });
    const term = { topologyKey: 'host', labelSelector: { matchLabels: { app: 'web' } } };
    createPod('near', '1', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });
    advance(10_000);
    expect(condition('near')).toContain("1 node(s) didn't match pod affinity rules");
    const containers = [{ name: 'app', image: 'app' }];
    const metadata = { name: 'web', namespace: 'default', labels: { app: 'web' } };
    world().client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
    advance(10_000);
    expect(pod('near').spec?.nodeName).toBe('box');
  });
});

describe('pods that belong together', () => {
  const place = (name: string, labels: Record<string, string>) => {
    const containers = [{ name: 'app', image: 'app', resources: { requests: { cpu: '100m', memory: '100Mi' } } }];
    const metadata = { name, namespace: 'default', labels };
    world().client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
    advance(0);
  };
  const nodesOf = (app: string) =>
    world()
      .client.list('Pod', { labelSelector: `app=${app}` })
      .map(({ spec }) => spec?.nodeName ?? '')
      .sort();
  const createHosts = () => {
    for (const [name, cpu] of Object.entries({ small: '2', large: '64' })) {
      world().client.create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      });
      const node = world().client.get('Node', { name });
      const allocatable = { cpu, memory: `${cpu}Gi`, pods: '110' };
      if (node !== undefined) world().client.updateStatus({ ...node, status: { allocatable, capacity: allocatable } });
    }
  };

  it('are spread over the nodes when a Service selects them, although they do not ask for it', () => {
    createHosts();
    for (const name of ['a', 'b', 'c', 'd']) place(name, { app: 'alone' });
    expect(nodesOf('alone')).toEqual(['large', 'large', 'large', 'large']);
    const spec = { selector: { app: 'served' }, ports: [{ port: 80 }] };
    world().client.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'served', namespace: 'default' },
      spec,
    });
    for (const name of ['e', 'f', 'g', 'h']) place(name, { app: 'served' });
    expect(nodesOf('served')).toEqual(['large', 'large', 'small', 'small']);
  });

  it('see each other also when they are bound in one transaction', () => {
    createHosts();
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'apart' } } };
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const before = world().client.revision;
    world().client.transaction(() => {
      for (const name of ['a', 'b', 'c']) {
        const metadata = { name, namespace: 'default', labels: { app: 'apart' } };
        const containers = [{ name: 'app', image: 'app' }];
        world().client.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, affinity } });
      }
    });
    advance(0);
    expect(nodesOf('apart')).toEqual(['', 'large', 'small']);
    // The creation, both bindings together, and why the third one waits.
    expect(world().client.revision - before).toBe(3);
  });
});
