import type { Client } from '../api/client.ts';
import { SeededRandom } from '../lib/random.ts';
import type { Namespace } from '../objects/types.ts';
import { AutoscalersChecker } from './checkers/autoscalers.ts';
import { findUnconverged, hasConverged } from './checkers/convergence.ts';
import { DisruptionBudgetsChecker } from './checkers/disruption-budgets.ts';
import { DurabilityChecker } from './checkers/durability.ts';
import { ExternalSynchronyChecker } from './checkers/external-synchrony.ts';
import { FinishedJobsChecker } from './checkers/finished-jobs.ts';
import { jobsThatWillGo } from './checkers/jobs-that-will-go.ts';
import { PodsChecker } from './checkers/pods.ts';
import { PreemptionChecker } from './checkers/preemption.ts';
import { PruneChecker } from './checkers/prune.ts';
import { QuietChecker } from './checkers/quiet.ts';
import { RemovalChecker } from './checkers/removal.ts';
import { RolloutBoundsChecker } from './checkers/rollout-bounds.ts';
import { SecretsChecker } from './checkers/secrets.ts';
import { StatusBranchChecker } from './checkers/status-branch.ts';
import { StorageIdentityChecker } from './checkers/storage-identity.ts';
import { TaintEvictionChecker } from './checkers/taint-eviction.ts';
import { WaitingPodsChecker } from './checkers/waiting-pods.ts';
import { WorkloadsChecker } from './checkers/workloads.ts';
import { WriteRateChecker } from './checkers/write-rate.ts';
import { turnEventLoop } from './drain.ts';
import { endFaults } from './faults/end-faults.ts';
import { injectFault } from './faults/inject-fault.ts';
import { Machine, type Violation } from './machine.ts';
import type { Step } from './plan-steps.ts';
import { AT_REST, SometimesWatcher } from './sometimes.ts';
import { addApplication, GIT_ACTIONS, type GitActionKind, revert } from './user/git-actions.ts';
import { actLive, driftEverything, tidyUp } from './user/live-actions.ts';
import { actOnNamedSpecial, type NamedSpecialKind, restSpecials } from './user/special-actions.ts';
import { UserRepository } from './user/user-repository.ts';
import { restWorkloads } from './user/workload-actions.ts';

/** What became of one played plan. */
export interface Outcome {
  readonly violation: Violation | undefined;
  readonly virtualSeconds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly traceLines: number;
  readonly traceHash: string;
  readonly tail: readonly string[];
}

/**
 * After the last fault: back-offs of five minutes, a rollout's deadline of ten, and the hourly heartbeat after which a
 * status branch that was read-only is tried again, must have room.
 */
const CONVERGE_MS = 75 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** After which finished Jobs have gone, which have two minutes, where no clock was put back. */
const SETTLE_MS = 180_000;
/** Pods are busy for some minutes at first, and "a 300 second stabilization window" follows. */
const AUTOSCALERS_REST_MS = 15 * 60_000;
/** A clock goes back by an hour at most each time, and few faults of one history are of that kind. */
const JOBS_GO_MS = 8 * 3_600_000;
/** How long nothing may be written once everything is as it should be. */
const QUIET_MS = 20 * 60_000;
/** Faults of which only a node agent takes notice that looks at its machine. */
const MEASURED: ReadonlySet<string> = new Set(['memory fills up', 'disk fills up', 'volumes fill up']);
const USER = { user: 'alice', fieldManager: 'kubectl-edit' };

/**
 * Plays one plan on a fresh machine: a safety phase with everything that happens, then the faults end and it must
 * converge and be quiet.
 */
