import { sleep } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Pod } from '../objects/types.ts';
import { type ContainerState, RuntimeError } from '../runtime/runtime.ts';
import type { PodAction } from './compute-pod-actions.ts';
import { computeSandboxSpec } from './compute-runtime-spec.ts';
import { ContainerTimes } from './container-times.ts';
import { PodImages } from './images/pod-images.ts';
import { runHook } from './lifecycle/run-hook.ts';
import { StopOperation } from './lifecycle/stop-operation.ts';
import {
  type Container,
  formatPod,
  newestAttempt,
  newestSandbox,
  type ObservedPod,
  runningContainers,
  specOf,
} from './observed-pod.ts';
import type { PodSnapshot, StartBlock } from './pod-snapshot.ts';
import { type BackoffEntry, raiseBackoff } from './restart-backoff.ts';
import { StartError, startContainer } from './start-container.ts';
import { lastWordsPlace, PodVolumes } from './volumes/pod-volumes.ts';
import { recordPodEvent, type WorkerContext } from './worker-context.ts';

const SANDBOX_RETRY_MS = 1000;
const SANDBOX_RETRY_MAX_MS = 60_000;
/** Before a stop that the engine refused is tried again. */
const STOP_RETRY_MS = 1000;
/** Longer than any hook may sensibly take: a postStart hook has no timeout of its own. */
const POST_START_MS = 3_600_000;

/**
 * Carries out the actions of one pod and remembers what only the doing tells: failures, back-offs, what is being
 * stopped.
 */
export class PodRunner {
  readonly images: PodImages;
  readonly volumes: PodVolumes;
  readonly #context: WorkerContext;
  readonly #wake: () => void;
  readonly #backoff = new Map<string, BackoffEntry>();
  readonly #startBackoff = new Map<string, BackoffEntry>();
  readonly #blocks = new Map<string, StartBlock>();
  readonly #stopping = new Set<string>();
  readonly #times: ContainerTimes;
  readonly #failedHooks = new Map<string, string>();
  readonly #operations = new Set<StopOperation>();
  /** Since the pod is being deleted: its grace period, and when that ends in monotonic time. */
  #termination: { readonly seconds: number; readonly deadlineMs: number } | undefined;
  #endHooks: () => void = () => {};
  readonly #hooksEnded: Promise<void>;
  /** Sandboxes whose start this process has seen to its end. */
  readonly #completedSandboxes = new Set<string>();
  #sandboxFailures = 0;
  #sandboxRetryAtMs = 0;

