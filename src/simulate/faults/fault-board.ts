import type { DiskFault, DiskOperation } from '../../host/sim/sim-disk.ts';
import { randomFraction, randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import type { VirtualClock } from '../../lib/virtual-clock.ts';
import type { RuntimeErrorReason } from '../../runtime/runtime.ts';
import type { SimCall, SimFault } from '../../runtime/sim/sim-behaviour.ts';
import type { SourceErrorReason } from '../../source/source.ts';
import type { Tally } from '../tally.ts';

/** A fault that lasts: each call that it concerns is hit with this probability. */
export interface FaultWindow {
  readonly kind: WindowKind;
  readonly untilMs: number;
  readonly rate: number;
  readonly random: SeededRandom;
}

export type WindowKind =
  | 'disk slow'
  | 'disk write fails'
  | 'disk sync fails'
  | 'disk full'
  | 'engine flaky'
  | 'engine slow'
  | 'pull slow'
  | 'pull missing'
  | 'pull unauthorized'
  | 'registry down'
  | 'sandbox fails'
  | 'start fails'
  | 'start hangs'
  | 'source unreachable'
  | 'source unauthorized'
  | 'source slow'
  | 'status branch read-only';

export type TrapPoint = 'disk' | 'engine' | 'source' | 'commit';

export interface FaultBoardOptions {
  readonly clock: VirtualClock;
  readonly tally: Tally;
  readonly random: SeededRandom;
  /** Berth is to crash now, in the middle of a call. */
  readonly onTrap: () => void;
}

const WRITES: ReadonlySet<string> = new Set(['append', 'write']);

/** Which faults are switched on now. Every call on a simulated port asks here what is to go wrong with it. */
export class FaultBoard {
  readonly #options: FaultBoardOptions;
  #windows: FaultWindow[] = [];
  #trap: { readonly point: TrapPoint; callsLeft: number } | undefined;
  isEngineDown = false;

  constructor(options: FaultBoardOptions) {
    this.#options = options;
  }

  open(window: FaultWindow): void {
    this.#windows.push(window);
  }

  /** Lets Berth crash within the n-th call from now on at this point. */
  setTrap(point: TrapPoint, calls: number): void {
    this.#trap = { point, callsLeft: calls };
  }

  clear(): void {
    this.#windows = [];
    this.#trap = undefined;
  }

  noteCommit(): void {
    this.#step('commit');
  }

  diskCall(operation: DiskOperation): DiskFault | undefined {
    this.#step('disk');
    const { kind, sizeBytes } = operation;
    const delayMs = randomInteger(this.#options.random, 0, 3);
    const slow = this.#hit('disk slow');
    if (slow !== undefined) return { delayMs: randomInteger(slow.random, 50, 3_000) };
    if (WRITES.has(kind)) {
      const failing = this.#hit('disk write fails');
      if (failing !== undefined)
        return { delayMs, error: 'EIO', writtenBytes: randomInteger(failing.random, 0, sizeBytes) };
      const full = this.#hit('disk full');
      if (full !== undefined)
        return { delayMs, error: 'ENOSPC', writtenBytes: randomInteger(full.random, 0, sizeBytes) };
    }
    if (kind === 'sync' && this.#hit('disk sync fails') !== undefined) return { delayMs, error: 'EIO' };
    return { delayMs };
  }

  engineCall({ operation }: SimCall): SimFault | undefined {
    this.#step('engine');
    const flaky = this.#hit('engine flaky');
    if (flaky !== undefined) return flakyFault(flaky.random);
    const slow = this.#hit('engine slow');
    if (slow !== undefined) return { kind: 'delay', delayMs: randomInteger(slow.random, 100, 8_000) };
    if (operation === 'pullImage') return this.#pullFault();
    if (operation === 'runSandbox' && this.#hit('sandbox fails') !== undefined)
      return { kind: 'refuse', reason: 'StartFailed', message: 'failed to set up the network of the sandbox' };
    if (operation !== 'startContainer') return undefined;
    if (this.#hit('start fails') !== undefined)
      return { kind: 'refuse', reason: 'StartFailed', message: 'OCI runtime create failed' };
    const hanging = this.#hit('start hangs');
    if (hanging !== undefined) return { kind: 'delay', delayMs: randomInteger(hanging.random, 20_000, 120_000) };
    return undefined;
  }

  sourceCall(call: string): SourceErrorReason | undefined {
    this.#step('source');
    if (this.#hit('source unreachable') !== undefined) return 'Unreachable';
    if (this.#hit('source unauthorized') !== undefined) return 'Unauthorized';
    if (call === 'publish' && this.#hit('status branch read-only') !== undefined) return 'ReadOnly';
    return undefined;
  }

  sourceLatencyMs(): number {
    const slow = this.#hit('source slow');
    return slow === undefined ? randomInteger(this.#options.random, 0, 40) : randomInteger(slow.random, 500, 8_000);
  }

  #pullFault(): SimFault | undefined {
    const slow = this.#hit('pull slow');
    if (slow !== undefined) return { kind: 'delay', delayMs: randomInteger(slow.random, 5_000, 90_000) };
    const refusals: readonly (readonly [WindowKind, RuntimeErrorReason, string])[] = [
      ['pull missing', 'ImageNotFound', 'manifest unknown'],
      ['pull unauthorized', 'ImageUnauthorized', 'unauthorized: authentication required'],
      ['registry down', 'RegistryUnavailable', 'dial tcp: i/o timeout'],
    ];
    for (const [kind, reason, message] of refusals)
      if (this.#hit(kind) !== undefined) return { kind: 'refuse', reason, message };
    return undefined;
  }

  #hit(kind: WindowKind): FaultWindow | undefined {
    if (this.#windows.length === 0) return undefined;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#windows.some(({ untilMs }) => untilMs <= nowMs))
      this.#windows = this.#windows.filter(({ untilMs }) => untilMs > nowMs);
    const window = this.#windows.find((one) => one.kind === kind);
    if (window === undefined || randomFraction(window.random) >= window.rate) return undefined;
    this.#options.tally.count(`hit: ${kind}`);
    return window;
  }

  #step(point: TrapPoint): void {
    if (this.#trap?.point !== point || --this.#trap.callsLeft > 0) return;
    this.#trap = undefined;
    this.#options.tally.count(`crash within a call: ${point}`);
    this.#options.onTrap();
  }
}

function flakyFault(random: SeededRandom): SimFault {
  const reason = randomItem(random, ['Unknown', 'Timeout', 'EngineUnavailable'] as const);
  return randomItem<SimFault>(random, [
    { kind: 'refuse', reason, message: 'injected' },
    { kind: 'lose-answer' },
    { kind: 'delay', delayMs: 2_000 },
  ]);
}
