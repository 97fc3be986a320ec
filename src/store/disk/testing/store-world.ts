import { type DiskFault, type DiskOperation, SimDisk, type SimDiskOptions } from '../../../host/sim/sim-disk.ts';
import type { JsonObject } from '../../../lib/json.ts';
import type { Logger } from '../../../lib/logger.ts';
import { VirtualClock } from '../../../lib/virtual-clock.ts';
import type { Store } from '../../store.ts';
import { type DiskStore, type DiskStoreOptions, openDiskStore } from '../disk-store.ts';

/** A store over a simulated disk on a virtual clock, for tests of the disk driver. */
export interface StoreWorld {
  readonly clock: VirtualClock;
  readonly disk: SimDisk;
  readonly store: DiskStore;
  /** Messages of warnings. */
  readonly warnings: readonly string[];
}

export interface StoreWorldOptions {
  readonly disk?: SimDisk;
  readonly onOperation?: (operation: DiskOperation) => DiskFault | undefined;
  readonly capacityBytes?: number;
  readonly store?: Partial<DiskStoreOptions>;
}

/** Opens a store, on `disk` when given, else on an empty one. */
export async function openWorld(options: StoreWorldOptions = {}): Promise<StoreWorld> {
  const clock = new VirtualClock();
  const diskOptions: SimDiskOptions = {
    clock,
    onOperation: options.onOperation ?? (() => undefined),
    ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
  };
  const disk = options.disk === undefined ? new SimDisk(diskOptions) : copyDisk(options.disk, diskOptions);
  const warnings: string[] = [];
  const store = await run(
    clock,
    openDiskStore({ disk, clock, indexes: [], logger: recordWarnings(warnings), ...options.store }),
  );
  return { clock, disk, store, warnings };
}

/** The same files on a disk with other behaviour; the first one stays as it is. */
export function copyDisk(disk: SimDisk, options: SimDiskOptions = {}): SimDisk {
  const copy = new SimDisk(options);
  for (const name of disk.names) copy.place(name, disk.contentOf(name));
  return copy;
}

/** Moves the clock until `promise` is settled. */
export async function run<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  for (let idleTurns = 0; !isSettled && idleTurns < 10; ) {
    await turn();
    idleTurns = isSettled || clock.fireNext() ? 0 : idleTurns + 1;
  }
  return settled;
}

/** Moves the clock until no timer is left. */
export async function settle(clock: VirtualClock): Promise<void> {
  do await turn();
  while (clock.fireNext());
}

/** Lets every promise that can go on do so. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function put(store: Store, key: string, value: JsonObject): void {
  store.transact((transaction) => transaction.put(key, value));
}

/** Puts and waits for the disk, so that each call is one batch. */
export async function putDurably({ clock, store }: StoreWorld, key: string, value: JsonObject): Promise<void> {
  put(store, key, value);
  await run(clock, store.durable());
}

/** The whole state in a form that can be compared. */
export function stateOf(store: Store): readonly string[] {
  return store.list('').map((entry) => JSON.stringify(entry));
}

function recordWarnings(warnings: string[]): Logger {
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (message, fields) => warnings.push(`${message} ${JSON.stringify(fields)}`),
    error: () => {},
    child: () => logger,
  };
  return logger;
}
