import { randomFraction, randomInteger, randomItem, SeededRandom } from '../../lib/random.ts';
import type { SimEngine } from '../../runtime/sim/sim-engine.ts';
import type { Machine } from '../machine.ts';
import type { SimNode } from '../nodes/sim-node.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import type { TrapPoint, WindowKind } from './fault-board.ts';
import { CONFIGURATIONS } from './reconfigure.ts';
import { changeSecrets } from './secrets-on-the-machine.ts';
import { STAGED_FAULTS } from './staged.ts';

/** The folder of a pod's volume that begins empty. */
const EMPTY_DIR = /^\/disk\/pods\/[^/]+\/volumes\/kubernetes\.io~empty-dir\/[^/]+$/;
const MEBIBYTE = new Uint8Array(1024 ** 2);

type Inject = (machine: Machine, random: SeededRandom) => void;

/** A fault that is over when it has happened, by name. */
const STROKES = {
  'berth killed': (machine) => machine.crash('kill', 'a fault'),
  'power lost': (machine) => machine.crash('powerLoss', 'a fault'),
  'killed within a disk call': trapAt('disk', 40),
  'killed within an engine call': trapAt('engine', 30),
  'killed within a source call': trapAt('source', 6),
  'killed right after a commit': trapAt('commit', 30),
  'engine down': (machine, random) => stopEngine(machine, random, false),
  'engine down with its containers': (machine, random) => stopEngine(machine, random, true),
  'event stream cut': (machine) => machine.engine.loseEvents(),
  'events muted': (machine, random) => {
    machine.engine.setEventsMuted(true);
    machine.clock.setTimer(randomInteger(random, 500, 20_000), () => machine.engine.setEventsMuted(false));
  },
  'container killed': (machine, random) =>
    onRunning(machine, random, (engine, id) => {
      engine.killContainer(id);
      if (randomFraction(random) < 0.5) startLater(machine, random, engine, id);
    }),
  'container out of memory': (machine, random) =>
    onRunning(machine, random, (engine, id) => engine.killContainer(id, 137, true)),
  'container ended well': (machine, random) => onRunning(machine, random, (engine, id) => engine.killContainer(id, 0)),
  'container removed by hand': (machine, random) => onRunning(machine, random, (engine, id) => engine.removeByHand(id)),
  'sandbox killed': (machine, random) => onSandbox(machine, random, (engine, id) => engine.killSandbox(id)),
  'sandbox removed by hand': (machine, random) => onSandbox(machine, random, (engine, id) => engine.removeByHand(id)),
  'node lost': (machine, random) => onNode(machine, random, (node) => loseNode(machine, random, node)),
  'node lost with its containers': (machine, random) =>
    onNode(machine, random, (node) => {
      node.engine.setAvailable(false, { killContainers: true });
      loseNode(machine, random, node);
    }),
  'node agent restarted': (machine, random) =>
    onNode(machine, random, (node) => {
      machine.setReachable(node, false);
      machine.setReachable(node, true);
    }),
  'node joins': (machine, random) => {
    const strangers = machine.nodes.filter((node) => !node.isMember);
    if (strangers.length === 0) return;
    const node = randomItem(random, strangers);
    node.isMember = true;
    machine.setReachable(node, true);
  },
  'node leaves for good': (machine, random) => onNode(machine, random, (node) => removeNode(machine, node)),
  'image removed': (machine, random) => {
    const images = [...new Set(machine.engine.containers().map(({ image }) => image))].filter((name) =>
      name.includes(':'),
    );
    if (images.length > 0) machine.engine.dropImage(randomItem(random, images));
  },
  'wall clock jumps ahead': (machine, random) => machine.clock.jumpWall(randomInteger(random, 1_000, 3_600_000)),
  'wall clock jumps back': (machine, random) => machine.clock.jumpWall(-randomInteger(random, 1_000, 3_600_000)),
  // Further than a CronJob may fall behind: "if there are more than 100 missed schedules" it warns.
  'wall clock leaps ahead': (machine, random) => machine.clock.jumpWall(randomInteger(random, 2, 6) * 3_600_000),
  // By something that is no pod: pods that are evicted give too little back.
  'memory fills up': (machine, random) => {
    const { engine } = randomItem(
      random,
      machine.nodes.filter(({ isMember }) => isMember),
    );
    engine.setForeignMemory(engine.memoryBytes);
    machine.clock.setTimer(randomInteger(random, 5_000, 45_000), () => engine.setForeignMemory(0));
  },
  // Also by something that is no pod.
  'disk fills up': (machine, random) => {
    const { engine } = randomItem(
      random,
      machine.nodes.filter(({ isMember }) => isMember),
    );
    // As small files do it, or as large ones.
    const areSmall = randomFraction(random) < 0.3;
    const share = areSmall ? 0.99 : randomInteger(random, 80, 99) / 100;
    const forMs = randomInteger(random, 5_000, 320_000);
    if (areSmall) engine.fillInodes(share);
    else engine.fillDisk(share, randomItem(random, engine.disks));
    machine.clock.setTimer(forMs, () => {
      engine.fillInodes(0.1);
      for (const disk of engine.disks) engine.fillDisk(0.5, disk);
    });
  },
  'volumes fill up': (machine, random) => {
    const filled = machine.nodes.filter(
      ({ isMember, volumeEntries }) => isMember && emptyDirsOf(volumeEntries).length > 0,
    );
    if (filled.length === 0) return;
    const { volumeEntries, volumeFiles } = randomItem(random, filled);
    for (const path of emptyDirsOf(volumeEntries)) volumeFiles?.fill(`${path}/filled`, MEBIBYTE);
  },
  'secrets of the machine changed': changeSecrets,
  ...CONFIGURATIONS,
  'branch deleted': (machine, random) => {
    const tip = machine.repository.tip(WORLD_SETTINGS.branch)?.id;
    if (tip === undefined) return;
    machine.repository.moveBranch(WORLD_SETTINGS.branch, undefined);
    machine.clock.setTimer(randomInteger(random, 1_000, 60_000), () => {
      if (machine.repository.tip(WORLD_SETTINGS.branch) === undefined)
        machine.repository.moveBranch(WORLD_SETTINGS.branch, tip);
    });
  },
} satisfies Record<string, Inject>;

