import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ContainerState, RuntimeError } from '../../runtime/runtime.ts';
import { stopContainers } from './stop-containers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Process {
  readonly pod: string;
  /** How long it takes to heed the stop signal. */
  readonly endsAfterMs?: number;
  readonly stopGraceMs?: number;
  readonly status?: ContainerState['status'];
  readonly refuses?: RuntimeError;
}

/** An engine that stops as the port says: the signal, the grace, the kill. */
function engineOf(processes: readonly Process[]) {
  const stopped: [string, number][] = [];
  const containers = processes.map(
    ({ pod, status = 'running' }): ContainerState => ({
      id: pod,
      pod: { namespace: 't', name: pod, uid: pod },
      sandboxId: 's',
      name: 'c',
      attempt: 0,
      image: 'i',
      imageId: 'i',
      specHash: 'h',
      status,
      createdAtMs: 0,
    }),
  );
  return {
    stopped,
    list: async () => ({ sandboxes: [], containers }),
    inspectContainer: async (id: string) => {
      const container = containers.find((one) => one.id === id);
      const stopGraceMs = processes.find(({ pod }) => pod === id)?.stopGraceMs;
      return container === undefined || stopGraceMs === undefined ? container : { ...container, stopGraceMs };
    },
    stopContainer: async (id: string, graceMs: number) => {
      stopped.push([id, graceMs]);
      const process = processes.find(({ pod }) => pod === id);
      if (process?.refuses !== undefined) throw process.refuses;
      await new Promise((resolve) => setTimeout(resolve, Math.min(process?.endsAfterMs ?? 0, graceMs)));
    },
  };
}

async function run(processes: readonly Process[], maxGraceMs?: number) {
  const lines: string[] = [];
  const engine = engineOf(processes);
  const startMs = performance.now();
  let tookMs = 0;
  const options = { say: (line: string) => lines.push(line), ...(maxGraceMs === undefined ? {} : { maxGraceMs }) };
  const stop = stopContainers(engine, options).then(() => {
    tookMs = Math.round(performance.now() - startMs);
  });
  const ended = expect(stop).resolves.toBeUndefined();
  await vi.runAllTimersAsync();
  await ended;
  return { lines, tookMs, stopped: engine.stopped };
}

test('each container has the grace of its own pod, and all end side by side', async () => {
  const { lines, tookMs, stopped } = await run([
    { pod: 'quick', endsAfterMs: 40, stopGraceMs: 30_000 },
    { pod: 'slow', endsAfterMs: 12_000, stopGraceMs: 60_000 },
    { pod: 'deaf', endsAfterMs: 99_000, stopGraceMs: 7_000 },
    { pod: 'older', endsAfterMs: 0 },
    { pod: 'over', status: 'exited', stopGraceMs: 30_000 },
  ]);
  expect(stopped).toEqual([
    ['quick', 30_000],
    ['slow', 60_000],
    ['deaf', 7_000],
    ['older', 10_000],
  ]);
  expect(tookMs).toBe(12_000);
  expect(lines).toEqual([
    'stopping 4 containers, which have up to 1m to end',
    'waiting for 2 containers, up to 55s more: t/deaf/c, t/slow/c',
    'waiting for 1 container, up to 50s more: t/slow/c',
    'killed what did not end in its time: t/deaf/c',
  ]);
});

test('a limit shortens a grace and never prolongs one', async () => {
  const { stopped, tookMs } = await run(
    [
      { pod: 'long', endsAfterMs: 99_000, stopGraceMs: 3_600_000 },
      { pod: 'short', endsAfterMs: 99_000, stopGraceMs: 1_000 },
    ],
    4_000,
  );
  expect(stopped).toEqual([
    ['long', 4_000],
    ['short', 1_000],
  ]);
  expect(tookMs).toBe(4_000);
});

test('nothing is said or waited for where nothing runs, or no time is given', async () => {
  expect(await run([{ pod: 'over', status: 'exited' }])).toEqual({ lines: [], tookMs: 0, stopped: [] });
  expect(await run([{ pod: 'deaf', endsAfterMs: 9_000 }], 0)).toEqual({ lines: [], tookMs: 0, stopped: [] });
});

test('a container that cannot be stopped is left to the removal; an engine that is away is told', async () => {
  const refuses = new RuntimeError('Unknown', 'tried to kill container, but did not receive an exit event');
  const { stopped } = await run([{ pod: 'stuck', refuses }, { pod: 'other' }]);
  expect(stopped.map(([id]) => id)).toEqual(['stuck', 'other']);
  const away = engineOf([{ pod: 'a', refuses: new RuntimeError('EngineUnavailable', 'gone') }]);
  await expect(stopContainers(away, { say: () => {} })).rejects.toMatchObject({ reason: 'EngineUnavailable' });
});
