import { isSidecar } from '../objects/pods.ts';
import type { ContainerState, SandboxState } from '../runtime/runtime.ts';
import { computePhase, computeVerdict, deadlineOf, hasRunBefore, isStarted, isTerminalPhase } from './compute-phase.ts';
import { formatGoDuration } from './go-duration.ts';
import {
  allContainers,
  attemptsOf,
  type Container,
  newestAttempt,
  newestSandbox,
  runningContainers,
  specOf,
} from './observed-pod.ts';
import { endedAtMs, type PodSnapshot } from './pod-snapshot.ts';
import { nextRecordedAttempt, recordedStatus } from './recorded-containers.ts';
import { backOffShownAtMs, nextAttemptAtMs } from './restart-backoff.ts';
import { containerSpecHash } from './spec-hash.ts';

/** How often a pod's deadline is compared with the clock at least. */
const DEADLINE_LOOK_MS = 60_000;

/**
 * One step for one pod. `reason` says why, as a clause; it goes to the log and, where Kubernetes has one, to an event.
 */
export type PodAction =
  | { readonly type: 'createSandbox'; readonly attempt: number; readonly reason: string }
  /** Find or fetch the image of a container that is to start. */
  | { readonly type: 'ensureImage'; readonly container: Container; readonly reason: string }
  | {
      readonly type: 'startContainer';
      readonly container: Container;
      readonly sandboxId: string;
      readonly attempt: number;
      /** Monotonic time at which the previous attempt ended: raises the back-off. */
      readonly failedAtMs?: number;
      /** A container that was created and never started, to be removed before. */
      readonly replaces?: string;
      readonly reason: string;
    }
  /** Stop one container that runs; the pod goes on. */
  | {
      readonly type: 'killContainer';
      readonly container: Container;
      readonly id: string;
      readonly reason: 'LivenessProbeFailed' | 'StartupProbeFailed' | 'SpecChanged' | 'Superseded';
      readonly message: string;
    }
  /** Stop all containers in order: the main ones, then the sidecars in reverse. */
  | { readonly type: 'stopContainers'; readonly reason: string }
  | { readonly type: 'stopSandbox'; readonly sandboxId: string; readonly reason: string }
  /** Remove an attempt that nobody needs any more. */
  | { readonly type: 'removeSandbox'; readonly sandboxId: string; readonly reason: string }
  | { readonly type: 'removeContainer'; readonly id: string; readonly reason: string }
  /** Everything is down and the status says so: remove what is left and let the object go. */
  | { readonly type: 'finishDeletion'; readonly reason: string };

export interface PodActions {
  readonly actions: readonly PodAction[];
  /** After which time to look again although nothing has changed; `Infinity` when only a change can matter. */
  readonly requeueAfterMs: number;
  /** Why nothing more is done now, for the log. */
  readonly waiting: readonly string[];
}

interface Decision {
  readonly actions: PodAction[];
  readonly waiting: string[];
  requeueAfterMs: number;
}

/** A rule looks at the pod and either decides or passes; the first that decides wins. */
interface PodRule {
  readonly name: string;
  readonly applies: (snapshot: PodSnapshot) => boolean;
  readonly decide: (snapshot: PodSnapshot, decision: Decision) => void;
}

const ENDS: readonly PodRule[] = [
  { name: 'deleted', applies: ({ pod }) => pod.metadata.deletionTimestamp !== undefined, decide: decideDeleted },
  { name: 'ended', applies: hasEnded, decide: decideEnded },
];

/**
 * What to do for one pod now, as the kubelet's computePodActions decides it: pure, the same snapshot gives the same
 * actions. Several actions are carried out in the order given. The order is that of the kubelet: ending a pod comes
 * before mending it, the sandbox before its containers.
 */
export function computePodActions(snapshot: PodSnapshot): PodActions {
  const decision: Decision = { actions: [], waiting: [], requeueAfterMs: Number.POSITIVE_INFINITY };
  const end = ENDS.find((rule) => rule.applies(snapshot));
  const sandbox = liveSandbox(snapshot);
  if (end !== undefined) end.decide(snapshot, decision);
  else if (sandbox === undefined) decideSandbox(snapshot, decision);
  else decideContainers(snapshot, decision, sandbox);
  return decision;
}

function liveSandbox(snapshot: PodSnapshot): SandboxState | undefined {
  const sandbox = newestSandbox(snapshot.observed);
  return sandbox?.running === true ? sandbox : undefined;
}

function decideDeleted(snapshot: PodSnapshot, decision: Decision): void {
  if (runningContainers(snapshot.observed).length > 0) return stopAll(snapshot, decision, 'the pod is deleted');
  decision.actions.push({ type: 'finishDeletion', reason: 'the pod is deleted and nothing of it runs' });
}

