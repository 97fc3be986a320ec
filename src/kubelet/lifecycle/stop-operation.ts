import type { Clock } from '../../lib/clock.ts';
import { isSidecar } from '../../objects/pods.ts';
import type { ContainerState, Runtime } from '../../runtime/runtime.ts';
import type { Container, PodSpec } from '../observed-pod.ts';
import type { ProbePorts } from '../probes/run-probe.ts';
import { runHook } from './run-hook.ts';

/**
 * "If the preStop hook is still running after the grace period, the kubelet requests a small, one-off extension of 2
 * seconds."
 */
const EXTENSION_MS = 2000;

export interface StopOptions {
  readonly ports: ProbePorts;
  readonly podIp: string;
  /** Monotonic time until which the containers may take to end. */
  readonly deadlineMs: number;
  /** Told first of all: it is "KillingContainer", and then the hook, in `killContainer` (kuberuntime_container.go). */
  readonly onBegin: (container: Container) => void;
  readonly onHookFailed: (container: Container) => void;
  /**
   * Told right before a container gets its stop signal, and whether that comes sooner than the first deadline had it.
   */
  readonly onStopping: (container: Container, isShortened: boolean) => void;
}

/** A container that is to be stopped; `container` is missing when the pod's spec does not name it (any more). */
export interface StopTarget {
  readonly state: ContainerState;
  readonly container: Container | undefined;
}

/**
 * Stops containers of one pod: the preStop hook, the stop signal, and after the rest of the grace period the kill. "The
 * grace period countdown begins before the PreStop hook is executed" (container lifecycle hooks).
 */
export class StopOperation {
  readonly #options: StopOptions;
  readonly #clock: Clock;
  readonly #runtime: Runtime;
  /** Containers whose stop signal was sent and that have not ended. */
  readonly #signalled = new Set<string>();
  #deadlineMs: number;
  #isShortened = false;
  #cutHooks: () => void = () => {};
  readonly #hooksCut: Promise<void>;

  constructor(options: StopOptions) {
    this.#options = options;
    this.#clock = options.ports.clock;
    this.#runtime = options.ports.runtime;
    this.#deadlineMs = options.deadlineMs;
    this.#hooksCut = new Promise((resolve) => {
      this.#cutHooks = resolve;
    });
  }

  /**
   * All containers of a pod. "Sidecars are terminated after the main containers, in the reverse order of their
   * appearance" (documentation of sidecar containers). Resolves when all have ended, rejects with the engine's first
   * failure.
   */
  async stopPod(spec: PodSpec, states: readonly ContainerState[]): Promise<void> {
    const sidecars = (spec.initContainers ?? []).filter(isSidecar);
    const others = [...spec.containers, ...(spec.initContainers ?? [])];
    const targets = states.map((state) => ({ state, container: others.find(({ name }) => name === state.name) }));
    const isSidecarTarget = ({ state }: StopTarget): boolean => sidecars.some(({ name }) => name === state.name);
    await Promise.all(targets.filter((target) => !isSidecarTarget(target)).map((target) => this.stop(target)));
    const order = sidecars.map(({ name }) => name).reverse();
    const last = targets.filter(isSidecarTarget);
    last.sort((a, b) => order.indexOf(a.state.name) - order.indexOf(b.state.name));
    for (const target of last) await this.stop(target);
  }

  async stop({ state, container }: StopTarget): Promise<void> {
    const hook = container?.lifecycle?.preStop;
    let extensionMs = 0;
    if (container !== undefined) this.#options.onBegin(container);
    if (container !== undefined && hook !== undefined && this.#remainingMs() > 0) {
      const { ports, podIp } = this.#options;
      const target = { container, containerId: state.id, podIp };
      const run = runHook(ports, hook, target, this.#remainingMs());
      const failure = await Promise.race([run, this.#hooksCut.then(() => undefined)]);
      if (failure !== undefined) this.#options.onHookFailed(container);
      if (!this.#isShortened && this.#remainingMs() < EXTENSION_MS) extensionMs = EXTENSION_MS;
    }
    if (container !== undefined) this.#options.onStopping(container, this.#isShortened);
    this.#signalled.add(state.id);
    await this.#runtime.stopContainer(state.id, Math.max(this.#remainingMs(), extensionMs));
    this.#signalled.delete(state.id);
  }

  /** "A grace period can be shortened, not prolonged": hooks are cut and the kill comes earlier. */
  shorten(deadlineMs: number): void {
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    this.#isShortened = true;
    this.#cutHooks();
    for (const id of this.#signalled) {
      // The first call goes on and tells how it ended; a failure of this one changes nothing.
      this.#runtime.stopContainer(id, this.#remainingMs()).catch(() => {});
    }
  }

  #remainingMs(): number {
    return Math.max(0, this.#deadlineMs - this.#clock.monotonicMs());
  }
}
