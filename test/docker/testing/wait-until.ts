const POLL_MS = 20;

/**
 * Asks again until the answer is neither `undefined` nor `false`, and returns it. The limit is generous, because other tests may share the
 * machine; `describe` says what was there instead when it is reached.
 */
export async function waitUntil<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly withinMs?: number; readonly describe?: () => unknown } = {},
): Promise<T> {
  const { withinMs = 60_000, describe } = options;
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > endMs) {
      const found = describe === undefined ? '' : `; there is ${JSON.stringify(await describe(), null, 1)}`;
      throw new Error(`not within ${withinMs} ms: ${what}${found}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
