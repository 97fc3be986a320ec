import { waitUntil } from './wait-until.ts';

const FETCH_TIMEOUT_MS = 2_000;

/** The text of a page; `undefined` when nobody answers with one. */
export async function fetchPage(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      // Each look is a connection of its own: a kept one would go on to the same pod.
      headers: { connection: 'close' },
    });
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Those of the URLs that answer with a page. */
export async function findAnsweringUrls(urls: readonly string[], timeoutMs: number): Promise<readonly string[]> {
  const answers = await Promise.all(
    urls.map(async (url) => {
      const page = await waitUntil(timeoutMs, () => fetchPage(url));
      return page === undefined ? [] : [url];
    }),
  );
  return answers.flat();
}
