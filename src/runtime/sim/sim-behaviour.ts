import type { PodIdentity, RegistryCredentials, RuntimeErrorReason } from '../runtime.ts';

/** From the least to the most milliseconds that something takes; the seed decides. */
export type DurationRangeMs = readonly [minMs: number, maxMs: number];

/** How long the engine's calls take. The defaults are those that were measured on Docker 20.10 with two cores. */
export interface SimTimings {
  readonly query: DurationRangeMs;
  readonly pull: DurationRangeMs;
  readonly runSandbox: DurationRangeMs;
  readonly createContainer: DurationRangeMs;
  readonly startContainer: DurationRangeMs;
  /** From the stop signal to the exit of a process that heeds it. */
  readonly heedStop: DurationRangeMs;
  readonly remove: DurationRangeMs;
  readonly exec: DurationRangeMs;
  /** From a change to the event that tells of it. */
  readonly event: DurationRangeMs;
  /** When a call that never gets an answer is given up. */
  readonly callTimeout: DurationRangeMs;
}

export const DEFAULT_SIM_TIMINGS: SimTimings = {
  query: [1, 5],
  pull: [300, 6_000],
  runSandbox: [150, 400],
  createContainer: [5, 20],
  startContainer: [50, 150],
  heedStop: [5, 80],
  remove: [5, 40],
  exec: [30, 60],
  event: [5, 30],
  callTimeout: [60_000, 60_000],
};

/** An image of the simulated world: how its pull goes and how its containers behave. */
export interface SimImage {
  /** On the box from the start. */
  readonly present?: boolean;
  /** How a pull ends; `ok` when left out. */
  readonly pull?: 'ok' | 'missing' | 'unauthorized' | 'unavailable' | 'invalid';
  /** What a pull must bring; anonymous pulls are refused then. */
  readonly credentials?: Pick<RegistryCredentials, 'username' | 'password'>;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly sizeBytes?: number;
  /** What its containers are told to stop with, as `STOPSIGNAL` says it; `TERM` when left out. */
  readonly stopSignal?: SimSignal;
  /**
   * The process of a container, or what chooses it for each start. Left out: runs forever and listens on every port at
   * once.
   */
  readonly process?: SimProcess | ((start: SimStart) => SimProcess);
}

export type SimSignal = 'TERM' | 'QUIT' | 'INT';

/** What a start of a container looks like to the behaviour that answers for its process. */
export interface SimStart {
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How one process behaves, in milliseconds since its start. */
export interface SimProcess {
  /** `fails` rejects the start call, `hangs` never answers it; the process does not run in either case. */
  readonly start?: 'ok' | 'fails' | 'hangs';
  readonly exit?: { readonly afterMs: number; readonly code: number; readonly oomKilled?: boolean };
  /** When it starts listening; at once when left out. */
  readonly listensAfterMs?: number;
  /** The ports it listens on; every port when left out. */
  readonly ports?: readonly number[];
  /** Answers HTTP requests on its ports; 200 when left out. */
  readonly http?: (request: SimHttpRequest) => SimHttpResponse;
  /** Answers commands; exit code 0 without output when left out. */
  readonly exec?: (request: SimExecRequest) => SimExecResult;
  /** Writes what it reads, line by line, and ends with 0 at the end of its input; left out, it reads nothing. */
  readonly echoes?: boolean;
  /** What it writes, each line once. */
  readonly logs?: readonly { readonly atMs: number; readonly text: string; readonly stream?: 'stdout' | 'stderr' }[];
  /** The signal by which it ends; `TERM` when left out. Others are ignored. */
  readonly heedsSignal?: SimSignal;
  /** Runs on after the stop signal until it is killed. */
  readonly ignoresTerm?: boolean;
  /** From the stop signal to its exit; drawn from the engine's timings when left out. */
  readonly heedsStopAfterMs?: number;
  /** Exit code after the stop signal; 143 (128 + TERM) when left out. */
  readonly termExitCode?: number;
  readonly memoryBytes?: number;
  /** What it has written beside its mounts since its start. */
  readonly diskBytes?: number;
  /**
   * Share of a core that it uses, or the shares that it uses from a time on, in order; before the first it uses none.
   */
  readonly cpuShare?: number | readonly CpuShare[];
}

export interface CpuShare {
  readonly fromMs: number;
  readonly share: number;
}

/** What a process holds of the machine's memory. */
export function memoryOf({ memoryBytes = 10 * 1024 ** 2 }: SimProcess): number {
  return memoryBytes;
}

/** The processor time that a process has used up to a moment after its start. */
export function usedCpuMs({ cpuShare = 0.01 }: SimProcess, uptimeMs: number): number {
  if (typeof cpuShare === 'number') return uptimeMs * cpuShare;
  return cpuShare.reduce((total, { fromMs, share }, index) => {
    const endMs = Math.min(uptimeMs, cpuShare[index + 1]?.fromMs ?? uptimeMs);
    return total + Math.max(0, endMs - fromMs) * share;
  }, 0);
}

export interface SimHttpRequest {
  readonly port: number;
  readonly path: string;
  readonly uptimeMs: number;
}

export interface SimHttpResponse {
  readonly status: number;
  readonly body?: string;
}

export interface SimExecRequest {
  readonly command: readonly string[];
  /** All that was written to it until its input ended. */
  readonly stdin: string;
  readonly uptimeMs: number;
}

export interface SimExecResult {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly durationMs?: number;
}

/** One engine call, as the fault plan sees it before it is carried out. */
export interface SimCall {
  readonly operation: string;
  /** The pod, container or image it is about. */
  readonly target: string;
  readonly atMs: number;
}

/**
 * What goes wrong with a call: `refuse` rejects without an effect, `lose-answer` has the effect but rejects, `delay`
 * only takes longer.
 */
export type SimFault =
  | { readonly kind: 'refuse'; readonly reason: RuntimeErrorReason; readonly message: string }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'delay'; readonly delayMs: number };