export async function playSeed(
  seed: number,
  steps: readonly Step[],
  onMachine: (machine: Machine) => void = () => {},
): Promise<Outcome> {
  const machine = new Machine(seed);
  onMachine(machine);
  machine.measuresMachines = steps.some(({ kind }) => MEASURED.has(kind));
  const repository = new UserRepository(machine);
  const durability = new DurabilityChecker(machine);
  const quiet = new QuietChecker(machine);
  const waiting = new WaitingPodsChecker(machine);
  machine.watchers.push(
    durability,
    new ExternalSynchronyChecker(machine, durability),
    new RolloutBoundsChecker(machine),
    new PruneChecker(machine, repository),
    new PodsChecker(machine),
    new WorkloadsChecker(machine),
    new FinishedJobsChecker(machine, repository),
    new AutoscalersChecker(machine),
    new DisruptionBudgetsChecker(machine),
    new TaintEvictionChecker(machine),
    new PreemptionChecker(machine),
    new RemovalChecker(machine),
    new SecretsChecker(machine),
    new StatusBranchChecker(machine),
    new StorageIdentityChecker(machine),
    new WriteRateChecker(machine),
    quiet,
    new SometimesWatcher(machine.tally),
  );
  const random = new SeededRandom(seed);
  for (const application of ['shop', 'web']) addApplication(repository, random, application);
  repository.push('begin');
  machine.boot();
  for (const step of steps) {
    await machine.runTo(step.atMs);
    waiting.look();
    if (machine.violations.length > 0) break;
    perform(machine, repository, step);
  }
  await converge({ machine, repository, quiet, waiting });
  await turnEventLoop();
  machine.end();
  const { violations, clock, tally, trace } = machine;
  return {
    violation: violations[0],
    virtualSeconds: Math.round(clock.monotonicMs() / 1_000),
    counts: tally.toJSON(),
    traceLines: trace.count,
    traceHash: trace.hash(),
    tail: trace.tail,
  };
}

/** What a history is played in, and who looks at it from time to time. */
interface Play {
  readonly machine: Machine;
  readonly repository: UserRepository;
  readonly quiet: QuietChecker;
  readonly waiting: WaitingPodsChecker;
}

async function converge(play: Play): Promise<void> {
  const { machine, repository, quiet } = play;
  if (machine.violations.length > 0) return;
  endFaults(machine);
  const rested = [restWorkloads(repository), restSpecials(repository)];
  if (rested.includes(true)) repository.push('let everything come to rest');
  await untilConverged(play, 'the last fault');
  // Failing pods are tried again for as long as they fail, which is written down.
  const isAllHealthy = [...repository.deserts().values()].every(({ phase }) => phase === 'Healthy');
  if (machine.violations.length > 0 || !isAllHealthy) return;
  const life = machine.life?.open;
  if (life !== undefined) asUser(machine, () => driftEverything(life.registry.client(USER)));
  await untilConverged(play, 'everything was edited by hand');
  await untilAutoscalersRest(play);
  if (machine.violations.length > 0) return;
  await untilJobsHaveGone(machine);
  if (machine.violations.length > 0) return;
  quiet.begin();
  await machine.runTo(machine.clock.monotonicMs() + QUIET_MS);
  machine.tally.count(AT_REST);
}

async function untilConverged({ machine, repository, waiting }: Play, after: string): Promise<void> {
  const endMs = machine.clock.monotonicMs() + CONVERGE_MS;
  let isConverged: boolean;
  do {
    await machine.runTo(machine.clock.monotonicMs() + LOOK_EVERY_MS);
    waiting.look();
    const life = machine.life?.open;
    if (life !== undefined) asUser(machine, () => tidyMachine(machine, life.registry.client(USER)));
    isConverged = hasConverged(machine, repository);
  } while (machine.violations.length === 0 && !isConverged && machine.clock.monotonicMs() < endMs);
  if (machine.violations.length > 0) return;
  if (!isConverged) {
    const problems = findUnconverged(machine, repository).join('; ');
    return machine.report('convergence', `${CONVERGE_MS / 60_000} minutes after ${after}: ${problems}`);
  }
  machine.tally.count('converged');
}