  constructor(context: WorkerContext, wake: () => void) {
    this.#context = context;
    this.#wake = wake;
    this.#times = new ContainerTimes(context.clock);
    this.volumes = new PodVolumes(context);
    this.images = new PodImages(context, {
      onChange: wake,
      onBlocked: (container, block) => this.#blocks.set(container.name, block),
    });
    this.#hooksEnded = new Promise((resolve) => {
      this.#endHooks = resolve;
    });
  }

  /** What the pod's decisions need of here, with what the engine has of it. */
  snapshot(
    observed: ObservedPod,
  ): Pick<
    PodSnapshot,
    'backoff' | 'images' | 'blocks' | 'stopping' | 'failedHooks' | 'endedAtMs' | 'volumes' | 'sandboxRetryAtMs'
  > {
    this.#times.observe(observed.containers);
    for (const id of this.#failedHooks.keys())
      if (!observed.containers.some((container) => container.id === id)) this.#failedHooks.delete(id);
    return {
      backoff: this.#backoff,
      images: this.images.states,
      blocks: this.#blocks,
      stopping: this.#stopping,
      failedHooks: this.#failedHooks,
      endedAtMs: this.#times.endedAtMs,
      volumes: this.volumes.state,
      sandboxRetryAtMs: this.#sandboxRetryAtMs,
    };
  }

  /** Whether this process has started the container, so that its probes begin from nothing. */
  hasStarted(containerId: string): boolean {
    return this.#times.hasStarted(containerId);
  }

  /** Monotonic time at which a container of the last snapshot started. */
  startedAtMs(containerId: string): number {
    return this.#times.startedAtMs.get(containerId) ?? this.#context.clock.monotonicMs();
  }

  /** What was missing may be there now. */
  onConfigChanged(): void {
    this.volumes.markDirty();
    for (const [name, block] of this.#blocks) {
      if (block.reason === 'CreateContainerConfigError') this.#blocks.delete(name);
    }
  }

  /**
   * A deletion ends hooks that a start waits for, and a shorter grace period cuts a stop that runs, once a crash would
   * leave it.
   */
  beforePass(pod: Pod): void {
    if (pod.metadata.deletionTimestamp === undefined) return;
    this.#endHooks();
    const seconds = pod.metadata.deletionGracePeriodSeconds ?? graceSecondsOf(pod);
    if (seconds === this.#termination?.seconds) return;
    // Counted from now and not from the object's timestamp: after a crash of Berth the containers get their signal and
    // their time all the same.
    const deadlineMs = this.#context.clock.monotonicMs() + seconds * 1000;
    this.#termination = { seconds, deadlineMs };
    // A stop may run for another reason, such as a failed probe, and a crash may take back a deletion that is not on
    // disk yet: until then it goes on as it is. A store that fails or is closed is the end of this Berth.
    const shorten = () => {
      for (const operation of this.#operations) operation.shorten(deadlineMs);
    };
    void this.#context.client.durable().then(shorten, () => {});
  }

  async carryOut(action: PodAction, pod: Pod, observed: ObservedPod): Promise<void> {
    const { runtime, cache } = this.#context;
    const { uid } = pod.metadata;
    switch (action.type) {
      case 'ensureImage':
        return this.images.ensure(pod, action.container);
      case 'createSandbox':
        return this.#createSandbox(pod, action.attempt);
      case 'startContainer':
        return this.#start(pod, observed, action);
      case 'killContainer':
        return this.#kill(pod, observed, action);
      case 'stopContainers':
        return this.#stopAll(pod, observed, action.reason);
      case 'stopSandbox':
        await runtime.stopSandbox(action.sandboxId);
        cache.noteSandboxStopped(uid, action.sandboxId);
        return;
      case 'removeSandbox':
        await runtime.removeSandbox(action.sandboxId);
        cache.dropSandbox(uid, action.sandboxId);
        return;
      case 'removeContainer':
        return this.#removeAttempt(uid, action.id);
      case 'finishDeletion':
        return this.removeAll(uid);
    }
  }

  async #removeAttempt(podUid: string, id: string): Promise<void> {
    const { runtime, cache, volumeFiles } = this.#context;
    const state = cache.container(podUid, id);
    await runtime.removeContainer(id);
    cache.dropContainer(podUid, id);
    if (state !== undefined) await volumeFiles.remove(lastWordsPlace(podUid, state.name, state.attempt));
  }

  /** Removes every sandbox and container of a pod that has none running any more. */
  async removeAll(podUid: string): Promise<void> {
    const { runtime, cache } = this.#context;
    for (const { id, running } of cache.pod(podUid).sandboxes) {
      if (running) await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
      cache.dropSandbox(podUid, id);
    }
    for (const { id } of cache.pod(podUid).containers) {
      await runtime.removeContainer(id);
      cache.dropContainer(podUid, id);
    }
  }

  async #createSandbox(pod: Pod, attempt: number): Promise<void> {
    const { runtime, cache, clock, settings } = this.#context;
    if (attempt > 0) {
      const message = 'Pod sandbox changed, it will be killed and re-created.';
      recordPodEvent(this.#context, pod, { type: 'Normal', reason: 'SandboxChanged', message });
    }
    try {
      const spec = computeSandboxSpec(pod, attempt, settings.dns);
      const sandbox = await runtime.runSandbox(spec);
      cache.noteSandbox(spec, sandbox);
      this.#completedSandboxes.add(sandbox.id);
      this.#sandboxFailures = 0;
      this.#sandboxRetryAtMs = 0;
    } catch (error) {
      if (isEngineDown(error)) throw error;
      const delayMs = Math.min(SANDBOX_RETRY_MAX_MS, SANDBOX_RETRY_MS * 2 ** this.#sandboxFailures++);
      this.#sandboxRetryAtMs = clock.monotonicMs() + delayMs;
      const message = `Failed to create pod sandbox: ${messageOf(error)}`;
      recordPodEvent(this.#context, pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message });
    }
  }

  /**
   * An earlier Berth may have been killed between the start of a sandbox and what follows it, such as its name servers.
   * One without any container is asked for again: the engine returns the same, completed.
   */
  async #completeSandbox(pod: Pod, observed: ObservedPod, sandboxId: string): Promise<void> {
    if (this.#completedSandboxes.has(sandboxId)) return;
    const sandbox = observed.sandboxes.find(({ id }) => id === sandboxId);
    const isInUse = observed.containers.some((container) => container.sandboxId === sandboxId);
    if (sandbox === undefined || isInUse) return;
    const { runtime, settings } = this.#context;
    await runtime.runSandbox(computeSandboxSpec(pod, sandbox.attempt, settings.dns));
    this.#completedSandboxes.add(sandboxId);
  }

  async #start(pod: Pod, observed: ObservedPod, action: PodAction & { type: 'startContainer' }): Promise<void> {
    const { runtime, cache, clock } = this.#context;
    const { container, sandboxId, attempt, failedAtMs } = action;
    const image = this.images.infoOf(container);
    if (image === undefined) return this.images.reset(container);
    await this.#completeSandbox(pod, observed, sandboxId);
    if (action.replaces !== undefined) {
      // The answer to an earlier start may have been lost: what runs after all is kept.
      await cache.refresh(pod.metadata.uid, action.replaces);
      if (cache.container(pod.metadata.uid, action.replaces)?.status !== 'created') return;
      await runtime.removeContainer(action.replaces);
      cache.dropContainer(pod.metadata.uid, action.replaces);
    }
    if (failedAtMs !== undefined) {
      const entry = raiseBackoff(this.#backoff.get(container.name), failedAtMs, clock.monotonicMs());
      this.#backoff.set(container.name, entry);
    }
    const podIp = newestSandbox(observed)?.ip ?? '';
    try {
      const request = { pod, container, sandboxId, podIp, attempt, image, volumes: this.volumes };
      const id = await startContainer(this.#context, request);
      this.#times.noteStart(id);
      this.#blocks.delete(container.name);
      this.#startBackoff.delete(container.name);
      this.images.reset(container);
      await this.#runPostStart(pod, container, id, podIp);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#onStartFailed(pod, container, error);
    }
  }

  #onStartFailed(pod: Pod, container: Container, error: StartError): void {
    const { reason, message, cause } = error;
    recordPodEvent(this.#context, pod, { type: 'Warning', reason: 'Failed', message: `Error: ${message}` }, container);
    const { cache, clock } = this.#context;
    if (
      reason === 'RunContainerError' &&
      newestAttempt(cache.pod(pod.metadata.uid), container.name)?.status === 'exited'
    ) {
      // It counts as an attempt that has failed, and what follows from that is up to the restart policy.
      this.#blocks.delete(container.name);
      return this.images.reset(container);
    }
    const nowMs = clock.monotonicMs();
    const entry = raiseBackoff(this.#startBackoff.get(container.name), nowMs, nowMs);
    this.#startBackoff.set(container.name, entry);
    const waitsForChange = reason === 'CreateContainerConfigError';
    const retryAtMs = waitsForChange ? Number.POSITIVE_INFINITY : nowMs + entry.delayMs;
    this.#blocks.set(container.name, { reason, message, retryAtMs });
    if (!(cause instanceof RuntimeError)) return;
    if (cause.reason === 'ImageNotFound') {
      // Somebody removed the image between our look and the start: ask for it again soon.
      this.images.forget(container);
      this.#blocks.set(container.name, { reason, message, retryAtMs: nowMs + 1000 });
    }
    this.#context.onEngineTrouble(cause);
  }

  /** "If either a PostStart or PreStop hook fails, it kills the Container" (container lifecycle hooks). */
  async #runPostStart(pod: Pod, container: Container, id: string, podIp: string): Promise<void> {
    const hook = container.lifecycle?.postStart;
    if (hook === undefined) return;
    const ports = this.#context;
    const run = runHook(ports, hook, { container, containerId: id, podIp }, POST_START_MS);
    const failure = await Promise.race([run, this.#hooksEnded.then(() => undefined)]);
    if (failure === undefined) return;
    // "do not record the message in the event so that secrets won't leak from the server" (kuberuntime_container.go).
    const event = { type: 'Warning', reason: 'FailedPostStartHook', message: 'PostStartHook failed' } as const;
    recordPodEvent(this.#context, pod, event, container);
    const state = this.#context.cache.container(pod.metadata.uid, id);
    if (state?.status !== 'running') return;
    this.#failedHooks.set(id, failure);
    this.#stopOne(pod, state, container, podIp, 'FailedPostStartHook', undefined);
  }

  #kill(pod: Pod, observed: ObservedPod, action: PodAction & { type: 'killContainer' }): void {
    const state = observed.containers.find(({ id }) => id === action.id);
    if (state === undefined) return;
    const podIp = newestSandbox(observed)?.ip ?? '';
    this.#stopOne(
      pod,
      state,
      action.container,
      podIp,
      action.message,
      probeOfKill(action)?.terminationGracePeriodSeconds,
    );
  }

  #stopOne(
    pod: Pod,
    state: ContainerState,
    container: Container,
    podIp: string,
    message: string,
    graceSeconds: number | undefined,
  ): void {
    const seconds = graceSeconds ?? graceSecondsOf(pod);
    const deadlineMs = this.#context.clock.monotonicMs() + seconds * 1000;
    const operation = this.#newOperation(pod, podIp, deadlineMs, { why: message, message });
    this.#runOperation(pod, operation, [state], () => operation.stop({ state, container }));
  }

  #stopAll(pod: Pod, observed: ObservedPod, reason: string): void {
    const deadlineMs = this.#termination?.deadlineMs ?? this.#context.clock.monotonicMs() + graceSecondsOf(pod) * 1000;
    const states = runningContainers(observed).filter(({ id }) => !this.#stopping.has(id));
    const podIp = newestSandbox(observed)?.ip ?? '';
    const operation = this.#newOperation(pod, podIp, deadlineMs, { why: reason });
    this.#runOperation(pod, operation, states, () => operation.stopPod(specOf(pod), states));
  }

  #newOperation(
    pod: Pod,
    podIp: string,
    deadlineMs: number,
    { why, message }: { readonly why: string; readonly message?: string },
  ): StopOperation {
    const report = (type: 'Normal' | 'Warning', reason: string, text: string, container: Container): void =>
      recordPodEvent(this.#context, pod, { type, reason, message: text }, container);
    return new StopOperation({
      ports: this.#context,
      podIp,
      deadlineMs,
      // What the hook has said stays out of the event, as with postStart: "so that secrets won't leak from the server"
      // (kuberuntime_container.go).
      onHookFailed: (container) => report('Warning', 'FailedPreStopHook', 'PreStopHook failed', container),
      onBegin: (container) => report('Normal', 'Killing', message ?? `Stopping container ${container.name}`, container),
      onStopping: (container, isShortened) => {
        const fields = { pod: formatPod(pod), container: container.name, why, isShortened };
        this.#context.logger.debug('container stops', fields);
      },
    });
  }

  /** Runs beside the passes; when it is over, the engine has told what became of the containers. */
  #runOperation(
    pod: Pod,
    operation: StopOperation,
    states: readonly ContainerState[],
    work: () => Promise<void>,
  ): void {
    const { cache, clock, onEngineTrouble } = this.#context;
    const { uid } = pod.metadata;
    for (const { id } of states) this.#stopping.add(id);
    this.#operations.add(operation);
    void work()
      .then(() => Promise.all(states.map(({ id }) => cache.refresh(uid, id))))
      .catch((error: unknown) => {
        onEngineTrouble(error);
        return sleep(clock, STOP_RETRY_MS);
      })
      .finally(() => {
        for (const { id } of states) this.#stopping.delete(id);
        this.#operations.delete(operation);
        this.#wake();
      });
  }
}

/** The probe that asks for a kill, where one does. */
function probeOfKill({ container, reason }: PodAction & { type: 'killContainer' }): Container['livenessProbe'] {
  if (reason === 'LivenessProbeFailed') return container.livenessProbe;
  return reason === 'StartupProbeFailed' ? container.startupProbe : undefined;
}

/**
 * "For a hard eviction threshold the kubelet does not respect the grace period": one second
 * (immediateEvictionGracePeriodSeconds).
 */
function graceSecondsOf(pod: Pod): number {
  if (pod.status?.reason === 'Evicted') return 1;
  return specOf(pod).terminationGracePeriodSeconds ?? 30;
}

function isEngineDown(error: unknown): boolean {
  return error instanceof RuntimeError && error.reason === 'EngineUnavailable';
}
