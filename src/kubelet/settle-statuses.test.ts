import { expect, test } from 'vitest';
import type { ContainerStatus } from './compute-container-status.ts';
import { settleStatuses } from './settle-statuses.ts';

/**
 * TestTerminatePod, …Waiting and …DefaultUnknownStatus (status_manager_test.go). `last:0` waits and has ended with 0
 * before.
 */
type Shown = 'waiting' | 'running' | 'exited:0' | 'exited:1' | 'exited:2' | 'last:0' | 'last:2' | 'unknown';

function statusOf(shown: Shown, index: number): ContainerStatus {
  const [kind, code] = shown.split(':');
  const end = { terminated: { exitCode: Number(code ?? 0) } };
  const state = kind === 'exited' ? end : kind === 'running' ? { running: {} } : { waiting: {} };
  const lastState = kind === 'last' ? end : {};
  return { name: `c${index}`, image: '', imageID: '', ready: false, restartCount: 0, state, lastState };
}

function shownOf({ state, lastState }: ContainerStatus): Shown {
  if (state?.terminated?.reason === 'ContainerStatusUnknown') return 'unknown';
  if (state?.terminated !== undefined) return `exited:${state.terminated.exitCode}` as Shown;
  return lastState?.terminated === undefined ? 'waiting' : 'last:0';
}

test.each<[string, readonly Shown[], readonly Shown[], string, string]>([
  ['nothing to change', [], ['exited:2'], '', 'exited:2'],
  ['last termination state set', [], ['last:2'], '', 'unknown'],
  ['no previous state', [], ['waiting'], '', 'unknown'],
  ['uninitialized pod defaults the first init container', ['waiting'], ['waiting'], 'unknown', 'waiting'],
  ['… only the first', ['waiting', 'waiting'], ['waiting'], 'unknown waiting', 'waiting'],
  ['… gaps', ['waiting', 'waiting', 'exited:1', 'waiting'], ['waiting'], 'unknown unknown exited:1 waiting', 'waiting'],
  [
    'failed last container is uninitialized',
    ['waiting', 'waiting', 'exited:1'],
    ['waiting'],
    'unknown unknown exited:1',
    'waiting',
  ],
  [
    'successful last container is initialized',
    ['waiting', 'waiting', 'exited:0'],
    ['waiting'],
    'unknown unknown exited:0',
    'unknown',
  ],
  [
    'successful last previous container is initialized, and container state is overwritten',
    ['waiting', 'waiting', 'last:0'],
    ['waiting'],
    'unknown unknown unknown',
    'unknown',
  ],
  ['running container proves initialization', ['waiting'], ['running'], 'unknown', 'unknown'],
  ['evidence of terminated container proves initialization', ['waiting'], ['exited:0'], 'unknown', 'exited:0'],
  ['evidence of previously terminated container proves it', ['waiting'], ['last:0'], 'unknown', 'unknown'],
  [
    'what has ended stays, what waits is unknown',
    ['waiting', 'exited:0', 'waiting'],
    ['waiting', 'exited:2', 'waiting'],
    'unknown exited:0 waiting',
    'unknown exited:2 unknown',
  ],
])('%s', (_what, inits, mains, expectedInits, expectedMains) => {
  const initContainers = inits.map((_, index) => ({ name: `c${index}` }));
  const spec = { containers: [], ...(inits.length === 0 ? {} : { initContainers }) };
  const settled = settleStatuses(spec, { inits: inits.map(statusOf), mains: mains.map(statusOf) });
  expect(settled.inits.map(shownOf).join(' ')).toBe(expectedInits);
  expect(settled.mains.map(shownOf).join(' ')).toBe(expectedMains);
});