/** Lets autoscalers take note of what the newest pods use, and of its end. */
async function untilAutoscalersRest(play: Play): Promise<void> {
  const { machine } = play;
  const client = machine.life?.open?.registry.client({ user: 'checker', fieldManager: 'checker' });
  if (machine.violations.length > 0 || client?.list('HorizontalPodAutoscaler').length === 0) return;
  await machine.runTo(machine.clock.monotonicMs() + AUTOSCALERS_REST_MS);
  await untilConverged(play, 'the autoscalers had time to come to rest');
}

/** Lets Jobs end, and go by the wall clock, which is a cause for writes, and settles once more after the last one. */
async function untilJobsHaveGone(machine: Machine): Promise<void> {
  const endMs = machine.clock.monotonicMs() + JOBS_GO_MS;
  let left: readonly string[];
  do {
    left = jobsThatWillGo(machine);
    await machine.runTo(machine.clock.monotonicMs() + SETTLE_MS);
  } while (machine.violations.length === 0 && left.length > 0 && machine.clock.monotonicMs() < endMs);
  if (machine.violations.length > 0 || left.length === 0) return;
  machine.report(
    'convergence',
    `${JOBS_GO_MS / 3_600_000} hours later there are Jobs that have not ended or not gone: ${left.join(', ')}`,
  );
}

/** Ends what the person tried out, and takes machines that have left out of the cluster. */
function tidyMachine(machine: Machine, client: Client): void {
  tidyUp(client);
  for (const { metadata } of client.list('Namespace').filter(isHeld))
    machine.life?.open?.registry.finalizeNamespace(USER, metadata.name, []);
  for (const { name, isMember } of machine.nodes)
    if (!isMember && client.get('Node', { name }) !== undefined)
      client.delete({ apiVersion: 'v1', kind: 'Node', name });
}

/** By a finalizer that is a person's own affair. */
function isHeld({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && spec?.finalizers?.includes('person.example/hold') === true;
}

function perform(machine: Machine, repository: UserRepository, step: Step): void {
  const random = new SeededRandom(step.seed);
  if (step.by === 'fault') return injectFault(machine, step.kind, step.seed);
  machine.tally.count('user actions');
  if (step.by === 'git') return asUser(machine, () => changeRepository(machine, repository, step, random));
  const life = machine.life?.open;
  if (life === undefined) return machine.tally.count('nobody answered the user');
  const { kind } = step;
  if (kind === 'tidy up') return asUser(machine, () => tidyMachine(machine, life.registry.client(USER)));
  const done = asUser(machine, () => actLive(life.registry.client(USER), kind, random, machine.clock.wallMs()));
  if (done === undefined) return;
  machine.tally.count(`by hand: ${kind}`);
  machine.trace.add(`${machine.clock.monotonicMs()} USER ${kind}: ${done}`);
}

function changeRepository(
  machine: Machine,
  repository: UserRepository,
  { kind, version }: Step & { by: 'git' },
  random: SeededRandom,
): void {
  if (kind === 'force push') {
    const back = repository.pushed.at(-2);
    if (back === undefined || machine.repository.getCommit(back.commit) === undefined) return;
    repository.forcePush(back.commit, back.snapshot);
    return machine.tally.count('in git: force push');
  }
  const message =
    kind === 'revert'
      ? revert(repository, random)
      : isPlanned(kind)
        ? GIT_ACTIONS[kind](repository, random)
        : actOnNamedSpecial(kind, repository, random, version);
  if (message === undefined) return;
  repository.push(message);
  machine.tally.count(`in git: ${kind}`);
}

function isPlanned(kind: GitActionKind | NamedSpecialKind): kind is GitActionKind {
  return kind in GIT_ACTIONS;
}

function asUser<T>(machine: Machine, act: () => T): T {
  machine.actor = 'user';
  try {
    return act();
  } finally {
    machine.actor = 'berth';
  }
}
