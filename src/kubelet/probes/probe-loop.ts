import type { IIoK8sApiCoreV1Probe } from 'kubernetes-models/v1/Probe';
import type { Clock, Timer } from '../../lib/clock.ts';
import { advanceProbe, isProbeDone, NEW_PROBE_STATE, type ProbeKind, type ProbeState } from './probe-state.ts';
import type { ProbeResult } from './run-probe.ts';

export interface ProbeLoopOptions {
  readonly kind: ProbeKind;
  readonly probe: IIoK8sApiCoreV1Probe;
  readonly clock: Clock;
  readonly run: () => Promise<ProbeResult>;
  /** A verdict that is known already, from before a restart of Berth. */
  readonly verdict: boolean | undefined;
  readonly onVerdict: () => void;
  readonly onFailure: (output: string) => void;
  /** Once in a period at most. */
  readonly onError: (why: string) => void;
}

/**
 * A first look that fails is repeated soon, with a growing distance; a command costs the engine more than a connection.
 */
const FIRST_EAGER_MS = 100;
const FIRST_EAGER_EXEC_MS = 500;
/** After a look that said nothing. */
const RETRY_MS = 1000;

/**
 * One probe of one start of a container. "periodSeconds: How often (in seconds) to perform the probe" sets the grid on
 * which results count. Until the first success, startup and readiness probes also look between: a success there counts
 * at once, a failure not at all, so that a container is ready when it is and not a period later.
 */
export class ProbeLoop {
  readonly kind: ProbeKind;
  readonly #options: ProbeLoopOptions;
  readonly #periodMs: number;
  #state: ProbeState;
  #timer: Timer | undefined;
  #gridMs = 0;
  #eagerMs: number;
  #isStopped = false;

  constructor(options: ProbeLoopOptions) {
    this.kind = options.kind;
    this.#options = options;
    this.#periodMs = (options.probe.periodSeconds ?? 10) * 1000;
    this.#state = { ...NEW_PROBE_STATE, verdict: options.verdict };
    const first = options.probe.exec === undefined ? FIRST_EAGER_MS : FIRST_EAGER_EXEC_MS;
    this.#eagerMs = options.kind === 'liveness' || options.verdict === true ? this.#periodMs : first;
  }

  get verdict(): boolean | undefined {
    return this.#state.verdict;
  }

  /** Starts looking after `delayMs`. */
  start(delayMs: number): void {
    this.#gridMs = this.#options.clock.monotonicMs() + delayMs;
    this.#schedule(delayMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { clock } = this.#options;
    const isOnGrid = clock.monotonicMs() >= this.#gridMs;
    if (isOnGrid) this.#gridMs = Math.max(this.#gridMs, clock.monotonicMs() - this.#periodMs) + this.#periodMs;
    const result = await this.#options.run();
    if (this.#isStopped) return;
    this.#take(result, isOnGrid);
    if (this.#isStopped || isProbeDone(this.kind, this.#state)) return;
    this.#schedule(this.#nextDelayMs(result));
  }

  #take(result: ProbeResult, isOnGrid: boolean): void {
    if (result.outcome === 'unknown') {
      if (isOnGrid && result.output !== '') this.#options.onError(result.output);
      return;
    }
    const success = result.outcome === 'success';
    if (success) this.#eagerMs = this.#periodMs;
    if (!success && !isOnGrid) return;
    const { successThreshold = 1, failureThreshold = 3 } = this.#options.probe;
    const before = this.#state.verdict;
    this.#state = advanceProbe(this.#state, { successThreshold, failureThreshold }, success);
    if (!success) this.#options.onFailure(result.output);
    if (this.#state.verdict !== before) this.#options.onVerdict();
  }

  #nextDelayMs(result: ProbeResult): number {
    const toGridMs = Math.max(0, this.#gridMs - this.#options.clock.monotonicMs());
    if (result.outcome === 'unknown') return Math.min(toGridMs, RETRY_MS);
    if (this.#eagerMs >= this.#periodMs) return toGridMs;
    const delayMs = this.#eagerMs;
    this.#eagerMs *= 2;
    return Math.min(delayMs, toGridMs);
  }
}
