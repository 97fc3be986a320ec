import type { DiskPoint } from '../../host/machine-usage.ts';

export type PressureType = 'MemoryPressure' | 'DiskPressure';
/**
 * "The kubelet supports the following eviction signals" (Node-pressure Eviction); those of which Berth has thresholds.
 */
export type EvictionSignal =
  | 'memory.available'
  | 'nodefs.available'
  | 'imagefs.available'
  | 'nodefs.inodesFree'
  | 'imagefs.inodesFree';
/** What pods use of it, in the words of messages. */
export type EvictionResource = 'memory' | 'ephemeral-storage' | 'inodes';

export const PRESSURE_TYPES: readonly PressureType[] = ['MemoryPressure', 'DiskPressure'];

interface SignalRule {
  readonly signal: EvictionSignal;
  readonly pressure: PressureType;
  readonly resource: EvictionResource;
  /** Share of the capacity that has to be left. */
  readonly share: number;
  /** And no more than this. */
  readonly most: number;
}

const GIBIBYTE = 1024 ** 3;

/**
 * The hard thresholds that a kubelet has unless it is told others: "memory.available<100Mi, nodefs.available<10%,
 * imagefs.available<15%, nodefs.inodesFree<5%, imagefs.inodesFree<5%". A share of a large disk that is somebody's own,
 * too, says little about a shortage, so it is never more than what that share is of a disk of 100 GiB
 * (docs/decisions/node-pressure.md). In the order in which the kubelet acts on them: "eviction due to memory is first".
 */
const SIGNALS: readonly SignalRule[] = [
  { signal: 'memory.available', pressure: 'MemoryPressure', resource: 'memory', share: 1, most: 100 * 1024 ** 2 },
  {
    signal: 'imagefs.available',
    pressure: 'DiskPressure',
    resource: 'ephemeral-storage',
    share: 0.15,
    most: 15 * GIBIBYTE,
  },
  {
    signal: 'nodefs.available',
    pressure: 'DiskPressure',
    resource: 'ephemeral-storage',
    share: 0.1,
    most: 10 * GIBIBYTE,
  },
  {
    signal: 'imagefs.inodesFree',
    pressure: 'DiskPressure',
    resource: 'inodes',
    share: 0.05,
    most: Number.POSITIVE_INFINITY,
  },
  {
    signal: 'nodefs.inodesFree',
    pressure: 'DiskPressure',
    resource: 'inodes',
    share: 0.05,
    most: Number.POSITIVE_INFINITY,
  },
];

/** "eviction-pressure-transition-period: 5m0s": so long a node stays under pressure after a threshold was met last. */
const TRANSITION_MS = 300_000;

/** What the machine has; what it does not tell is left out. */
export interface MachineState {
  readonly memory?: { readonly availableBytes: number; readonly capacityBytes: number } | undefined;
  /** Where Berth keeps the files of pods. */
  readonly nodefs?: DiskPoint | undefined;
  /** Where the engine keeps images and what containers write; the same device as `nodefs` on most machines. */
  readonly imagefs?: DiskPoint | undefined;
}

/** A signal of which less is left than has to be. */
export interface MetThreshold {
  readonly signal: EvictionSignal;
  readonly resource: EvictionResource;
  readonly threshold: number;
  readonly available: number;
}

/** Monotonic time at which a threshold of each kind was met last. */
export type LastMet = Readonly<Partial<Record<PressureType, number>>>;

export interface Pressure {
  /** The first is the one to act upon. */
  readonly met: readonly MetThreshold[];
  readonly lastMetAtMs: LastMet;
  /** `undefined` of what the machine does not tell. */
  readonly isUnder: Readonly<Record<PressureType, boolean | undefined>>;
}

export function computePressure(machine: MachineState, lastMetAtMs: LastMet, monotonicMs: number): Pressure {
  const observed = SIGNALS.flatMap((rule) => observe(rule, machine));
  const met = observed.filter(({ available, threshold }) => available < threshold);
  const judged = PRESSURE_TYPES.map((type): readonly [PressureType, boolean | undefined, number | undefined] => {
    if (!observed.some(({ pressure }) => pressure === type)) return [type, undefined, undefined];
    const lastMs = met.some(({ pressure }) => pressure === type) ? monotonicMs : lastMetAtMs[type];
    const isUnder = lastMs !== undefined && monotonicMs - lastMs < TRANSITION_MS;
    return [type, isUnder, isUnder ? lastMs : undefined];
  });
  return {
    met: met.map(({ signal, resource, threshold, available }) => ({ signal, resource, threshold, available })),
    lastMetAtMs: Object.fromEntries(
      judged.flatMap(([type, , lastMs]) => (lastMs === undefined ? [] : [[type, lastMs]])),
    ),
    isUnder: Object.fromEntries(judged) as Pressure['isUnder'],
  };
}

function observe(rule: SignalRule, machine: MachineState): readonly (MetThreshold & SignalRule)[] {
  const [source, kind] = rule.signal.split('.');
  const point = machine[source as keyof MachineState];
  if (point === undefined) return [];
  const isInodes = kind === 'inodesFree';
  const capacity = 'inodes' in point && isInodes ? point.inodes : point.capacityBytes;
  const available = 'inodes' in point && isInodes ? point.freeInodes : point.availableBytes;
  // A file system that makes inodes as it needs them has no number of them.
  if (capacity === 0) return [];
  return [{ ...rule, threshold: Math.min(Math.floor(capacity * rule.share), rule.most), available }];
}
