import type { GitopsEvent } from '../gitops/index.ts';
import type { Pod } from '../objects/types.ts';
import type { SimCall } from '../runtime/sim/sim-behaviour.ts';
import type { StoreEvent } from '../store/index.ts';
import { keyOf, objectOf, previousOf } from './checkers/store-events.ts';
import { FAULT_KINDS, WINDOW_KINDS } from './faults/inject-fault.ts';
import { STAGED_FAULTS } from './faults/staged.ts';
import type { LifeWatcher } from './life.ts';
import type { Tally } from './tally.ts';
import { GIT_ACTIONS } from './user/git-actions.ts';
import { LIVE_ACTIONS } from './user/live-actions.ts';

const LOG_LINES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^warn container engine lost/, 'path: the engine was lost'],
  [/^info container engine ready/, 'path: the engine was ready'],
  [/^warn the torn end of the log was cut/, 'path: a torn log was cut'],
  [/^warn pod pass failed/, 'path: a pass over a pod failed'],
  [/^warn status not published/, 'path: a status was not published'],
];

const INVENTORY = 'gitops/inventory/';

const EVENT_REASONS = [
  'BackOff',
  'FailedScheduling',
  'FailedCreatePodSandBox',
  'SandboxChanged',
  'Unhealthy',
  'Evicted',
  'Killing',
  'Failed',
] as const;
const PHASES = ['Healthy', 'Progressing', 'Degraded', 'Failed', 'TimedOut', 'Invalid'] as const;

/** Counts the ways that Berth went: a way that no seed ever took has not been tested. */
export class SometimesWatcher implements LifeWatcher {
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  onLog(line: string): void {
    for (const [pattern, name] of LOG_LINES) if (pattern.test(line)) this.#tally.count(name);
  }

  onGitops(event: GitopsEvent): void {
    if (event.type === 'verdict') this.#tally.count(`verdict: ${event.verdict.phase}`);
    if (event.type === 'drift') this.#tally.count('path: drift was put right');
    if (event.type === 'source-recovered') this.#tally.count('path: the source recovered');
    if (event.type === 'removed') this.#tally.count('path: an application was removed');
    if (event.type !== 'applied' && event.type !== 'pruned') return;
    if (event.changes.some(({ ceded }) => ceded.length > 0)) this.#tally.count('path: a field was ceded');
  }

  onCommit(events: readonly StoreEvent[]): void {
    const given = new Set(events.flatMap((event) => (event.type === 'delete' ? inventoried(event) : [])));
    if (
      given.size > 0 &&
      events.some((event) => event.type === 'put' && inventoried(event).some((key) => given.has(key)))
    )
      this.#tally.count('path: an object was handed over');
    for (const event of events) {
      const reason = objectOf(event, 'Event')?.['reason'];
      if (typeof reason === 'string' && previousOf(event) === undefined) this.#tally.count(`event: ${reason}`);
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      const before = previousOf(event, 'Pod') as Pod | undefined;
      if (pod !== undefined && before !== undefined && restartsOf(pod) > restartsOf(before))
        this.#tally.count('path: a container was restarted');
    }
  }

  onEngineCall({ operation }: SimCall): void {
    this.#tally.count(`engine: ${operation}`);
  }
}

/** The object of an inventory entry, whichever application has it. */
function inventoried(event: StoreEvent): readonly string[] {
  if (!keyOf(event).startsWith(INVENTORY)) return [];
  const [, key] = /^[^:]*:(.*)$/.exec(keyOf(event)) ?? [];
  return key === undefined ? [] : [key];
}

function restartsOf({ status }: Pod): number {
  return (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Nothing was written once everything was as it should be. */
export const AT_REST = 'was quiet';

/** What each long enough run must have seen at least once. */
export const SOMETIMES: readonly string[] = [
  ...[...FAULT_KINDS, ...Object.keys(STAGED_FAULTS)].map((kind) => `fault: ${kind}`),
  ...WINDOW_KINDS.map((kind) => `hit: ${kind}`),
  ...Object.keys(GIT_ACTIONS).map((kind) => `in git: ${kind}`),
  'in git: revert',
  'in git: force push',
  ...Object.keys(LIVE_ACTIONS).map((kind) => `by hand: ${kind}`),
  ...LOG_LINES.map(([, name]) => name),
  ...EVENT_REASONS.map((reason) => `event: ${reason}`),
  ...PHASES.map((phase) => `verdict: ${phase}`),
  ...['disk', 'engine', 'source', 'commit'].map((point) => `crash within a call: ${point}`),
  ...['opening', 'starting', 'running'].map((stage) => `crash while ${stage}`),
  'crash: kill',
  'crash: powerLoss',
  'the store failed',
  'a crash kept commits that nobody saw',
  'a crash lost commits that nobody saw',
  'path: drift was put right',
  'path: the source recovered',
  'path: an application was removed',
  'path: a field was ceded',
  'path: an object was handed over',
  'path: a container was restarted',
  'an eviction was allowed',
  'a taint drove a pod away',
  'a pod that waits was looked at',
  'an autoscaler scaled up',
  'an autoscaler scaled down',
  'pruned',
  'a job of Git was done and went',
  'status commit',
  'converged',
  AT_REST,
];
