import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import type { ApplicationStatus, StatusDocument } from '../../../src/gitops/status/status-document.ts';
import type { Event, KubernetesObject, Pod } from '../../../src/objects/types.ts';
import { waitUntil } from './wait-until.ts';

export interface BerthProcessOptions {
  /** The bundle. */
  readonly program: string;
  readonly dataDirectory: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A program with arguments that runs it, such as `nsenter`. */
  readonly via?: readonly string[];
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** A `berth up` that runs beside the test, and its API over the socket in its data directory. */
export class BerthProcess {
  readonly #child: ChildProcess;
  readonly #socketPath: string;
  readonly #exited: Promise<number | string>;
  #output = '';
  #errors = '';

  constructor({ program, dataDirectory, args, env, via = [] }: BerthProcessOptions) {
    this.#socketPath = join(dataDirectory, 'berth.sock');
    const line = [...via, process.execPath, program, 'up', '--data-dir', dataDirectory, ...args];
    this.#child = spawn(line[0] ?? '', line.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, BERTH_CONFIG: '/nonexistent', ...env },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
    });
  }

  /** What it has shown to its user. */
  get output(): string {
    return this.#output;
  }

  /** Its log and its last words. */
  get errors(): string {
    return this.#errors;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Exit code, or the name of the signal that ended it. */
  exited(): Promise<number | string> {
    return this.#exited;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string> {
    if (this.isRunning) this.#child.kill(signal);
    return this.#exited;
  }

  call(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': contentType };
      const outgoing = request({ socketPath: this.#socketPath, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.call('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${body}`);
    return JSON.parse(body) as T;
  }

  /** Follows a watch until `stop` is called; `onEvent` gets each of its events. */
  watch(
    path: string,
    onEvent: (event: { readonly type: string; readonly object: KubernetesObject }) => void,
  ): () => void {
    let rest = '';
    const outgoing = request({ socketPath: this.#socketPath, path }, (response) => {
      response.setEncoding('utf8');
      response.on('error', () => {});
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onEvent(JSON.parse(line));
      });
    });
    outgoing.on('error', () => {});
    outgoing.end();
    return () => outgoing.destroy();
  }

  status(): Promise<StatusDocument> {
    return this.get<StatusDocument>('/berth/v1/status');
  }

  async pods(namespace = 'default'): Promise<readonly Pod[]> {
    return (await this.get<{ items: readonly Pod[] }>(`/api/v1/namespaces/${namespace}/pods`)).items;
  }

  async events(namespace = 'default'): Promise<readonly Event[]> {
    return (await this.get<{ items: readonly Event[] }>(`/api/v1/namespaces/${namespace}/events`)).items;
  }

  /** Waits until the API answers, or throws what Berth said when it ended instead. */
  async answers(): Promise<StatusDocument> {
    return waitUntil('the API answers', async () => {
      if (!this.isRunning) throw new Error(`berth ended: ${this.#output}${this.#errors}`);
      return this.status().catch(() => undefined);
    });
  }

  /** Waits until an application has come to `phase` (or one of them) at a commit. */
  async reaches(
    commit: string,
    phase: string | readonly string[],
    options: { readonly application?: string; readonly withinMs?: number } = {},
  ): Promise<ApplicationStatus> {
    const { application, withinMs = 40_000 } = options;
    const phases = typeof phase === 'string' ? [phase] : phase;
    return waitUntil(
      `${application ?? 'the application'} is ${phases.join(' or ')} at ${commit.slice(0, 7)}`,
      async () => {
        if (!this.isRunning) throw new Error(`berth ended: ${this.#output}${this.#errors}`);
        const status = await this.status().catch(() => undefined);
        return status?.applications.find(
          (one) =>
            (application === undefined || one.name === application) &&
            one.attemptedCommit === commit &&
            phases.includes(one.phase),
        );
      },
      { withinMs, describe: async () => (await this.status()).applications },
    );
  }
}