function hasEnded(snapshot: PodSnapshot): boolean {
  return isTerminalPhase(computePhase(snapshot)) || computeVerdict(snapshot) !== undefined || mainsAreDone(snapshot);
}

/**
 * A pod whose phase is terminal keeps its dead containers (for their logs) until its object is deleted, and nothing
 * else. Documentation of sidecars: "If the Pod's main containers have terminated, the sidecars are stopped", so a
 * finished job ends though they would run on.
 */
function decideEnded(snapshot: PodSnapshot, decision: Decision): void {
  const reason = endReason(snapshot);
  if (runningContainers(snapshot.observed).length > 0) return stopAll(snapshot, decision, reason);
  for (const sandbox of snapshot.observed.sandboxes) {
    if (sandbox.running) decision.actions.push({ type: 'stopSandbox', sandboxId: sandbox.id, reason });
  }
}

function endReason(snapshot: PodSnapshot): string {
  const verdict = computeVerdict(snapshot);
  if (verdict !== undefined) return verdict.message;
  return mainsAreDone(snapshot) ? 'all containers have terminated' : 'the pod has ended';
}

function mainsAreDone(snapshot: PodSnapshot): boolean {
  const spec = specOf(snapshot.pod);
  return spec.containers.every((container) => {
    const state = newestAttempt(snapshot.observed, container.name);
    return state?.status === 'exited' && !restartsAfter(spec.restartPolicy, state);
  });
}

function stopAll(snapshot: PodSnapshot, decision: Decision, reason: string): void {
  const pending = runningContainers(snapshot.observed).some(({ id }) => !snapshot.stopping.has(id));
  if (pending) decision.actions.push({ type: 'stopContainers', reason });
  else decision.waiting.push('its containers are being stopped');
}

/**
 * A sandbox that has died takes the namespaces with it: its containers are stopped and everything is made anew in a new
 * one.
 */
function decideSandbox(snapshot: PodSnapshot, decision: Decision): void {
  const dead = newestSandbox(snapshot.observed);
  if (runningContainers(snapshot.observed).length > 0) return stopAll(snapshot, decision, 'the sandbox has died');
  watchDeadline(snapshot, decision);
  if (snapshot.volumes.type === 'missing') {
    decision.waiting.push(snapshot.volumes.message);
    return;
  }
  const retryAtMs = Math.max(
    snapshot.sandboxRetryAtMs,
    snapshot.volumes.type === 'failed' ? snapshot.volumes.retryAtMs : 0,
  );
  if (retryAtMs > snapshot.monotonicMs) return requeue(snapshot, decision, retryAtMs, 'the sandbox failed before');
  const reason = dead === undefined ? 'the pod has no sandbox' : 'the sandbox has died';
  // A start of it may still be under way in the engine, asked for by a Berth that was killed: a stop waits for that, so
  // that never two run.
  if (dead !== undefined) decision.actions.push({ type: 'stopSandbox', sandboxId: dead.id, reason });
  const attempt = dead === undefined ? firstAttempt(snapshot) : dead.attempt + 1;
  decision.actions.push({ type: 'createSandbox', attempt, reason });
  for (const container of firstContainers(snapshot)) ensureImage(snapshot, decision, container);
}

/**
 * Where a container has run, a sandbox was there before, though nothing is left of it: what ended in that one has not
 * ended in the new one.
 */
function firstAttempt(snapshot: PodSnapshot): 0 | 1 {
  return allContainers(snapshot.pod).some(({ name }) => hasRunBefore(snapshot, name)) ? 1 : 0;
}

function firstContainers(snapshot: PodSnapshot): readonly Container[] {
  const spec = specOf(snapshot.pod);
  const [firstInit] = spec.initContainers ?? [];
  return firstInit === undefined ? spec.containers : [firstInit];
}

function decideContainers(snapshot: PodSnapshot, decision: Decision, sandbox: SandboxState): void {
  watchDeadline(snapshot, decision);
  stopSuperseded(snapshot, decision);
  if (decideInit(snapshot, decision, sandbox)) {
    for (const container of specOf(snapshot.pod).containers) decideContainer(snapshot, decision, sandbox, container);
  }
  removeLeftovers(snapshot, decision, sandbox);
}

/**
 * Of one container one instance runs: two would share its volumes and its address. An older attempt comes back when
 * somebody has started it by hand, as `docker restart` does after Berth has seen its end and made the next one.
 */
function stopSuperseded(snapshot: PodSnapshot, decision: Decision): void {
  for (const container of allContainers(snapshot.pod)) {
    for (const { id } of supersededOf(snapshot, container.name)) {
      if (snapshot.stopping.has(id)) continue;
      const message = `Container ${container.name} was started beside a newer instance of it, will be stopped`;
      decision.actions.push({ type: 'killContainer', container, id, reason: 'Superseded', message });
    }
  }
}

