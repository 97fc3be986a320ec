import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import { VirtualClock } from '../../lib/virtual-clock.ts';
import type { ContainerSpec, SandboxSpec } from '../runtime.ts';
import { createSimEngine, type SimConnection, type SimEngine, type SimEngineOptions } from './sim-engine.ts';

const IMAGE = 'example.com/web:1';
const POD = { namespace: 'shop', name: 'web-1', uid: 'uid-1' };

const SANDBOX: SandboxSpec = {
  pod: POD,
  attempt: 0,
  hostname: 'web-1',
  hostNetwork: false,
  portMappings: [],
  dns: { servers: [], searches: [], options: [] },
  sysctls: {},
  labels: {},
};

function containerSpec(sandboxId: string, attempt = 0): ContainerSpec {
  return {
    pod: POD,
    sandboxId,
    name: 'app',
    attempt,
    image: IMAGE,
    env: [],
    mounts: [],
    resources: { oomScoreAdjust: 0 },
    security: {
      privileged: false,
      supplementalGroups: [],
      readOnlyRootFilesystem: false,
      capabilitiesAdd: [],
      capabilitiesDrop: [],
      noNewPrivileges: false,
    },
    tty: false,
    stdin: false,
    stdinOnce: false,
    log: { maxSizeBytes: 1000, maxFiles: 2 },
    specHash: 'h',
    stopGraceMs: 30_000,
    labels: {},
  };
}

interface World {
  readonly clock: VirtualClock;
  readonly engine: SimEngine;
  readonly runtime: SimConnection;
  readonly trace: string[];
  /** Fires timers until the promise settles; fails when nothing is left to fire. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** Fires every timer that is due within the time. */
  pass(ms: number): Promise<void>;
}

function newWorld(options: Partial<SimEngineOptions> = {}, seed = 1): World {
  const clock = new VirtualClock();
  const trace: string[] = [];
  const images = { [IMAGE]: { present: true } };
  const onTrace = (line: string) => trace.push(line);
  const engine = createSimEngine({ clock, random: new SeededRandom(seed), images, onTrace, ...options });
  const drain = () => new Promise<void>((resolve) => setImmediate(resolve));
  const pass = async (ms: number) => {
    const until = clock.monotonicMs() + ms;
    await drain();
    for (let due = clock.nextDueMs(); due !== undefined && due <= until; due = clock.nextDueMs()) {
      clock.fireNext();
      await drain();
    }
    clock.moveTo(until);
  };
  const run = async <T>(promise: Promise<T>) => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await drain();
    while (!isSettled && clock.fireNext()) await drain();
    expect(isSettled, 'the promise never settles').toBe(true);
    return promise;
  };
  return { clock, engine, runtime: engine.connect('cluster-1'), trace, run, pass };
}

async function startApp(world: World, attempt = 0): Promise<{ sandboxId: string; id: string; ip: string }> {
  const sandbox = await world.run(world.runtime.runSandbox(SANDBOX));
  const id = await world.run(world.runtime.createContainer(containerSpec(sandbox.id, attempt)));
  await world.run(world.runtime.startContainer(id));
  return { sandboxId: sandbox.id, id, ip: sandbox.ip };
}

describe('a crash of Berth', () => {
  it('leaves the containers running, and a new handle finds them', async () => {
    const world = newWorld();
    const { id } = await startApp(world);
    world.runtime.disconnect();
    const next = world.engine.connect('cluster-1');
    const state = await world.run(next.list());
    expect(state.containers).toMatchObject([{ id, status: 'running' }]);
  });

  it('never lets an outstanding call return, and lets it have its effect at most once', async () => {
    let effects = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const world = newWorld({}, seed);
      let answers = 0;
      const count = () => answers++;
      world.runtime.runSandbox(SANDBOX).then(count, count);
      await world.pass(100);
      world.runtime.disconnect();
      await world.pass(10_000);
      expect(answers).toBe(0);
      effects += world.engine.sandboxes().length;
    }
    expect(effects).toBeGreaterThan(5);
    expect(effects).toBeLessThan(35);
  });

  it('delivers no event to the fenced handle', async () => {
    const world = newWorld();
    const { id } = await startApp(world);
    const events: unknown[] = [];
    await world.run(
      world.runtime.watch(
        (event) => events.push(event),
        () => events.push('lost'),
      ),
    );
    world.runtime.disconnect();
    world.engine.killContainer(id);
    world.engine.loseEvents();
    await world.pass(1_000);
    expect(events).toEqual([]);
  });
});

