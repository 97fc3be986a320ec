import { beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import type { ContainerState, ContainerUsage, Runtime } from '../../runtime/runtime.ts';
import type { RuntimeCache } from '../runtime-cache.ts';
import { PodSampler } from './pod-sampler.ts';

const SECOND_NS = 1e9;

let clock: VirtualClock;
let sampler: PodSampler;
let containers: ContainerState[];
/** By id: what the engine says; left out, it does not answer. */
let usage: Map<string, ContainerUsage>;
let questions: number;

beforeEach(() => {
  clock = new VirtualClock();
  containers = [];
  usage = new Map();
  questions = 0;
  const runtime: Pick<Runtime, 'usage'> = {
    usage: async (id) => {
      questions++;
      const found = usage.get(id);
      if (found === undefined) throw new Error('the engine does not answer');
      return found;
    },
  };
  const cache: Pick<RuntimeCache, 'pod' | 'podUids'> = {
    podUids: () => ['pod'],
    pod: () => ({ sandboxes: [], containers }),
  };
  sampler = new PodSampler({ runtime, clock, cache, nodeName: 'box' });
});

function container(id: string, startedAgoMs = 3_600_000): ContainerState {
  const pod = { namespace: 'default', name: 'web', uid: 'pod' };
  const startedAtMs = clock.wallMs() - startedAgoMs;
  return {
    ...{ id, pod, sandboxId: 's', name: id, attempt: 0, image: 'app', imageId: 'i', specHash: '' },
    ...{ status: 'running', createdAtMs: startedAtMs, startedAtMs },
  };
}

function use(id: string, cpuSeconds: number): void {
  usage.set(id, { cpuNanoseconds: cpuSeconds * SECOND_NS, memoryWorkingSetBytes: 1_000 });
}

async function advance(ms: number): Promise<void> {
  const endMs = clock.monotonicMs() + ms;
  await new Promise((resolve) => setImmediate(resolve));
  while ((clock.nextDueMs() ?? Number.POSITIVE_INFINITY) <= endMs) {
    clock.fireNext();
    await new Promise((resolve) => setImmediate(resolve));
  }
  clock.moveTo(endMs);
}

it('tells of the use of processors between two points, and of memory at the last', async () => {
  containers = [container('app')];
  use('app', 100);
  expect(sampler.request()).toBe(false);
  await advance(5_000);
  use('app', 103);
  await advance(5_000);
  expect(sampler.request()).toBe(true);
  expect(sampler.podMetrics('pod')).toEqual({
    timestampMs: clock.wallMs(),
    windowMs: 10_000,
    containers: [{ name: 'app', milliCpu: 300, memoryBytes: 1_000 }],
  });
});

it('measures a container that has just started from its start', async () => {
  containers = [container('app', 12_000)];
  use('app', 6);
  sampler.request();
  await advance(1_000);
  expect(sampler.podMetrics('pod')?.containers).toEqual([{ name: 'app', milliCpu: 500, memoryBytes: 1_000 }]);
});

it('says nothing of a pod of which a container is not known', async () => {
  containers = [container('app'), container('side')];
  use('app', 1);
  sampler.request();
  await advance(30_000);
  expect(sampler.podMetrics('pod')).toBeUndefined();
});

it('spans the window over an answer that is missing', async () => {
  containers = [container('app')];
  use('app', 0);
  sampler.request();
  await advance(10_000);
  usage.clear();
  await advance(15_000);
  use('app', 3);
  await advance(15_000);
  expect(sampler.podMetrics('pod')).toMatchObject({ windowMs: 30_000, containers: [{ milliCpu: 100 }] });
});

it('says nothing of a counter that went back', async () => {
  containers = [container('app')];
  use('app', 5);
  sampler.request();
  await advance(5_000);
  use('app', 1);
  await advance(5_000);
  expect(sampler.podMetrics('pod')).toBeUndefined();
});

it('measures nothing before it is asked, and stops a minute after the last question', async () => {
  containers = [container('app')];
  use('app', 1);
  await advance(600_000);
  expect(questions).toBe(0);
  sampler.request();
  await advance(600_000);
  expect(questions).toBeGreaterThan(3);
  const asked = questions;
  await advance(3_600_000);
  expect(questions).toBe(asked);
  expect(sampler.request()).toBe(false);
});

it('tells of the machine where it is measured, and else of the sum of the containers', async () => {
  containers = [container('app'), container('side')];
  for (const id of ['app', 'side']) use(id, 10);
  let machine = { cpuNanoseconds: 100 * SECOND_NS, memoryWorkingSetBytes: 5_000, memoryAvailableBytes: 1 };
  const options = { runtime: { usage: async (id: string) => usage.get(id) }, clock, nodeName: 'box' };
  const cache = { podUids: () => ['pod'], pod: () => ({ sandboxes: [], containers }) };
  const measuring = new PodSampler({ ...options, cache, machine: { read: async () => machine } });
  for (const each of [sampler, measuring]) {
    each.request();
    expect(each.nodeMetrics('box')).toBeUndefined();
  }
  await advance(5_000);
  for (const id of ['app', 'side']) use(id, 15);
  machine = { cpuNanoseconds: 130 * SECOND_NS, memoryWorkingSetBytes: 6_000, memoryAvailableBytes: 1 };
  await advance(6_000);
  expect(sampler.nodeMetrics('box')).toMatchObject({ milliCpu: 1_000, memoryBytes: 2_000, windowMs: 10_000 });
  expect(measuring.nodeMetrics('box')).toMatchObject({ milliCpu: 3_000, memoryBytes: 6_000, windowMs: 10_000 });
  expect(measuring.nodeMetrics('other')).toBeUndefined();
  measuring.stop();
});
