import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createApiClient } from '../src/api/http-client/index.ts';
import { BERTH_PATHS } from '../src/cli/live/berth-paths.ts';
import type { JsonValue } from '../src/lib/json.ts';

/** What the probe inside a process tells. */
export interface ProbeReading {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Of the event loop since the last reset. */
  readonly delayP999Ms: number;
  readonly delayMaxMs: number;
  /** Calls on files of the repository since the last reset. */
  readonly files: readonly string[];
}

export interface BerthOptions {
  readonly repository: string;
  readonly dataDirectory: string;
  readonly runtime: 'docker' | 'sim';
  readonly countFiles?: boolean;
}

export interface Berth {
  readonly api: ApiClient;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly servingMs: number;
  probe(command: 'read' | 'reset'): Promise<ProbeReading>;
  /** Resident memory as the kernel has it, in MB. */
  residentMb(): Promise<number>;
  /** What the loop tells from now on. Close it: a stream of ten thousand changes is work for the process itself. */
  followEvents(): Promise<EventStream>;
  stop(): Promise<void>;
}

export interface LoopEvent {
  readonly type: string;
  readonly commit?: unknown;
  readonly counts?: Readonly<Record<string, number>>;
  readonly verdict?: { readonly phase: string; readonly message: string };
}

const SERVING_TIMEOUT_MS = 60_000;
const EVENT_TIMEOUT_MS = 120_000;
const POLL_MS = 5;

/** The programs that were built beside this one. */
const dist = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(dist, 'berth.js');

/** Starts a real `berth up` and waits until it answers on its socket. */
export async function startBerth(options: BerthOptions): Promise<Berth> {
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', path.join(dist, 'bench-probe.js'), program, ...upArguments(options)],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...(options.countFiles === true ? { BERTH_BENCH_COUNT_FILES_BELOW: options.repository } : {}),
      },
    },
  );
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk.toString('utf8')}`.slice(-4_000);
  });
  const api = createApiClient({ socketPath: path.join(options.dataDirectory, 'berth.sock') });
  await waitUntilServing(child, api, () => errors);
  const servingMs = performance.now() - startMs;
  return {
    api,
    pid: child.pid ?? 0,
    servingMs,
    probe: (command) => askProbe(child, command),
    residentMb: () => residentMb(child.pid ?? 0),
    followEvents: async () => {
      const events = new EventStream(api);
      await events.opened;
      return events;
    },
    stop: () => endChild(child),
  };
}

/** Removes what a cluster has on the engine and on disk, with Berth's own command. */
export async function purge(dataDirectory: string): Promise<void> {
  if (!existsSync(dataDirectory)) return;
  const command = [program, 'down', '--purge', '--yes', '--data-dir', dataDirectory];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) console.error(`berth down --purge ended with ${code}: ${Buffer.concat(errors).toString('utf8')}`);
}

function upArguments({ repository, dataDirectory, runtime }: BerthOptions): string[] {
  const flags = { repo: repository, 'data-dir': dataDirectory, runtime, cluster: 'bench', progress: 'plain' };
  return ['up', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
}

async function waitUntilServing(child: ChildProcess, api: ApiClient, errors: () => string): Promise<void> {
  const endMs = performance.now() + SERVING_TIMEOUT_MS;
  for (;;) {
    try {
      await api.request({ path: '/api/v1/namespaces/default' });
      return;
    } catch (error) {
      const isOver = child.exitCode !== null || performance.now() > endMs;
      if (isOver) throw new Error(`berth up does not serve: ${errors()}`, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function askProbe(child: ChildProcess, command: 'read' | 'reset'): Promise<ProbeReading> {
  return new Promise((resolve, reject) => {
    child.once('message', (reading) => resolve(reading as ProbeReading));
    child.send(command, (error) => {
      if (error !== null) reject(error);
    });
  });
}

export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1_024;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(timer);
}

/** Follows what the loop does, from when it was opened. */
export class EventStream {
  readonly opened: Promise<void>;
  readonly #abort = new AbortController();
  readonly #waiters = new Set<(event: LoopEvent) => void>();

  constructor(api: ApiClient) {
    const lines = api.lines({ path: BERTH_PATHS.events, signal: this.#abort.signal })[Symbol.asyncIterator]();
    // The stream's head comes with its first event; a moment is enough for the request to arrive.
    this.opened = new Promise((resolve) => setTimeout(resolve, 100));
    void this.#follow(lines).catch(() => {});
  }

  async #follow(lines: AsyncIterator<JsonValue>): Promise<void> {
    for (;;) {
      const next = await lines.next();
      if (next.done === true) return;
      for (const waiter of this.#waiters) waiter(next.value as unknown as LoopEvent);
    }
  }

  /** Resolves with the time (as `performance.now`) at which something was told for which `matches` holds. */
  waitFor(matches: (event: LoopEvent) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`berth did not get there within ${EVENT_TIMEOUT_MS / 1_000} s`));
      }, EVENT_TIMEOUT_MS);
      const waiter = (event: LoopEvent) => {
        if (!matches(event)) return;
        const nowMs = performance.now();
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        resolve(nowMs);
      };
      this.#waiters.add(waiter);
    });
  }

  close(): void {
    this.#abort.abort();
  }
}