describe('an outage of the engine', () => {
  it('cuts calls, streams and watches, and keeps the containers', async () => {
    const world = newWorld();
    const { id } = await startApp(world);
    const lost: string[] = [];
    await world.run(
      world.runtime.watch(
        () => {},
        (error) => lost.push(error.message),
      ),
    );
    const log = await world.run(world.runtime.logs(id, { follow: true, timestamps: false }));
    const stop = world.runtime.stopContainer(id, 1e9);
    world.engine.setAvailable(false);
    await expect(world.run(stop)).rejects.toMatchObject({ reason: 'EngineUnavailable' });
    await expect(world.run(world.runtime.list())).rejects.toMatchObject({ reason: 'EngineUnavailable' });
    await expect(world.run(log.lines[Symbol.asyncIterator]().next())).rejects.toMatchObject({
      reason: 'EngineUnavailable',
    });
    await world.pass(1);
    expect(lost).toHaveLength(1);
    world.engine.setAvailable(true);
    expect((await world.run(world.runtime.inspectContainer(id)))?.status).toBe('running');
  });

  it('kills everything when the engine is not kept live, and keeps the exit codes', async () => {
    const world = newWorld();
    const { id } = await startApp(world);
    world.engine.setAvailable(false, { killContainers: true });
    world.engine.setAvailable(true);
    const state = await world.run(world.runtime.list());
    expect(state.containers).toMatchObject([{ id, status: 'exited', exitCode: 137 }]);
    expect(state.sandboxes).toMatchObject([{ running: false }]);
  });
});

describe('faults of single calls', () => {
  it('refuses, loses the answer, or delays, as the plan says', async () => {
    const faults = new Map([
      ['info', { kind: 'refuse', reason: 'Unknown', message: 'boom' } as const],
      ['runSandbox', { kind: 'lose-answer' } as const],
      ['list', { kind: 'delay', delayMs: 5_000 } as const],
    ]);
    const world = newWorld({ faults: (call) => faults.get(call.operation) });
    await expect(world.run(world.runtime.info())).rejects.toMatchObject({ reason: 'Unknown', message: 'boom' });
    await expect(world.run(world.runtime.runSandbox(SANDBOX))).rejects.toMatchObject({ reason: 'EngineUnavailable' });
    const before = world.clock.monotonicMs();
    const state = await world.run(world.runtime.list());
    expect(state.sandboxes).toHaveLength(1);
    expect(world.clock.monotonicMs() - before).toBeGreaterThanOrEqual(5_000);
  });
});

describe('behaviours', () => {
  it('times out a start that hangs, and the container does not run', async () => {
    const world = newWorld({ images: { [IMAGE]: { present: true, process: { start: 'hangs' } } } });
    await expect(startApp(world)).rejects.toMatchObject({ reason: 'Timeout' });
    expect(world.engine.containers()).toMatchObject([{ status: 'created' }]);
  });

  it('chooses the process by attempt: crashes once, then serves', async () => {
    const process = ({ attempt }: { attempt: number }) =>
      attempt === 0 ? { exit: { afterMs: 50, code: 1 } } : { listensAfterMs: 2_000, ports: [8080] };
    const world = newWorld({ images: { [IMAGE]: { present: true, process } } });
    const first = await startApp(world);
    await world.pass(100);
    expect(world.engine.containers()).toMatchObject([{ status: 'exited', exitCode: 1 }]);
    const second = await startApp(world, 1);
    expect(second.sandboxId).toBe(first.sandboxId);
    expect(world.engine.isListening(second.ip, 8080)).toBe(false);
    await world.pass(2_000);
    expect(world.engine.isListening(second.ip, 8080)).toBe(true);
    expect(world.engine.isListening(second.ip, 9090)).toBe(false);
    expect(world.engine.httpGet(second.ip, 8080, '/')).toEqual({ status: 200 });
    world.engine.killContainer(second.id);
    expect(world.engine.httpGet(second.ip, 8080, '/')).toBeUndefined();
  });

  it('answers host ports on the address of the node', async () => {
    const world = newWorld();
    const mapping = { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'TCP' } as const;
    const sandbox = await world.run(world.runtime.runSandbox({ ...SANDBOX, portMappings: [mapping] }));
    const id = await world.run(world.runtime.createContainer(containerSpec(sandbox.id)));
    expect(world.engine.isListening(world.engine.nodeIp, 8080)).toBe(false);
    await world.run(world.runtime.startContainer(id));
    expect(world.engine.isListening(world.engine.nodeIp, 8080)).toBe(true);
  });

  it('notes two containers of one pod uid and name that run at once', async () => {
    const world = newWorld();
    await startApp(world);
    expect(world.engine.counters.doubleRuns).toEqual([]);
    await startApp(world, 1);
    expect(world.engine.counters.doubleRuns).toHaveLength(1);
  });
});

it('has the same history for the same seed, and another for another', async () => {
  const history = async (seed: number) => {
    const world = newWorld({}, seed);
    const { id } = await startApp(world);
    await world.run(world.runtime.stopContainer(id, 1_000));
    return world.trace.join('\n');
  };
  expect(await history(7)).toBe(await history(7));
  expect(await history(7)).not.toBe(await history(8));
});
