import { linuxClock } from '../../host/linux/linux-clock.ts';
import { EXIT } from '../output/exit-codes.ts';
import { Progress } from '../output/progress.ts';
import type { ProgressMode } from '../output/progress-modes.ts';
import { createTerminal } from '../output/terminal.ts';
import { DEMO_IMAGE, ensureDemoImage } from '../setup/ensure-demo-image.ts';
import { type DockerAccess, ensureDocker } from '../setup/ensure-docker.ts';
import { DemoStopped } from './demo-stopped.ts';
import { DemoWorld } from './demo-world.ts';
import { formatNextSteps } from './next-steps.ts';
import { findAnsweringUrls } from './page.ts';
import { runSelfCheck } from './self-check.ts';

export interface DemoOptions {
  /** Check everything, remove it again and end. */
  readonly exit?: boolean;
  readonly yes?: boolean;
  readonly runtime: 'docker' | 'sim';
  readonly progress: ProgressMode;
  /** Asks a person; `undefined` where nobody is there to answer. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/**
 * The demo from start to end. Whatever it made is removed again, also when a step fails or a person stops it. Resolves
 * with 0, with 1 when something did not come out as it should, or with 130 when it was interrupted before it was ready.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const terminal = createTerminal(process.stdout);
  const progress = new Progress({ terminal, clock: linuxClock, mode: options.progress });
  const say = (line: string) => progress.note(line);
  const stop = listenForStop();
  let engine: DockerAccess | undefined;
  let world: DemoWorld | undefined;
  let code: number = EXIT.ok;
  try {
    if (options.runtime === 'docker') engine = await prepareEngine(options, say);
    stop.check();
    world = await DemoWorld.open({ runtime: options.runtime, say, onShutdown: stop.stop });
    world.box.onEvent(progress.onEvent);
    await world.start(stop);
    if (options.exit === true) {
      code = await runSelfCheck({ world, terminal, stop });
    } else {
      const urls = options.runtime === 'docker' ? await findAnsweringUrls(world.candidateUrls, 10_000) : [];
      terminal.write(formatNextSteps(world, urls, terminal));
      await stop.stopped;
    }
  } catch (error) {
    if (!(error instanceof DemoStopped)) throw error;
    code = EXIT.interrupted;
  } finally {
    const left = await world?.remove();
    await engine?.stop();
    progress.stop();
    if (left !== undefined) code = reportRemoval(left, terminal, code);
  }
  return code;
}

async function prepareEngine(options: DemoOptions, say: (line: string) => void): Promise<DockerAccess> {
  const engine = await ensureDocker({ yes: options.yes === true, ask: options.ask, say });
  say(`Docker answers on ${engine.socketPath}`);
  process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`;
  await ensureDemoImage({ socketPath: engine.socketPath, say });
  say(`the image ${DEMO_IMAGE} is there`);
  return engine;
}

function reportRemoval(left: readonly string[], terminal: ReturnType<typeof createTerminal>, code: number): number {
  if (left.length === 0) {
    terminal.write(`${terminal.style('green', '✔')} everything that the demo made is removed\n`);
    return code;
  }
  for (const item of left) terminal.write(`${terminal.style('red', '✗')} left behind: ${item}\n`);
  return EXIT.error;
}

/** What a person or `berth down` does to end the demo. */
export interface StopRequest {
  readonly stopped: Promise<void>;
  readonly stop: () => void;
  /** Throws `DemoStopped` once the end was asked for. */
  readonly check: () => void;
}

/**
 * The first Ctrl-C, or the terminal that is closed, removes everything in order, a second one ends the process at once.
 */
function listenForStop(): StopRequest {
  let isStopped = false;
  let resolveStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    resolveStopped = resolve;
  });
  const stop = () => {
    isStopped = true;
    resolveStopped();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopped) process.exit(EXIT.interrupted);
      stop();
    });
  }
  const check = () => {
    if (isStopped) throw new DemoStopped();
  };
  return { stopped, stop, check };
}
