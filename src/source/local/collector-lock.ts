import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, sleep } from '../../lib/clock.ts';

/** `git gc` itself takes an older lock for left behind. */
const STALE_MS = 12 * 60 * 60 * 1000;
const POLL_MS = 20;
/** By default gc removes only what is two weeks old, so after this long it is no longer waited for. */
const PATIENCE_MS = 30_000;

/**
 * Runs `write` while no `git gc` runs in the repository, again if one began meanwhile.
 *
 * A `git gc --prune=now` removes objects that no ref reaches yet: between writing a commit and moving its branch that
 * would leave a branch on nothing, and pushes of others would fail for it. Gc announces itself in `gc.pid` well before
 * it prunes, so what is moved right after this returns is seen by it.
 */
export async function writeBetweenCollections(
  gitDirectory: string,
  clock: Clock,
  write: () => Promise<void>,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    while ((await isCollecting(gitDirectory, clock)) && clock.monotonicMs() < deadlineMs) await sleep(clock, POLL_MS);
    await write();
    if (clock.monotonicMs() >= deadlineMs || !(await isCollecting(gitDirectory, clock))) return;
  }
}

/** Whether `gc.pid` (`<pid> <host>`) names a process that may be running. */
async function isCollecting(gitDirectory: string, clock: Clock): Promise<boolean> {
  const path = join(gitDirectory, 'gc.pid');
  const [text, stats] = await Promise.all([
    readFile(path, 'utf8').catch(() => undefined),
    stat(path).catch(() => undefined),
  ]);
  if (text === undefined || stats === undefined || clock.wallMs() - stats.mtimeMs > STALE_MS) return false;
  const [, pid, host] = /^(\d+) (\S+)/.exec(text) ?? [];
  return pid === undefined || host !== hostname() || isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