function supersededOf(snapshot: PodSnapshot, name: string): readonly ContainerState[] {
  return attemptsOf(snapshot.observed, name)
    .slice(1)
    .filter(({ status }) => status === 'running');
}

/**
 * Documentation of init containers: "Each init container must complete successfully before the next one starts"; of
 * sidecars: the next one starts once the sidecar "has started", which a startup probe can define. Returns whether the
 * main containers may run.
 */
function decideInit(snapshot: PodSnapshot, decision: Decision, sandbox: SandboxState): boolean {
  const spec = specOf(snapshot.pod);
  const initialized = spec.containers.some(
    ({ name }) => newestAttempt(snapshot.observed, name, sandbox.id) !== undefined,
  );
  for (const container of spec.initContainers ?? []) {
    const state = newestAttempt(snapshot.observed, container.name, sandbox.id);
    if (isSidecar(container)) {
      decideContainer(snapshot, decision, sandbox, container);
      if (initialized || isStarted(snapshot, container.name, state, container.startupProbe !== undefined)) continue;
      decision.waiting.push(`init container ${container.name} has not started`);
      return false;
    }
    if (initialized || (state?.status === 'exited' && state.exitCode === 0)) continue;
    if (state?.status !== 'running') decideContainer(snapshot, decision, sandbox, container);
    else decision.waiting.push(`init container ${container.name} runs`);
    return false;
  }
  return true;
}

function decideContainer(snapshot: PodSnapshot, decision: Decision, sandbox: SandboxState, container: Container): void {
  const state = newestAttempt(snapshot.observed, container.name, sandbox.id);
  if (state === undefined) {
    if (hasSucceededInOldSandbox(snapshot, container)) return;
    return decideStart(snapshot, decision, sandbox, container, undefined);
  }
  if (state.status === 'created') return decideStart(snapshot, decision, sandbox, container, state);
  if (state.status === 'running') return decideRunning(snapshot, decision, container, state);
  const policy = isSidecar(container) ? 'Always' : initPolicy(snapshot, container);
  if (restartsAfter(policy, state)) return decideStart(snapshot, decision, sandbox, container, state);
}

/** A new sandbox does not repeat a main container that has done its work. */
function hasSucceededInOldSandbox(snapshot: PodSnapshot, container: Container): boolean {
  const spec = specOf(snapshot.pod);
  if ((spec.restartPolicy ?? 'Always') === 'Always' || !spec.containers.includes(container)) return false;
  return newestAttempt(snapshot.observed, container.name)?.exitCode === 0;
}

/** An init container under `Always` is restarted only when it failed. */
function initPolicy(snapshot: PodSnapshot, container: Container): 'Always' | 'OnFailure' | 'Never' {
  const spec = specOf(snapshot.pod);
  const policy = spec.restartPolicy ?? 'Always';
  const isInit = (spec.initContainers ?? []).includes(container);
  return isInit && policy === 'Always' ? 'OnFailure' : policy;
}

function restartsAfter(policy: 'Always' | 'OnFailure' | 'Never' | undefined, state: ContainerState): boolean {
  if (policy === 'Never') return false;
  return policy === 'OnFailure' ? state.exitCode !== 0 : true;
}

function decideRunning(snapshot: PodSnapshot, decision: Decision, container: Container, state: ContainerState): void {
  if (snapshot.stopping.has(state.id)) {
    decision.waiting.push(`container ${container.name} is being stopped`);
    return;
  }
  const restarts = specOf(snapshot.pod).restartPolicy === 'Never' && !isSidecar(container) ? '' : ', will be restarted';
  const kill = (reason: 'LivenessProbeFailed' | 'StartupProbeFailed' | 'SpecChanged', cause: string): void => {
    const message = `Container ${container.name} ${cause}${restarts}`;
    decision.actions.push({ type: 'killContainer', container, id: state.id, reason, message });
  };
  const probes = snapshot.probes.get(container.name);
  if (state.specHash !== containerSpecHash(container)) kill('SpecChanged', 'definition changed');
  else if (probes?.liveness === false) kill('LivenessProbeFailed', 'failed liveness probe');
  else if (probes?.startup === false) kill('StartupProbeFailed', 'failed startup probe');
}

