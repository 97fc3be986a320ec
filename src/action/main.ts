import { LIMITS } from '../lib/limits.ts';
import { runAction } from './run-action.ts';
import { createRunner } from './runner.ts';
import { startWatchdog } from './watchdog.ts';

/** The program of `action.yml`. */
const runner = createRunner(process.env);
startWatchdog({ ms: LIMITS.actionMs, memoryBytes: LIMITS.actionMemoryBytes });
try {
  process.exitCode = await runAction(runner);
} catch (error) {
  // A bug. Its stack names files of the bundle and nothing of the repository; the message may hold text from there.
  runner.error(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    'a bug in Berth: please report it',
  );
  process.exitCode = 1;
}
