import type {
  ContainerSpec,
  ContainerState,
  LogLine,
  LogStream,
  Runtime,
  RuntimeErrorReason,
  SandboxSpec,
} from '../../src/runtime/index.ts';

/** What a container of the contract does; each driver says how its own containers do it. */
export type ContractProcess =
  /** Runs until the stop signal and heeds it at once with exit code 0. */
  | 'serve'
  /** Runs on after the stop signal. */
  | 'stubborn'
  /** Writes `one`, `two` to stdout and `three` to stderr, and exits with 3. */
  | 'talk'
  /** Writes what it reads, and exits with 0 at the end of its input. */
  | 'echo'
  /** Answers HTTP on port 8080 with 200. */
  | 'listen'
  /** Cannot be started. */
  | 'broken';

export interface RuntimeHarness {
  /** The cluster under test. */
  readonly runtime: Runtime;
  /** Another cluster on the same engine. */
  readonly other: Runtime;
  /** Image and command of a process; the image is on the box. */
  readonly processOf: (process: ContractProcess) => Pick<ContainerSpec, 'image' | 'command' | 'args'>;
  /** Images that cannot be pulled, by the reason; those that a driver cannot provoke are left out. */
  readonly failingPulls: Partial<Record<RuntimeErrorReason, string>>;
  /** An image that can be pulled; left out where there is no registry. */
  readonly pullable?: string;
  /** Kills a container's process from outside. */
  readonly killByHand: (containerId: string) => Promise<void>;
  /** A runtime of the same kind whose engine does not answer. */
  readonly unreachable: () => Promise<Runtime>;
  readonly close: () => Promise<void>;
}

let sequence = 0;

export function contractSandbox(more: Partial<SandboxSpec> = {}): SandboxSpec {
  sequence++;
  const uid = `00000000-0000-4000-8000-${String(process.pid).padStart(6, '0')}${String(sequence).padStart(6, '0')}`;
  return {
    pod: { namespace: 'contract', name: `web-${sequence}`, uid },
    attempt: 0,
    hostname: `web-${sequence}`,
    hostNetwork: false,
    portMappings: [],
    dns: { servers: ['10.96.0.10'], searches: ['contract.svc.cluster.local'], options: ['ndots:5'] },
    sysctls: {},
    labels: { app: 'web' },
    ...more,
  };
}

export function contractContainer(
  sandbox: SandboxSpec,
  sandboxId: string,
  process: Pick<ContainerSpec, 'image' | 'command' | 'args'>,
  more: Partial<ContainerSpec> = {},
): ContainerSpec {
  return {
    pod: sandbox.pod,
    sandboxId,
    name: 'app',
    attempt: 0,
    env: [{ name: 'GREETING', value: 'hello' }],
    mounts: [],
    resources: { oomScoreAdjust: 100 },
    security: {
      privileged: false,
      supplementalGroups: [],
      readOnlyRootFilesystem: false,
      capabilitiesAdd: [],
      capabilitiesDrop: [],
      noNewPrivileges: false,
    },
    tty: false,
    stdin: false,
    stdinOnce: false,
    log: { maxSizeBytes: 1_000_000, maxFiles: 2 },
    specHash: 'hash-1',
    stopGraceMs: 7_000,
    labels: { tier: 'front' },
    ...process,
    ...more,
  };
}

/** Asks again until the answer is there: what happens inside a container happens when it happens. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}

export function untilExited(runtime: Runtime, id: string): Promise<ContainerState> {
  const ask = async () => {
    const state = await runtime.inspectContainer(id);
    return state?.status === 'exited' ? state : undefined;
  };
  return eventually(ask, 'the container exits');
}

export async function readLines(stream: LogStream): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of stream.lines) lines.push(line);
  return lines;
}
