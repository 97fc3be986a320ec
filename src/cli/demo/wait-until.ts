import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;

/** Asks again until there is an answer; `undefined` when there is none in time. `check` may throw to end it early. */
export async function waitUntil<T>(
  timeoutMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
  check: () => void = () => {},
): Promise<T | undefined> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    check();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= endMs) return undefined;
    await delay(POLL_MS);
  }
}
