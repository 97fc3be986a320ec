import type { IncomingMessage } from 'node:http';
import { parseImageReference } from '../image-reference.ts';
import { type PullOptions, type RegistryCredentials, RuntimeError } from '../runtime.ts';
import type { EngineConnection } from './engine-connection.ts';
import { classifyPullMessage, cleanEngineMessage } from './engine-errors.ts';
import { textAt } from './json-path.ts';

/** A pull that tells of no progress for so long is given up; the engine keeps the layers that it has. */
const PULL_STALL_MS = 120_000;
const LINE_CHARACTERS_MAX = 1024 * 1024;

/**
 * Pulls with each of the credentials in turn, anonymously when there are none. A registry that refuses, or that denies
 * having the image, may answer otherwise to the next ones; any other failure is final. The last answer is the one that
 * is reported.
 */
export async function pullImage(engine: EngineConnection, image: string, options: PullOptions): Promise<void> {
  const attempts = options.credentials.length === 0 ? [undefined] : options.credentials;
  let refusal: unknown;
  for (const credentials of attempts) {
    try {
      return await pullOnce(engine, image, credentials, options);
    } catch (error) {
      const mayDiffer = error instanceof RuntimeError && ['ImageUnauthorized', 'ImageNotFound'].includes(error.reason);
      if (!mayDiffer) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

async function pullOnce(
  engine: EngineConnection,
  image: string,
  credentials: RegistryCredentials | undefined,
  options: PullOptions,
): Promise<void> {
  const reference = parseImageReference(image);
  if (reference === undefined) throw new RuntimeError('ImageInvalid', `invalid reference format: "${image}"`);
  const response = await engine.stream({
    method: 'POST',
    path: '/images/create',
    query: {
      fromImage: `${reference.registry}/${reference.repository}`,
      // Without a tag the engine would pull all of them.
      tag: reference.digest ?? reference.tag ?? 'latest',
    },
    ...(credentials === undefined
      ? {}
      : { headers: { 'X-Registry-Auth': encodeCredentials(credentials, reference.registry) } }),
    purpose: 'pull',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await readProgress(response, options);
}

/** The engine reads the header as JSON in URL-safe base64. */
function encodeCredentials(credentials: RegistryCredentials, registry: string): string {
  const { username, password, identityToken } = credentials;
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const auth = identityToken === undefined ? { username, password } : { identitytoken: identityToken };
  const encoded = Buffer.from(JSON.stringify({ ...auth, serveraddress })).toString('base64');
  // Go's decoder of this header wants the padding that Node's `base64url` leaves out.
  return encoded.replaceAll('+', '-').replaceAll('/', '_');
}

/** Reads the engine's progress, one JSON object per line, to its end. A failure is one of the lines. */
async function readProgress(response: IncomingMessage, options: PullOptions): Promise<void> {
  const abort = () => response.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  let hasStalled = false;
  const stall = setTimeout(() => {
    hasStalled = true;
    response.destroy();
  }, PULL_STALL_MS);
  try {
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      stall.refresh();
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE_CHARACTERS_MAX) throw new RuntimeError('Unknown', 'the engine sent a line without an end');
      for (const line of lines) noteProgress(line, options);
    }
    noteProgress(rest, options);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (error instanceof RuntimeError) throw error;
    if (hasStalled)
      throw new RuntimeError('RegistryUnavailable', `no progress of the pull for ${PULL_STALL_MS / 1000} s`, error);
    throw new RuntimeError('EngineUnavailable', 'the engine broke the pull off', error);
  } finally {
    clearTimeout(stall);
    options.signal?.removeEventListener('abort', abort);
  }
}

function noteProgress(line: string, options: PullOptions): void {
  if (line.trim() === '') return;
  const message: unknown = JSON.parse(line);
  const failure = textAt(message, 'errorDetail', 'message') || textAt(message, 'error');
  if (failure !== '') throw new RuntimeError(classifyPullMessage(failure), cleanEngineMessage(failure));
  const text = [textAt(message, 'id'), textAt(message, 'status'), textAt(message, 'progress')].filter(
    (part) => part !== '',
  );
  if (text.length > 0) options.onProgress?.(text.join(' '));
}
