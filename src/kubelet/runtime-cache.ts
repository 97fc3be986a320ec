import { LIMITS } from '../lib/limits.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type {
  ContainerSpec,
  ContainerState,
  Runtime,
  RuntimeEvent,
  Sandbox,
  SandboxSpec,
  SandboxState,
} from '../runtime/runtime.ts';
import { NOTHING_OBSERVED, type ObservedPod } from './observed-pod.ts';

/**
 * What a container runtime reports of a process that could not be started: "StartError", with this exit code
 * (containerd).
 */
const START_ERROR_EXIT_CODE = 128;

interface PodEntry {
  readonly sandboxes: Map<string, SandboxState>;
  readonly containers: Map<string, ContainerState>;
}

export interface RuntimeCacheOptions {
  readonly runtime: Runtime;
  /** Wall time. */
  readonly nowMs: () => number;
  readonly onChange: (podUid: string) => void;
  /** An answer of the engine is missing: what is cached may be old until the next list. */
  readonly onStale: (error: unknown) => void;
}

/**
 * What the engine has, as far as it is known: from lists, events and the answers of our own calls. It never infers a
 * death from a failed call.
 *
 * Invariant: an entry that was touched after a list had begun is not overwritten by that list's result.
 */
export class RuntimeCache {
  readonly #options: RuntimeCacheOptions;
  readonly #pods = new Map<string, PodEntry>();
  /** When each container or sandbox was last touched, by id. */
  readonly #touched = new Map<string, number>();
  readonly #inspections = new Semaphore(LIMITS.parallelInspections);
  readonly #starting = new Set<string>();
  #sequence = 0;

  constructor(options: RuntimeCacheOptions) {
    this.#options = options;
  }

  pod(podUid: string): ObservedPod {
    const entry = this.#pods.get(podUid);
    if (entry === undefined) return NOTHING_OBSERVED;
    return { sandboxes: [...entry.sandboxes.values()], containers: [...entry.containers.values()] };
  }

  podUids(): readonly string[] {
    return [...this.#pods.keys()].sort();
  }

  container(podUid: string, id: string): ContainerState | undefined {
    return this.#pods.get(podUid)?.containers.get(id);
  }

  /** Our own call has made and started a sandbox. */
  noteSandbox(spec: SandboxSpec, { id, ip }: Sandbox): void {
    const createdAtMs = this.#options.nowMs();
    this.#putSandbox({ id, pod: spec.pod, attempt: spec.attempt, running: true, ip, createdAtMs });
  }

  /** Our own call has made a container. */
  noteCreated(spec: ContainerSpec, id: string, imageId: string): void {
    if (this.container(spec.pod.uid, id) !== undefined) return;
    const { pod, sandboxId, name, attempt, image, specHash } = spec;
    const createdAtMs = this.#options.nowMs();
    this.#putContainer({ id, pod, sandboxId, name, attempt, image, imageId, specHash, status: 'created', createdAtMs });
  }

  /** Our own call is about to start a container: its event brings no news until `endStart`. */
  beginStart(id: string): void {
    this.#starting.add(id);
  }

  endStart(id: string): void {
    this.#starting.delete(id);
  }

  /** Our own call has started a container; it may have ended by now, and an event has told. */
  noteStarted(podUid: string, id: string): void {
    const state = this.container(podUid, id);
    if (state?.status !== 'created') return;
    this.#putContainer({ ...state, status: 'running', startedAtMs: this.#options.nowMs() });
  }

  /** A sandbox was stopped by our own call. */
  noteSandboxStopped(podUid: string, id: string): void {
    const state = this.#pods.get(podUid)?.sandboxes.get(id);
    if (state !== undefined) this.#putSandbox({ ...state, running: false });
  }

  dropSandbox(podUid: string, id: string): void {
    const entry = this.#pods.get(podUid);
    for (const state of [...(entry?.containers.values() ?? [])]) {
      if (state.sandboxId === id) this.dropContainer(podUid, state.id);
    }
    if (entry?.sandboxes.delete(id)) this.#afterDrop(podUid, id, entry);
  }

  dropContainer(podUid: string, id: string): void {
    const entry = this.#pods.get(podUid);
    if (entry?.containers.delete(id)) this.#afterDrop(podUid, id, entry);
  }

  /** Looks at a container anew after an event or an own call. */
  async refresh(podUid: string, id: string): Promise<void> {
    const state = await this.#options.runtime.inspectContainer(id);
    if (state === undefined) this.dropContainer(podUid, id);
    else this.#putContainer(this.#judged(state));
    this.#options.onChange(podUid);
  }

  /**
   * Docker keeps a container whose process could not be started as created, with its words. For the pod it is an
   * attempt that has failed, as the CRI has it: else one that is not to be restarted would be tried for ever. In a
   * sandbox that has died nothing can start, and its successor tries again.
   */
  #judged(state: ContainerState): ContainerState {
    const sandbox = this.#pods.get(state.pod.uid)?.sandboxes.get(state.sandboxId);
    if (state.status !== 'created' || state.error === undefined || sandbox?.running !== true) return state;
    const finishedAtMs = this.container(state.pod.uid, state.id)?.finishedAtMs ?? this.#options.nowMs();
    return { ...state, status: 'exited', exitCode: START_ERROR_EXIT_CODE, finishedAtMs };
  }

