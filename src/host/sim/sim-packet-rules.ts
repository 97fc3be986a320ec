import { type Clock, sleep } from '../../lib/clock.ts';
import { type Random, randomInteger } from '../../lib/random.ts';
import {
  type Flow,
  type PacketRules,
  PacketRulesError,
  type PacketRulesProbe,
  type PodPath,
  type PodPathState,
  type Relay,
  type RelayListener,
} from '../packet-rules.ts';
import { SimPacketTables } from './sim-packet-tables.ts';

export interface SimPacketRulesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each transaction when it is asked for. */
  readonly onApply?: (commands: string) => void;
  /** Says of each transaction whether it fails, and why. */
  readonly fault?: () => string | undefined;
  /** Default: everything is possible. */
  readonly probe?: () => PacketRulesProbe;
}

/** Packet rules of the simulated world: they can be asked where a connection would go. */
export class SimPacketRules implements PacketRules {
  readonly tables = new SimPacketTables();
  /** Transactions that were carried out. */
  transactions = 0;
  /** Listening relays, as `address:port`. */
  readonly relays = new Map<string, RelayListener>();
  /** What was to be forgotten, in order. */
  readonly forgotten: Flow[] = [];
  readonly #options: SimPacketRulesOptions;

  constructor(options: SimPacketRulesOptions) {
    this.#options = options;
  }

  async probe(): Promise<PacketRulesProbe> {
    await this.#delay();
    return this.#options.probe?.() ?? { usable: true, version: '1.0.6' };
  }

  async apply(commands: string): Promise<void> {
    this.#options.onApply?.(commands);
    await this.#delay();
    const fault = this.#options.fault?.();
    if (fault !== undefined) throw new PacketRulesError(fault);
    this.tables.apply(commands);
    this.transactions++;
  }

  async listTables(): Promise<readonly string[]> {
    await this.#delay();
    return this.tables.names;
  }

  async readTable(table: string): Promise<unknown> {
    await this.#delay();
    return this.tables.describe(table);
  }

  async openPath(_path: PodPath): Promise<PodPathState> {
    await this.#delay();
    return { bridgeFiltered: true, hairpin: true, localhost: true, forwarding: true, names: true, details: [] };
  }

  async closePath(_clusterUid: string): Promise<void> {
    await this.#delay();
  }

  async forgetFlows(flows: readonly Flow[]): Promise<boolean> {
    await this.#delay();
    this.forgotten.push(...flows);
    return true;
  }

  async relay(listener: RelayListener): Promise<Relay> {
    await this.#delay();
    const key = `${listener.address}:${listener.port}`;
    if (this.relays.has(key)) throw Object.assign(new Error(`listen EADDRINUSE: ${key}`), { code: 'EADDRINUSE' });
    this.relays.set(key, listener);
    return { close: async () => void this.relays.delete(key) };
  }

  #delay(): Promise<void> {
    return sleep(this.#options.clock, randomInteger(this.#options.random, 1, 20));
  }
}