/** Faults that last: how long at most, and with which probability they hit a call. */
const WINDOWS: Readonly<Record<WindowKind, { readonly maxMs: number; readonly rate: number }>> = {
  'disk slow': { maxMs: 30_000, rate: 0.3 },
  'disk write fails': { maxMs: 3_000, rate: 0.2 },
  'disk sync fails': { maxMs: 3_000, rate: 0.2 },
  'disk full': { maxMs: 20_000, rate: 1 },
  'engine flaky': { maxMs: 30_000, rate: 0.2 },
  'engine slow': { maxMs: 30_000, rate: 0.4 },
  'pull slow': { maxMs: 120_000, rate: 0.7 },
  'pull missing': { maxMs: 120_000, rate: 1 },
  'pull unauthorized': { maxMs: 120_000, rate: 1 },
  'registry down': { maxMs: 120_000, rate: 1 },
  'sandbox fails': { maxMs: 60_000, rate: 0.6 },
  'start fails': { maxMs: 60_000, rate: 0.6 },
  'start hangs': { maxMs: 60_000, rate: 0.4 },
  'source unreachable': { maxMs: 90_000, rate: 0.8 },
  'source unauthorized': { maxMs: 60_000, rate: 1 },
  'source slow': { maxMs: 60_000, rate: 0.7 },
  'status branch read-only': { maxMs: 90_000, rate: 1 },
};

export type FaultKind = keyof typeof STROKES | keyof typeof STAGED_FAULTS | WindowKind;

export const WINDOW_KINDS = Object.keys(WINDOWS) as WindowKind[];

/** Those that seeds draw. */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...(Object.keys(STROKES) as (keyof typeof STROKES)[]),
  ...WINDOW_KINDS,
];

/**
 * Lets one fault happen, now. What it hits is drawn from its own seed, so that leaving another one out changes nothing
 * here.
 */
export function injectFault(machine: Machine, kind: FaultKind, seed: number): void {
  const random = new SeededRandom(seed);
  machine.tally.count(`fault: ${kind}`);
  machine.trace.add(`${machine.clock.monotonicMs()} FAULT ${kind}`);
  if (isStroke(kind)) return STROKES[kind](machine, random);
  if (isStaged(kind)) return STAGED_FAULTS[kind](machine);
  const { maxMs, rate } = WINDOWS[kind];
  const untilMs = machine.clock.monotonicMs() + randomInteger(random, Math.ceil(maxMs / 10), maxMs);
  machine.board.open({ kind, untilMs, rate, random });
}

