import { randomFraction, randomInteger, randomItem, SeededRandom } from '../../lib/random.ts';
import type { Machine } from '../machine.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import type { TrapPoint, WindowKind } from './fault-board.ts';

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
  'container killed': (machine, random) => onRunning(machine, random, (id) => machine.engine.killContainer(id)),
  'container out of memory': (machine, random) =>
    onRunning(machine, random, (id) => machine.engine.killContainer(id, 137, true)),
  'container ended well': (machine, random) => onRunning(machine, random, (id) => machine.engine.killContainer(id, 0)),
  'container removed by hand': (machine, random) => onRunning(machine, random, (id) => machine.engine.removeByHand(id)),
  'sandbox killed': (machine, random) => onSandbox(machine, random, (id) => machine.engine.killSandbox(id)),
  'sandbox removed by hand': (machine, random) => onSandbox(machine, random, (id) => machine.engine.removeByHand(id)),
  'image removed': (machine, random) => {
    const images = [...new Set(machine.engine.containers().map(({ image }) => image))].filter((name) =>
      name.includes(':'),
    );
    if (images.length > 0) machine.engine.dropImage(randomItem(random, images));
  },
  'wall clock jumps ahead': (machine, random) => machine.clock.jumpWall(randomInteger(random, 1_000, 3_600_000)),
  'wall clock jumps back': (machine, random) => machine.clock.jumpWall(-randomInteger(random, 1_000, 3_600_000)),
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
  'start fails': { maxMs: 60_000, rate: 0.6 },
  'start hangs': { maxMs: 60_000, rate: 0.4 },
  'source unreachable': { maxMs: 90_000, rate: 0.8 },
  'source unauthorized': { maxMs: 60_000, rate: 1 },
  'source slow': { maxMs: 60_000, rate: 0.7 },
  'status branch read-only': { maxMs: 90_000, rate: 1 },
};

export type FaultKind = keyof typeof STROKES | WindowKind;

export const WINDOW_KINDS = Object.keys(WINDOWS) as WindowKind[];

export const FAULT_KINDS: readonly FaultKind[] = [
  ...(Object.keys(STROKES) as (keyof typeof STROKES)[]),
  ...WINDOW_KINDS,
];

/** Lets one fault happen, now. What it hits is drawn from its own seed, so that leaving another one out changes nothing here. */
export function injectFault(machine: Machine, kind: FaultKind, seed: number): void {
  const random = new SeededRandom(seed);
  machine.tally.count(`fault: ${kind}`);
  machine.trace.add(`${machine.clock.monotonicMs()} FAULT ${kind}`);
  if (isStroke(kind)) return STROKES[kind](machine, random);
  const { maxMs, rate } = WINDOWS[kind];
  const untilMs = machine.clock.monotonicMs() + randomInteger(random, Math.ceil(maxMs / 10), maxMs);
  machine.board.open({ kind, untilMs, rate, random });
}

/** Ends everything that is wrong with the machine. */
export function endFaults(machine: Machine): void {
  machine.board.clear();
  machine.board.isEngineDown = false;
  machine.engine.setEventsMuted(false);
  machine.engine.setAvailable(true);
}

function isStroke(kind: FaultKind): kind is keyof typeof STROKES {
  return kind in STROKES;
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

function onRunning(machine: Machine, random: SeededRandom, act: (id: string) => void): void {
  const running = machine.engine.containers().filter(({ status }) => status === 'running');
  if (running.length > 0) act(randomItem(random, running).id);
}

function onSandbox(machine: Machine, random: SeededRandom, act: (id: string) => void): void {
  const running = machine.engine.sandboxes().filter((sandbox) => sandbox.running);
  if (running.length > 0) act(randomItem(random, running).id);
}
