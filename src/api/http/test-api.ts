import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import { assert } from '../../lib/assert.ts';
import type { JsonValue } from '../../lib/json.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openPortConnection } from '../../runtime/docker/port-connection.ts';
import { ApiError } from '../api-error.ts';
import type { Client } from '../client.ts';
import { type ApiClient, type ApiRequest, createApiClient } from '../http-client/index.ts';
import type { NodeAgentMetrics } from '../metrics.ts';
import type { PodAttachOptions, PodExecOptions, PodLogOptions, PodStreams } from '../pod-streams.ts';
import { createTestRegistry, type TestRegistry } from '../testing.ts';
import { type ApiServer, createApiServer } from './index.ts';

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const PODS = '/api/v1/namespaces/default/pods';

/** An API on a socket of its own, new for each test, with a client and pods that echo. */
export class TestApi {
  folder = '';
  logCalls: PodLogOptions[] = [];
  warnings: string[] = [];
  #world: TestRegistry | undefined;
  #server: ApiServer | undefined;

  get socketPath(): string {
    return join(this.folder, 'run', 'api.sock');
  }

  get world(): TestRegistry {
    assert(this.#world !== undefined, 'the API is open');
    return this.#world;
  }

  get server(): ApiServer {
    assert(this.#server !== undefined, 'the API is open');
    return this.#server;
  }

  get client(): Client {
    return this.world.client;
  }

  get api(): ApiClient {
    return createApiClient({ socketPath: this.socketPath, userAgent: 'test/1' });
  }

  async open(world: TestRegistry): Promise<void> {
    await this.#server?.close();
    this.#world = world;
    const report = (message: string) => this.warnings.push(message);
    this.#server = createApiServer({
      registry: world.registry,
      podStreams: podStreamsInto(this.logCalls),
      metrics: SAME_METRICS,
      version: '0.1.0',
      logger: { ...silentLogger, warn: report, error: report },
      extraRoutes: [
        {
          method: 'POST',
          path: '/berth/v1/plan',
          handle: ({ query, body }) => ({ json: { query: query.get('app'), body } }),
        },
        { method: 'GET', path: '/berth/v1/sync', handle: () => ({ lines: countTo(3) }) },
      ],
    });
    await this.#server.listenOnSocket(this.socketPath);
  }

  async close(): Promise<void> {
    await this.server.close();
    this.world.registry.close();
    await rm(this.folder, { recursive: true });
  }

  /** The refusal of a request. */
  async refused(request: ApiRequest): Promise<ApiError> {
    try {
      await this.api.request(request);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  }
}

/** Every pod uses the same, and so does the node `box`. */
export const SAME_METRICS: NodeAgentMetrics = {
  request: () => true,
  podMetrics: () => ({
    timestampMs: Date.UTC(2026, 0, 1),
    windowMs: 15_000,
    containers: [{ name: 'app', milliCpu: 250, memoryBytes: 20 * 1024 ** 2 }],
  }),
  nodeMetrics: (name) =>
    name === 'box'
      ? { timestampMs: Date.UTC(2026, 0, 1), windowMs: 15_000, milliCpu: 500, memoryBytes: 1024 ** 3 }
      : undefined,
};

/** Opens a `TestApi` before each test and closes it after. */
export function useTestApi(): TestApi {
  const t = new TestApi();
  beforeEach(async () => {
    t.folder = await mkdtemp(join(tmpdir(), 'berth-api-'));
    t.logCalls = [];
    t.warnings = [];
    await t.open(createTestRegistry({ clock: linuxClock }));
  });
  afterEach(() => t.close());
  return t;
}

async function* countTo(end: number) {
  for (let n = 1; n <= end; n++) yield { n };
}

function podStreamsInto(logCalls: PodLogOptions[]): PodStreams {
  return {
    async logs(container, options) {
      logCalls.push(options);
      if (container.container === 'none') throw new ApiError('BadRequest', 'container "none" is waiting to start');
      let close = () => {};
      const closed = new Promise<void>((resolve) => {
        close = resolve;
      });
      async function* chunks() {
        yield Buffer.from('one\n');
        yield Buffer.from('two\n');
        if (options.follow) await closed;
      }
      return { chunks: chunks(), close };
    },
    async exec(_container, options: PodExecOptions) {
      let finish: (code: number) => void = () => {};
      const exitCode = new Promise<number>((resolve) => {
        finish = resolve;
      });
      const input: Buffer[] = [];
      if (options.command[0] === 'exit') setImmediate(() => finish(Number(options.command[1])));
      return {
        exitCode,
        writeStdin: async (chunk) => void input.push(Buffer.from(chunk)),
        endStdin: () => {
          options.onOutput('stdout', Buffer.concat(input));
          options.onOutput('stderr', Buffer.from('done'));
          finish(0);
        },
        resize: async ({ columns, rows }) => options.onOutput('stdout', Buffer.from(`${columns}x${rows};`)),
        close: () => finish(130),
      };
    },
    async attach(_container, options: PodAttachOptions) {
      let finish: () => void = () => {};
      const ended = new Promise<void>((resolve) => {
        finish = resolve;
      });
      options.onOutput('stderr', Buffer.from('ready;'));
      return {
        ended,
        writeStdin: async (chunk) => options.onOutput('stdout', chunk),
        endStdin: () => finish(),
        resize: async () => {},
        close: () => finish(),
      };
    },
    connect: async (_pod, port) => openPortConnection('127.0.0.1', port),
  };
}

export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((found: unknown, step) => (found as Record<string | number, unknown> | undefined)?.[step], value);
}

export async function take(lines: AsyncIterable<JsonValue>, count: number): Promise<JsonValue[]> {
  const taken: JsonValue[] = [];
  for await (const line of lines) {
    taken.push(line);
    if (taken.length === count) break;
  }
  return taken;
}
