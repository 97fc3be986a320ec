import { RuntimeError, type RuntimeErrorReason } from '../runtime.ts';

/** What a request was for: the same status means different things. */
/**
 * `measure` is a question that an engine may walk over files for: one that takes long does not mean that it is away.
 */
export type RequestPurpose = 'query' | 'measure' | 'create' | 'start' | 'pull' | 'change';

type Rule = readonly [pattern: RegExp, reason: RuntimeErrorReason];

/** Texts of the engine and of registries, as they pass through the engine; the first match decides. */
const PULL_RULES: readonly Rule[] = [
  [/manifest unknown|manifest for .* not found|name unknown|repository .* not found|no such image/i, 'ImageNotFound'],
  [/unauthorized|denied\b|no basic auth credentials|authentication required|forbidden/i, 'ImageUnauthorized'],
  [
    /invalid reference format|invalid tag format|no matching manifest|unsupported media type|verification failed/i,
    'ImageInvalid',
  ],
  [
    /unsupported manifest|unknown blob|invalid manifest|exec format|does not match the specified platform/i,
    'ImageInvalid',
  ],
  [
    /no such host|server misbehaving|temporary failure in name resolution|connection re(fused|set)|no route/i,
    'RegistryUnavailable',
  ],
  [
    /network is unreachable|timeout|deadline exceeded|request canceled|\bEOF\b|x509|certificate|tls:/i,
    'RegistryUnavailable',
  ],
  [
    /HTTP response to HTTPS|toomanyrequests|too many requests|unexpected status|received unexpected HTTP/i,
    'RegistryUnavailable',
  ],
  [/not found|does not exist/i, 'ImageNotFound'],
];

const CREATE_AND_START_RULES: readonly Rule[] = [
  [/port is already allocated|address already in use/i, 'PortInUse'],
  [/no such image/i, 'ImageNotFound'],
  // A sandbox to join that is gone is a 400 to some engines and a 404 to others.
  [/no such container/i, 'NotFound'],
];

/** The reason of an answer that is not a success. */
export function classifyResponse(status: number, message: string, purpose: RequestPurpose): RuntimeErrorReason {
  if (purpose === 'pull') return classifyPullMessage(message);
  if (purpose === 'create' || purpose === 'start') {
    const known = CREATE_AND_START_RULES.find(([pattern]) => pattern.test(message));
    if (known !== undefined) return known[1];
  }
  if (purpose === 'start') return 'StartFailed';
  if (status === 404) return 'NotFound';
  if (status === 409) return 'Conflict';
  if (status === 403) return 'Forbidden';
  if (status === 400) return 'InvalidSpec';
  return 'Unknown';
}

/** The reason of a failed pull, from the one text that the engine passes on. */
export function classifyPullMessage(message: string): RuntimeErrorReason {
  return PULL_RULES.find(([pattern]) => pattern.test(message))?.[1] ?? 'Unknown';
}

/**
 * One line of the engine's words without what differs from box to box or must not be seen: addresses, users and queries
 * of URLs (which may be signed), and tokens.
 */
export function cleanEngineMessage(message: string): string {
  return message
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/(\w+:\/\/)[^\s/@"']*@/g, '$1')
    .replace(/(\w+:\/\/[^\s?"']*)\?[^\s"']*/g, '$1')
    .replace(/\b(bearer|basic) [\w.~+/=-]+/gi, '$1 …')
    .replace(/\b(dial|read|write) (tcp|udp)[46]? [^\s,]+?: /g, '$1 $2: ')
    .replace(/\b(lookup \S+) on \S+?: /g, '$1: ')
    .slice(0, 1_000);
}

/** The error for an answer that is not a success. */
export function engineResponseError(status: number, message: string, purpose: RequestPurpose): RuntimeError {
  const text = cleanEngineMessage(message) || `the engine answered with status ${status}`;
  return new RuntimeError(classifyResponse(status, message, purpose), text);
}
