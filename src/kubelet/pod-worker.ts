import { isApiError } from '../api/api-error.ts';
import { formatTime, type Timer } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import { jsonEqual } from '../lib/json.ts';
import { isPodGoingOn, qosClassOf } from '../objects/index.ts';
import type { Pod } from '../objects/types.ts';
import type { ContainerState } from '../runtime/runtime.ts';
import type { PodRefusal } from './admission/compute-admission.ts';
import { crashLoopMessage } from './compute-container-status.ts';
import { DEADLINE_EXCEEDED, isOver, isTerminalPhase } from './compute-phase.ts';
import { computePodActions, type PodAction } from './compute-pod-actions.ts';
import { computePodStatus } from './compute-pod-status.ts';
import { readLastWords } from './last-words.ts';
import { allContainers, attemptsOf, formatPod, newestAttempt, newestSandbox, specOf } from './observed-pod.ts';
import { PodRunner } from './pod-runner.ts';
import { podRefusal } from './pod-security.ts';
import { endedAtMs, type PodSnapshot } from './pod-snapshot.ts';
import type { ProbedContainer } from './probes/probe-manager.ts';
import { withRecordedEnds } from './recorded-containers.ts';
import { nextAttemptAtMs } from './restart-backoff.ts';
import { podPlaces, volumePlaces } from './volumes/pod-volumes.ts';
import { recordPodEvent, type WorkerContext } from './worker-context.ts';

/** What a wake brings beyond "look again". */
export interface WakeNews {
  /** A ConfigMap, Secret or the pod's own metadata, which it may take values from, has changed. */
  readonly config?: boolean;
}

/**
 * Brings one pod, by its uid, to what its object says: one pass at a time, always from the newest state. A pass reads,
 * computes, writes the status when it changed, waits until that is durable, and only then calls the engine. Everything
 * that takes long (pulls, stops, probes) runs beside and wakes the worker when it is over.
 */
export class PodWorker {
  readonly #context: WorkerContext;
  readonly #runner: PodRunner;
  readonly #onGone: (podUid: string) => void;
  #pod: Pod;
  /** The object is gone from the API although the pod was not finished: somebody forced its deletion. */
  #isForsaken = false;
  #isFinished = false;
  #isStopped = false;
  #isDirty = false;
  #isRunning = false;
  #isWriting = false;
  #isCleaned = false;
  #timer: Timer | undefined;
  #lastWords: ReadonlyMap<string, string> = new Map();
  #refusal: PodRefusal | undefined;
  /** Attempts of which a crash-loop back-off was reported. */
  readonly #reportedCrashes = new Set<string>();

