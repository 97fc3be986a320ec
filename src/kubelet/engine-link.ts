import type { Clock, Timer } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type EngineInfo, type PodNetwork, type Runtime, RuntimeError } from '../runtime/runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MAX_MS = 5000;
/** A list from time to time, in case an event was lost without anybody noticing. */
const RELIST_MS = 300_000;
/** After a call whose outcome is unknown. */
const RELIST_SOON_MS = 500;

export interface EngineLinkOptions {
  readonly runtime: Runtime;
  readonly cache: RuntimeCache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The engine answers, and the cache is what it has. Called after each connection and each list. */
  readonly onUp: () => void;
  readonly onDown: (why: string) => void;
}

/**
 * The connection to the engine. When it is lost nothing is known to have died: the node is not ready, and with a
 * growing delay "open the events first, then list" until both work again.
 */
export class EngineLink {
  readonly #options: EngineLinkOptions;
  #info: EngineInfo | undefined;
  #network: PodNetwork | undefined;
  #isUp = false;
  #isStopped = false;
  #isConnecting = false;
  #closeEvents: () => void = () => {};
  #reconnectMs = RECONNECT_FIRST_MS;
  #timer: Timer | undefined;

  constructor(options: EngineLinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** What the engine said of itself last; `undefined` before it has answered once. */
  get info(): EngineInfo | undefined {
    return this.#info;
  }

  get network(): PodNetwork | undefined {
    return this.#network;
  }

  /** Makes the first attempt; further ones follow by themselves. Never rejects. */
  async start(): Promise<void> {
    await this.#connect();
  }

  stop(): void {
    this.#isStopped = true;
    this.#isUp = false;
    this.#timer?.cancel();
    this.#closeEvents();
  }

  /** Judges a failed call: an engine that is away, or one of which something is no longer known for certain. */
  onTrouble(error: unknown): void {
    if (this.#isStopped || !(error instanceof RuntimeError)) return;
    if (error.reason === 'EngineUnavailable') return this.#lose(error);
    if (this.#isUp) this.#after(RELIST_SOON_MS, () => this.#relist());
  }

  #lose(error: unknown): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#closeEvents();
    this.#options.logger.warn('container engine lost', { error: messageOf(error) });
    this.#options.onDown(messageOf(error));
    this.#after(RECONNECT_FIRST_MS, () => this.#connect());
  }

  async #connect(): Promise<void> {
    if (this.#isStopped || this.#isConnecting) return;
    this.#isConnecting = true;
    const { runtime, cache, logger, onUp } = this.#options;
    let isLost = false;
    try {
      this.#info = await runtime.info();
      this.#network = await runtime.prepare();
      this.#closeEvents = await runtime.watch(
        (event) => cache.onEvent(event),
        (error) => {
          isLost = true;
          this.#lose(error);
        },
      );
      await cache.relist();
      if (isLost) throw new RuntimeError('EngineUnavailable', 'the event stream ended');
      if (this.#isStopped) return this.#closeEvents();
      this.#isUp = true;
      this.#reconnectMs = RECONNECT_FIRST_MS;
      logger.info('container engine ready', { engine: this.#info.description });
      this.#after(RELIST_MS, () => this.#relist());
      onUp();
    } catch (error) {
      this.#closeEvents();
      this.#options.onDown(messageOf(error));
      this.#after(this.#reconnectMs, () => this.#connect());
      this.#reconnectMs = Math.min(RECONNECT_MAX_MS, this.#reconnectMs * 2);
    } finally {
      this.#isConnecting = false;
    }
  }

  async #relist(): Promise<void> {
    if (!this.#isUp) return;
    this.#after(RELIST_MS, () => this.#relist());
    try {
      await this.#options.cache.relist();
      if (this.#isUp) this.#options.onUp();
    } catch (error) {
      this.onTrouble(error);
    }
  }

  /** One thing is planned at a time, and the latest plan counts. */
  #after(delayMs: number, work: () => Promise<void>): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    this.#timer = this.#options.clock.setTimer(delayMs, () => void work());
  }
}