function emptyDirsOf(entries: SimNode['volumeEntries']): readonly string[] {
  return [...entries.keys()].filter((path) => EMPTY_DIR.test(path));
}

/** A node is switched off and taken out of the cluster, as a person does it who has no use for it any more. */
function removeNode(machine: Machine, node: SimNode): void {
  const registry = machine.life?.open?.registry;
  if (registry === undefined) return;
  node.isMember = false;
  machine.setReachable(node, false);
  for (const sandbox of node.engine.sandboxes()) node.engine.removeByHand(sandbox.id);
  machine.actor = 'user';
  const client = registry.client({ user: 'alice', fieldManager: 'kubectl' });
  if (client.get('Node', { name: node.name }) !== undefined)
    client.delete({ apiVersion: 'v1', kind: 'Node', name: node.name });
  machine.actor = 'berth';
}

function isStroke(kind: FaultKind): kind is keyof typeof STROKES {
  return kind in STROKES;
}

function isStaged(kind: FaultKind): kind is keyof typeof STAGED_FAULTS {
  return kind in STAGED_FAULTS;
}

function trapAt(point: TrapPoint, maxCalls: number): Inject {
  return (machine, random) => machine.board.setTrap(point, randomInteger(random, 1, maxCalls));
}

function stopEngine(machine: Machine, random: SeededRandom, killContainers: boolean): void {
  const { board, engine, clock } = machine;
  if (board.isEngineDown) return;
  board.isEngineDown = true;
  engine.setAvailable(false, { killContainers });
  const isShort = randomFraction(random) < 0.7;
  clock.setTimer(isShort ? randomInteger(random, 100, 8_000) : randomInteger(random, 8_000, 120_000), () => {
    board.isEngineDown = false;
    engine.setAvailable(true);
  });
}

function onRunning(machine: Machine, random: SeededRandom, act: (engine: SimEngine, id: string) => void): void {
  const running = machine.engines.flatMap((engine) =>
    engine.containers().flatMap(({ id, status }) => (status === 'running' ? [{ engine, id }] : [])),
  );
  if (running.length === 0) return;
  const { engine, id } = randomItem(random, running);
  act(engine, id);
}

/** As `docker restart` does: the container comes back, by then often beside the one that has taken its place. */
function startLater(machine: Machine, random: SeededRandom, engine: SimEngine, id: string): void {
  machine.clock.setTimer(randomInteger(random, 1_000, 15_000), () => {
    const containers = engine.containers();
    const own = containers.find((container) => container.id === id);
    const isReplaced = containers.some(
      ({ pod, name, attempt, status, exitCode }) =>
        own !== undefined &&
        pod.uid === own.pod.uid &&
        name === own.name &&
        attempt > own.attempt &&
        (status === 'running' || exitCode !== 0),
    );
    if (isReplaced) engine.startByHand(id);
  });
}

function onSandbox(machine: Machine, random: SeededRandom, act: (engine: SimEngine, id: string) => void): void {
  const sandboxes = machine.engines.flatMap((engine) =>
    engine.sandboxes().flatMap(({ id, running }) => (running ? [{ engine, id }] : [])),
  );
  if (sandboxes.length === 0) return;
  const { engine, id } = randomItem(random, sandboxes);
  act(engine, id);
}

/** A further node that is a member and there. */
function onNode(machine: Machine, random: SeededRandom, act: (node: SimNode) => void): void {
  const nodes = machine.nodes.filter((node) => node !== machine.box && node.isMember && node.isReachable);
  if (nodes.length > 0) act(randomItem(random, nodes));
}

/** Cuts a node off, for a moment or for longer than its pods are tolerated to be gone. */
function loseNode(machine: Machine, random: SeededRandom, node: SimNode): void {
  machine.setReachable(node, false);
  const isShort = randomFraction(random) < 0.4;
  const forMs = isShort ? randomInteger(random, 1_000, 60_000) : randomInteger(random, 60_000, 600_000);
  machine.clock.setTimer(forMs, () => {
    node.engine.setAvailable(true);
    if (node.isMember && !node.isReachable) machine.setReachable(node, true);
  });
}