  constructor(context: WorkerContext, pod: Pod, onGone: (podUid: string) => void) {
    this.#context = context;
    this.#pod = pod;
    this.#onGone = onGone;
    this.#runner = new PodRunner(context, () => this.wake());
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Asks for a pass. Cheap and safe at any time; passes that wait are one. */
  wake(news: WakeNews = {}): void {
    if (news.config === true) this.#runner.onConfigChanged();
    if (this.#isWriting || this.#isFinished || this.#isStopped) return;
    this.#isDirty = true;
    if (!this.#isRunning) void this.#run();
  }

  /** The object has vanished; what still runs is brought down. */
  forsake(): void {
    this.#isForsaken = true;
    if (this.#isFinished) this.#end();
    else this.wake();
  }

  /** Leaves everything as it is: Berth ends, the pod goes on. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isDirty && !this.#isFinished && !this.#isStopped) {
      this.#isDirty = false;
      if (!this.#context.isEngineUp()) break;
      try {
        await this.#pass();
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#isRunning = false;
  }

  /**
   * Engine trouble is the node's; anything else is tried again after a while, so that one pod never stops the others.
   */
  #onFailure(error: unknown): void {
    if (this.#isStopped || isApiError(error, 'NotFound') || isApiError(error, 'Conflict')) return;
    this.#context.logger.warn('pod pass failed', { pod: formatPod(this.#pod), error: messageOf(error) });
    this.#context.onEngineTrouble(error);
    this.#requeue(1000);
  }

  async #pass(): Promise<void> {
    this.#readPod();
    const { cache, client } = this.#context;
    this.#runner.beforePass(this.#pod);
    const heldMs = this.#admit();
    if (heldMs > 0) return this.#requeue(heldMs);
    if (this.#refusal === undefined && isPodGoingOn(this.#pod)) await this.#runner.volumes.sync(this.#pod);
    await this.#collectLastWords();
    if (this.#isStopped) return;
    this.#readPod();
    const snapshot = this.#snapshot();
    this.#syncProbes(snapshot);
    const current = { ...snapshot, probes: this.#context.probes.results(this.#pod.metadata.uid) };
    this.#writeStatus(current);
    const { actions, requeueAfterMs, waiting } = computePodActions(current);
    const revision = client.revision;
    this.#report(current);
    this.#context.logger.debug('pod pass', {
      pod: formatPod(this.#pod),
      actions: actions.map(({ type, reason }) => `${type}: ${reason}`),
      waiting,
    });
    this.#requeue(requeueAfterMs);
    if (actions.length === 0) return this.#cleanUpEnded();
    await client.durable(revision);
    if (this.#isStopped) return;
    for (const action of actions) {
      const isLast = action.type === 'finishDeletion';
      if (isLast) return this.#finish();
      await this.#runner.carryOut(action, this.#pod, cache.pod(this.#pod.metadata.uid));
    }
    if (actions.some(changesSomething)) this.#isDirty = true;
  }

  #readPod(): void {
    const { name, namespace = 'default', uid } = this.#pod.metadata;
    const stored = this.#isForsaken ? undefined : this.#context.client.get('Pod', { namespace, name });
    if (stored?.metadata.uid === uid) {
      this.#pod = stored;
      return;
    }
    this.#isForsaken = true;
    if (this.#pod.metadata.deletionTimestamp !== undefined) return;
    // "Force deletion does not wait for confirmation from the kubelet … the kubelet still gives a small grace period"
    // (pod life-cycle).
    const deletionTimestamp = formatTime(this.#context.clock.wallMs());
    const metadata = { ...this.#pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 2 };
    this.#pod = { ...this.#pod, metadata };
  }

  /**
   * Judges the pod before it begins: a box that became stricter, or is short of something by now, does not stop what it
   * let in. Returns for how long it has to wait.
   */
  #admit(): number {
    const { admission, cache, settings } = this.#context;
    if (this.#refusal !== undefined || !isPodGoingOn(this.#pod)) return 0;
    if (cache.pod(this.#pod.metadata.uid).sandboxes.length > 0) return 0;
    const message = podRefusal(this.#pod, settings.policy);
    if (message !== undefined) return this.#refuse({ reason: 'PodSecurityForbidden', message });
    const verdict = admission.judge(this.#pod);
    if (verdict.type === 'refused') return this.#refuse(verdict.refusal);
    return verdict.type === 'held' ? verdict.waitMs : 0;
  }

  #refuse(refusal: PodRefusal): 0 {
    this.#refusal = refusal;
    recordPodEvent(this.#context, this.#pod, { type: 'Warning', ...refusal });
    return 0;
  }

  #snapshot(): PodSnapshot {
    const { cache, clock, probes } = this.#context;
    const { uid } = this.#pod.metadata;
    const observed = withRecordedEnds(this.#pod, cache.pod(uid));
    return {
      pod: this.#pod,
      observed,
      probes: probes.results(uid),
      ...this.#runner.snapshot(observed),
      ...(this.#refusal === undefined ? {} : { refusal: this.#refusal }),
      nowMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
    };
  }

  #syncProbes(snapshot: PodSnapshot): void {
    const { pod, observed } = snapshot;
    const sandbox = newestSandbox(observed);
    const running = allContainers(pod).flatMap((container): readonly ProbedContainer[] => {
      const state = newestAttempt(observed, container.name);
      if (state?.status !== 'running') return [];
      return [
        {
          container,
          id: state.id,
          startedAtMs: this.#runner.startedAtMs(state.id),
          recorded: this.#recorded(state),
        },
      ];
    });
    const podIp = sandbox?.ip ?? '';
    this.#context.probes.sync(pod.metadata.uid, podIp, running, isOver(snapshot));
  }

  /** What the stored status says of this very container: only of use for one that ran before Berth did. */
  #recorded(state: ContainerState): ProbedContainer['recorded'] {
    const { containerStatuses = [], initContainerStatuses = [] } = this.#pod.status ?? {};
    const id = `${this.#context.runtime.name}://${state.id}`;
    const status = [...containerStatuses, ...initContainerStatuses].find(({ containerID }) => containerID === id);
    if (status === undefined || this.#runner.hasStarted(state.id)) return undefined;
    return { started: status.started === true, ready: status.ready };
  }

  #writeStatus(snapshot: PodSnapshot): void {
    if (this.#isForsaken) return;
    const { client, runtime, settings } = this.#context;
    const status = computePodStatus(snapshot, {
      runtimeName: runtime.name,
      terminationMessages: this.#lastWords,
      hostIp: settings.nodeIp,
      qosClass: this.#pod.status?.qosClass ?? qosClassOf(specOf(this.#pod)),
    });
    if (jsonEqual(status, this.#pod.status)) return;
    const isOverdue = status.reason === DEADLINE_EXCEEDED && this.#pod.status?.reason !== DEADLINE_EXCEEDED;
    this.#isWriting = true;
    try {
      client.updateStatus({ ...this.#pod, status });
    } finally {
      this.#isWriting = false;
    }
    this.#readPod();
    // As the kubelet's activeDeadlineHandler says it; an eviction and a refusal are told by who decides them.
    const { message = '' } = status;
    if (isOverdue) recordPodEvent(this.#context, this.#pod, { type: 'Normal', reason: DEADLINE_EXCEEDED, message });
  }

  /** Reads what exited containers left behind, once each, before the status that carries it. */
  async #collectLastWords(): Promise<void> {
    const { uid } = this.#pod.metadata;
    const observed = this.#context.cache.pod(uid);
    const words = new Map<string, string>();
    for (const { name } of allContainers(this.#pod)) {
      for (const state of attemptsOf(observed, name).slice(0, 2)) {
        if (state.status !== 'exited') continue;
        words.set(state.id, this.#lastWords.get(state.id) ?? (await readLastWords(this.#context, this.#pod, state)));
      }
    }
    this.#lastWords = words;
  }

  /** Says once per crash that the restart waits, and once per failed pull that the next one does. */
  #report(snapshot: PodSnapshot): void {
    const containers = allContainers(snapshot.pod);
    this.#runner.images.reportBackOff(snapshot.pod, containers);
    for (const container of containers) {
      const state = newestAttempt(snapshot.observed, container.name);
      const entry = snapshot.backoff.get(container.name);
      if (state?.status !== 'exited' || entry === undefined || this.#reportedCrashes.has(state.id)) continue;
      if (nextAttemptAtMs(entry, endedAtMs(snapshot, state)) <= snapshot.monotonicMs) continue;
      if (!crashLoops(snapshot, state)) continue;
      this.#reportedCrashes.clear();
      this.#reportedCrashes.add(state.id);
      const where = `${container.name} in pod ${formatPod(snapshot.pod)}`;
      const message = `Back-off restarting failed container ${where}`;
      recordPodEvent(this.#context, snapshot.pod, { type: 'Warning', reason: 'BackOff', message }, container);
      this.#context.logger.info('container waits', { why: crashLoopMessage(snapshot, container.name, entry.delayMs) });
    }
  }

  /** A pod that has ended for good gives its volumes back; its dead containers stay for their logs. */
  async #cleanUpEnded(): Promise<void> {
    if (this.#isCleaned || !isTerminalPhase(this.#pod.status?.phase)) return;
    this.#isCleaned = true;
    for (const place of volumePlaces(this.#pod.metadata.uid)) await this.#context.volumeFiles.remove(place);
  }

  #requeue(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!Number.isFinite(delayMs)) return;
    this.#timer = this.#context.clock.setTimer(delayMs, () => this.wake());
  }

  /**
   * The last step of a deleted pod: nothing runs, its status is terminal and durable; now everything of it goes, the
   * object last.
   */
  async #finish(): Promise<void> {
    const { client, probes, volumeFiles } = this.#context;
    const { uid, name, namespace = 'default' } = this.#pod.metadata;
    probes.remove(uid);
    await this.#runner.removeAll(uid);
    await Promise.all(podPlaces(uid).map((place) => volumeFiles.remove(place)));
    this.#isFinished = true;
    this.#timer?.cancel();
    if (this.#isForsaken) return this.#end();
    try {
      const reference = { apiVersion: 'v1', kind: 'Pod', namespace, name };
      client.delete(reference, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isApiError(error, 'NotFound') && !isApiError(error, 'Conflict')) throw error;
      this.#end();
    }
  }

  #end(): void {
    this.stop();
    this.#onGone(this.#pod.metadata.uid);
  }
}

function crashLoops(snapshot: PodSnapshot, state: ContainerState): boolean {
  if (isOver(snapshot)) return false;
  const policy = specOf(snapshot.pod).restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && state.exitCode !== 0);
}

/** Actions that are over when they return, so that the next pass has something new to see. */
function changesSomething(action: PodAction): boolean {
  return !['ensureImage', 'killContainer', 'stopContainers'].includes(action.type);
}
