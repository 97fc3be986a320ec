import type { Box } from '../../box/index.ts';
import { boundHeapGrowth, boundYoungHeap } from '../../host/linux/bound-heap.ts';
import { linuxClock } from '../../host/linux/linux-clock.ts';
import type { Timer } from '../../lib/clock.ts';
import { readConfiguration, type UpOptions } from '../configuration/read-configuration.ts';
import { type LiveWorld, openLiveWorld } from '../live/live-world.ts';
import type { LogLevel } from '../live/log-levels.ts';
import { createPinoLogger } from '../live/pino-logger.ts';
import { EXIT } from '../output/exit-codes.ts';
import { exitCodeOfStatus } from '../output/phase-exit-code.ts';
import { Progress } from '../output/progress.ts';
import type { ProgressMode } from '../output/progress-modes.ts';
import { reportError } from '../output/report-error.ts';
import { createTerminal } from '../output/terminal.ts';

export interface UpCommandOptions extends UpOptions {
  readonly once?: boolean;
  readonly progress: ProgressMode;
  readonly logLevel: LogLevel;
}

/**
 * Runs a box until it is told to stop (`SIGINT`, `SIGTERM`, `berth down`), or with `--once` until every application has
 * come to an end. Resolves with the exit code: 0, 3 for a rollout that failed, 4 for one that timed out, 1 for anything
 * else.
 */
export async function runUp(options: UpCommandOptions): Promise<number> {
  boundYoungHeap();
  const configuration = readConfiguration(options);
  const stopping = createStopSignal();
  const world = await openLiveWorld(configuration, createPinoLogger(options.logLevel), () =>
    stopping.stop('`berth down`'),
  );
  boundHeapGrowth();
  // Its heartbeat keeps the process alive: it begins when there is something that will be stopped together with it.
  const progress = new Progress({
    terminal: createTerminal(process.stdout),
    clock: linuxClock,
    mode: options.progress,
  });
  // Where nothing can be stored nothing can be stopped in order: it ends as in a crash, and the next start puts
  // everything in order.
  void world.failure.then((error) => {
    progress.stop();
    process.exit(reportError(error, createTerminal(process.stderr)));
  });
  const unlisten = world.box.onEvent(progress.onEvent);
  const unwatch = noteEngine(world, progress);
  try {
    progress.note(
      `${configuration.cluster}: ${configuration.repository} (${configuration.branch}) on ${configuration.runtime}`,
    );
    // A first fetch may take its time; whoever stops Berth meanwhile does not wait for it.
    await Promise.race([world.box.start(), stopping.stopped]);
    const finished = options.once === true ? waitForVerdicts(world.box) : new Promise<never>(() => {});
    const end = await Promise.race([finished, stopping.stopped]);
    if (typeof end === 'number') return end;
    progress.note(`stopping: asked to by ${end}`);
    return EXIT.ok;
  } finally {
    unlisten();
    unwatch();
    progress.stop();
    await world.stop();
  }
}

/** A start or a short break is not worth a word. */
const ENGINE_PATIENCE_MS = 2_000;

/** An engine that does not answer keeps every pod waiting: it is said once, and again when it answers. */
function noteEngine({ registry }: LiveWorld, progress: Progress): () => void {
  let problem = '';
  let isSaid = false;
  let timer: Timer | undefined;
  const say = () => {
    isSaid = true;
    progress.warn(`${problem}; \`berth doctor\` says what to do, and Berth goes on trying`);
  };
  const forget = () => {
    timer?.cancel();
    timer = undefined;
  };
  const unwatch = registry.client({ user: 'system:berth', fieldManager: 'berth' }).watch('Node', ({ object }) => {
    const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready === undefined) return;
    if (ready.status !== 'True') {
      problem = ready.message ?? 'the node is not ready';
      if (!isSaid) timer ??= linuxClock.setTimer(ENGINE_PATIENCE_MS, say);
      return;
    }
    forget();
    if (isSaid) progress.note('the container engine answers again');
    isSaid = false;
  });
  return () => {
    forget();
    unwatch();
  };
}

interface StopSignal {
  /** Resolves with who asked for it. */
  readonly stopped: Promise<string>;
  readonly stop: (by: string) => void;
}

/** A second signal ends the process at once. */
function createStopSignal(): StopSignal {
  let stop: StopSignal['stop'] = () => {};
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop(signal);
      process.once(signal, () => process.exit(EXIT.interrupted));
    });
  }
  return { stopped, stop };
}

/** Resolves once no application is on its way any more, with the worst of their exit codes. */
function waitForVerdicts(box: Box): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      const code = exitCodeOfStatus(box.status());
      if (code !== undefined) resolve(code);
    };
    box.onEvent(({ type }) => {
      if (type === 'verdict' || type === 'source-failed') look();
    });
    // What was finished before this process began comes with no event.
    look();
  });
}