  /** Takes an event of the engine in. */
  onEvent(event: RuntimeEvent): void {
    const { id, podUid, type, action } = event;
    if (type === 'sandbox') {
      if (action === 'die') this.noteSandboxStopped(podUid, id);
      if (action === 'destroy') this.dropSandbox(podUid, id);
      if (action === 'die' || action === 'destroy') this.#options.onChange(podUid);
      return;
    }
    if (action === 'destroy') {
      this.dropContainer(podUid, id);
      this.#options.onChange(podUid);
    } else if (action === 'die' || (action === 'start' && this.#isNews(podUid, id))) {
      this.refresh(podUid, id).catch(this.#options.onStale);
    }
  }

  #isNews(podUid: string, id: string): boolean {
    return !this.#starting.has(id) && this.container(podUid, id)?.status !== 'running';
  }

  /** Lists everything and makes the cache match. Call it with the event stream open. */
  async relist(): Promise<void> {
    const begunAt = ++this.#sequence;
    const listed = await this.#options.runtime.list();
    const isOld = (id: string): boolean => (this.#touched.get(id) ?? 0) < begunAt;
    const present = new Set([...listed.sandboxes, ...listed.containers].map(({ id }) => id));
    for (const [podUid, entry] of [...this.#pods]) {
      for (const id of [...entry.sandboxes.keys()]) if (!present.has(id) && isOld(id)) this.dropSandbox(podUid, id);
      for (const id of [...entry.containers.keys()]) if (!present.has(id) && isOld(id)) this.dropContainer(podUid, id);
    }
    for (const sandbox of listed.sandboxes) if (isOld(sandbox.id)) this.#putSandbox(sandbox);
    await Promise.all(listed.containers.filter(({ id }) => isOld(id)).map((state) => this.#takeListed(state, begunAt)));
  }

  async #takeListed(listed: ContainerState, begunAt: number): Promise<void> {
    const known = this.container(listed.pod.uid, listed.id);
    if (known?.status === listed.status && listed.status !== 'created') return;
    if (listed.status === 'created' && known?.status === 'exited') return;
    if (listed.status === 'running') return this.#putContainer(listed);
    const state = await this.#inspections.run(() => this.#options.runtime.inspectContainer(listed.id));
    if ((this.#touched.get(listed.id) ?? 0) >= begunAt) return;
    if (state === undefined) this.dropContainer(listed.pod.uid, listed.id);
    else this.#putContainer(this.#judged(state));
  }

  #entry(podUid: string): PodEntry {
    const entry = this.#pods.get(podUid) ?? { sandboxes: new Map(), containers: new Map() };
    this.#pods.set(podUid, entry);
    return entry;
  }

  #putSandbox(state: SandboxState): void {
    this.#entry(state.pod.uid).sandboxes.set(state.id, state);
    this.#touched.set(state.id, ++this.#sequence);
  }

  #putContainer(state: ContainerState): void {
    this.#entry(state.pod.uid).containers.set(state.id, state);
    this.#touched.set(state.id, ++this.#sequence);
  }

  #afterDrop(podUid: string, id: string, entry: PodEntry): void {
    this.#touched.delete(id);
    if (entry.sandboxes.size === 0 && entry.containers.size === 0) this.#pods.delete(podUid);
  }
}
