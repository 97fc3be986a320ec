import type { IIoK8sApiCoreV1Probe } from 'kubernetes-models/v1/Probe';
import { LIMITS } from '../../lib/limits.ts';
import { type Random, randomFraction } from '../../lib/random.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { Container } from '../observed-pod.ts';
import type { ContainerProbeResults } from '../pod-snapshot.ts';
import type { ProbeTarget } from './http-get.ts';
import { ProbeLoop } from './probe-loop.ts';
import type { ProbeKind } from './probe-state.ts';
import { type ProbePorts, type ProbeResult, runProbe } from './run-probe.ts';
import { StallMeter } from './stall-meter.ts';

/** One start of one container, as the probes need to know it. */
export interface ProbedContainer {
  readonly container: Container;
  readonly id: string;
  /** Monotonic time. */
  readonly startedAtMs: number;
  /** What the recorded status says of this very start; set for containers that ran before Berth did. */
  readonly recorded: { readonly started: boolean; readonly ready: boolean } | undefined;
}

export interface ProbeManagerOptions extends ProbePorts {
  readonly random: Random;
  /** A verdict has changed: the pod has to be looked at. */
  readonly onVerdict: (podUid: string) => void;
  readonly onFailure: (podUid: string, container: Container, kind: ProbeKind, output: string) => void;
  /** A probe could not be carried out. */
  readonly onError: (podUid: string, container: Container, kind: ProbeKind, why: string) => void;
}

interface ProbedRun {
  readonly id: string;
  readonly loops: Map<ProbeKind, ProbeLoop>;
}

const KINDS: readonly ProbeKind[] = ['startup', 'liveness', 'readiness'];

/**
 * Runs the probes of all pods of the node. It decides nothing: what follows from a verdict is up to the pod's worker.
 */
export class ProbeManager {
  readonly #options: ProbeManagerOptions;
  readonly #stalls: StallMeter;
  readonly #execSlots = new Semaphore(LIMITS.parallelExecProbes);
  readonly #pods = new Map<string, Map<string, ProbedRun>>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
    this.#stalls = new StallMeter(options.clock);
  }

  /**
   * Makes the probes match the containers of a pod that run now. "The kubelet uses … readiness during termination too,
   * and stops liveness and startup probes of a pod that is being terminated."
   */
  sync(podUid: string, podIp: string, running: readonly ProbedContainer[], isTerminating: boolean): void {
    const runs = this.#pods.get(podUid) ?? new Map<string, ProbedRun>();
    for (const [name, run] of runs) {
      if (running.some(({ id }) => id === run.id)) continue;
      stopAll(run);
      runs.delete(name);
    }
    for (const probed of running) {
      const { name } = probed.container;
      const run = runs.get(name) ?? { id: probed.id, loops: new Map() };
      this.#syncContainer(podUid, podIp, probed, run, isTerminating);
      if (run.loops.size > 0) runs.set(name, run);
    }
    if (runs.size > 0) this.#pods.set(podUid, runs);
    else this.#pods.delete(podUid);
  }

  results(podUid: string): ReadonlyMap<string, ContainerProbeResults> {
    const results = new Map<string, ContainerProbeResults>();
    for (const [name, { loops }] of this.#pods.get(podUid) ?? []) {
      const entries = [...loops].flatMap(([kind, { verdict }]) => (verdict === undefined ? [] : [[kind, verdict]]));
      results.set(name, Object.fromEntries(entries) as ContainerProbeResults);
    }
    return results;
  }

  remove(podUid: string): void {
    for (const run of this.#pods.get(podUid)?.values() ?? []) stopAll(run);
    this.#pods.delete(podUid);
  }

  stop(): void {
    for (const podUid of [...this.#pods.keys()]) this.remove(podUid);
  }

  #syncContainer(podUid: string, podIp: string, probed: ProbedContainer, run: ProbedRun, isTerminating: boolean): void {
    const { container } = probed;
    for (const kind of KINDS) {
      const probe = probeOf(container, kind);
      if (probe === undefined) continue;
      if (isTerminating && kind !== 'readiness') run.loops.get(kind)?.stop();
      else if (!run.loops.has(kind) && this.#mayStart(container, kind, run)) {
        const loop = this.#newLoop(podUid, podIp, probed, kind, probe);
        run.loops.set(kind, loop);
        if (kind === 'startup' && loop.verdict === true) continue;
        loop.start(this.#firstDelayMs(probed, probe));
      }
    }
  }

  /** "If a startup probe is provided, liveness and readiness probes do not start until the startup probe succeeds." */
  #mayStart(container: Container, kind: ProbeKind, run: ProbedRun): boolean {
    return kind === 'startup' || container.startupProbe === undefined || run.loops.get('startup')?.verdict === true;
  }

  #newLoop(
    podUid: string,
    podIp: string,
    probed: ProbedContainer,
    kind: ProbeKind,
    probe: IIoK8sApiCoreV1Probe,
  ): ProbeLoop {
    const { container, id, recorded } = probed;
    const target: ProbeTarget = { container, containerId: id, podIp };
    return new ProbeLoop({
      kind,
      probe,
      clock: this.#options.clock,
      run: () => this.#run(probe, target),
      verdict: kind === 'startup' ? recorded?.started || undefined : kind === 'readiness' ? recorded?.ready : undefined,
      onVerdict: () => this.#options.onVerdict(podUid),
      onFailure: (output) => this.#options.onFailure(podUid, container, kind, output),
      onError: (why) => this.#options.onError(podUid, container, kind, why),
    });
  }

  /**
   * Containers that ran before Berth did are spread over their period, so that a restart of Berth does not probe
   * everything in one moment.
   */
  #firstDelayMs({ startedAtMs, recorded }: ProbedContainer, probe: IIoK8sApiCoreV1Probe): number {
    const { clock, random } = this.#options;
    const spreadMs = recorded === undefined ? 0 : randomFraction(random) * (probe.periodSeconds ?? 10) * 1000;
    return Math.max(initialDelayLeftMs(probe, startedAtMs, clock.monotonicMs()), spreadMs);
  }

  async #run(probe: IIoK8sApiCoreV1Probe, target: ProbeTarget): Promise<ProbeResult> {
    const run = async (): Promise<ProbeResult> => {
      const end = this.#stalls.begin();
      const result = await runProbe(this.#options, probe, target);
      return end() && result.timedOut ? { ...result, outcome: 'unknown', output: '' } : result;
    };
    return probe.exec === undefined ? run() : this.#execSlots.run(run);
  }
}

/**
 * "initialDelaySeconds: Number of seconds after the container has started before probes are initiated." Times are
 * monotonic.
 */
export function initialDelayLeftMs(
  { initialDelaySeconds = 0 }: IIoK8sApiCoreV1Probe,
  startedAtMs: number,
  nowMs: number,
): number {
  return Math.max(0, startedAtMs + initialDelaySeconds * 1000 - nowMs);
}

function probeOf(container: Container, kind: ProbeKind): IIoK8sApiCoreV1Probe | undefined {
  if (kind === 'startup') return container.startupProbe;
  return kind === 'liveness' ? container.livenessProbe : container.readinessProbe;
}

function stopAll(run: ProbedRun): void {
  for (const loop of run.loops.values()) loop.stop();
}