function decideStart(
  snapshot: PodSnapshot,
  decision: Decision,
  sandbox: SandboxState,
  container: Container,
  previous: ContainerState | undefined,
): void {
  const { name } = container;
  if (supersededOf(snapshot, name).length > 0) {
    decision.waiting.push(`an older instance of container ${name} still runs`);
    return;
  }
  const failedAtMs = previous?.status === 'exited' ? endedAtMs(snapshot, previous) : undefined;
  if (failedAtMs !== undefined) {
    const startAtMs = nextAttemptAtMs(snapshot.backoff.get(name), failedAtMs);
    if (startAtMs > snapshot.monotonicMs) {
      const wait = formatGoDuration(startAtMs - snapshot.monotonicMs);
      return requeue(snapshot, decision, startAtMs, `container ${name} is in back-off for ${wait}`);
    }
  }
  const block = snapshot.blocks.get(name);
  if (block !== undefined && block.retryAtMs > snapshot.monotonicMs)
    return requeue(snapshot, decision, block.retryAtMs, block.message);
  if (!ensureImage(snapshot, decision, container)) return;
  decision.actions.push({
    type: 'startContainer',
    container,
    sandboxId: sandbox.id,
    attempt: nextAttempt(snapshot, name, sandbox.id),
    ...(failedAtMs === undefined ? {} : { failedAtMs }),
    ...(previous?.status === 'created' ? { replaces: previous.id } : {}),
    reason: previous === undefined ? `container ${name} does not exist` : `container ${name} has ${previous.status}`,
  });
}

/** Numbers are never used twice, so that "at most one container per (pod uid, name)" can be seen by anybody. */
function nextAttempt(snapshot: PodSnapshot, name: string, sandboxId: string): number {
  const newest = newestAttempt(snapshot.observed, name);
  if (newest?.status === 'created' && newest.sandboxId === sandboxId) return newest.attempt;
  const observed = newest === undefined ? 0 : newest.attempt + 1;
  // A container that somebody removed by hand is only known from the recorded status.
  const recorded = recordedStatus(snapshot.pod, name);
  return recorded?.containerID ? Math.max(observed, nextRecordedAttempt(recorded)) : observed;
}

/** Returns whether the image is on the box; else asks for it, or waits for the pull or the end of its back-off. */
function ensureImage(snapshot: PodSnapshot, decision: Decision, container: Container): boolean {
  const image = snapshot.images.get(container.name);
  if (image?.type === 'ready') return true;
  if (image?.type === 'pulling') {
    decision.waiting.push(`the image of container ${container.name} is being pulled`);
    return false;
  }
  if (image?.type === 'failed') {
    requeue(snapshot, decision, backOffShownAtMs(image.failedAtMs), `the image of container ${container.name} failed`);
    if (image.retryAtMs > snapshot.monotonicMs) {
      requeue(snapshot, decision, image.retryAtMs, `the image of container ${container.name} is in back-off`);
      return false;
    }
  }
  const block = snapshot.blocks.get(container.name);
  if (block !== undefined && block.retryAtMs > snapshot.monotonicMs) {
    requeue(snapshot, decision, block.retryAtMs, block.message);
    return false;
  }
  decision.actions.push({ type: 'ensureImage', container, reason: `container ${container.name} is to start` });
  return false;
}

/**
 * One dead attempt of each container stays for `logs --previous`; a dead sandbox goes with its containers once its
 * successor runs, unless the exit codes of its containers still count.
 */
function removeLeftovers(snapshot: PodSnapshot, decision: Decision, sandbox: SandboxState): void {
  const keepsResults = (specOf(snapshot.pod).restartPolicy ?? 'Always') !== 'Always';
  for (const old of snapshot.observed.sandboxes) {
    if (old.id === sandbox.id || keepsResults) continue;
    decision.actions.push({ type: 'removeSandbox', sandboxId: old.id, reason: 'a newer sandbox runs' });
  }
  const byName = new Map<string, ContainerState[]>();
  for (const state of snapshot.observed.containers) {
    if (state.status !== 'running' && state.sandboxId === sandbox.id) {
      byName.set(state.name, [...(byName.get(state.name) ?? []), state]);
    }
  }
  for (const [name, dead] of byName) {
    const newest = newestAttempt(snapshot.observed, name);
    const kept = dead.filter(({ id }) => id !== newest?.id).sort((a, b) => b.attempt - a.attempt);
    for (const { id } of kept.slice(1)) {
      decision.actions.push({ type: 'removeContainer', id, reason: `container ${name} has newer attempts` });
    }
  }
}

function watchDeadline(snapshot: PodSnapshot, decision: Decision): void {
  const deadline = deadlineOf(snapshot);
  if (deadline === undefined || deadline <= snapshot.nowMs) return;
  // The deadline is an instant of the wall clock, which may be put ahead: it is looked at from time to time.
  requeueAfter(decision, Math.min(deadline - snapshot.nowMs, DEADLINE_LOOK_MS), 'the pod has a deadline');
}

/** `atMs` is monotonic. */
function requeue(snapshot: PodSnapshot, decision: Decision, atMs: number, why: string): void {
  if (atMs > snapshot.monotonicMs) requeueAfter(decision, atMs - snapshot.monotonicMs, why);
}

function requeueAfter(decision: Decision, afterMs: number, why: string): void {
  decision.waiting.push(why);
  decision.requeueAfterMs = Math.min(decision.requeueAfterMs, afterMs);
}
