/**
 * An exchange that was ended by a rule of Berth's. The message is a clause that names neither an address nor a secret.
 */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

/** What Node's codes say of a connection, in words that may stand in a public place. */
const CONNECTION_FAILURES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens at its address'],
  ['ECONNRESET', 'it ended the connection'],
  ['EPIPE', 'it ended the connection'],
  ['ENOTFOUND', 'its name is not known'],
  ['EAI_AGAIN', 'its name could not be looked up'],
  ['ETIMEDOUT', 'its address does not answer'],
  ['EHOSTUNREACH', 'there is no way to its address'],
  ['ENETUNREACH', 'there is no way to its address'],
  ['EPROTO', 'it does not speak TLS'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is not trusted'],
]);

/**
 * Why an exchange failed, as a clause without addresses and secrets: Node's own messages name both
 * (`connect ECONNREFUSED 10.1.2.3:5000`). `patienceMs` is what the asker's own signal waits.
 */
export function describeExchangeFailure(error: unknown, patienceMs: number): string {
  if (error instanceof ExchangeError) return error.message;
  const { name, code, cause } = readError(error);
  if (name === 'TimeoutError' || readError(cause).name === 'TimeoutError')
    return `no answer within ${patienceMs / 1_000} s`;
  if (name === 'AbortError') return 'it was given up';
  const words = CONNECTION_FAILURES.get(code) ?? 'the connection failed';
  return /^[A-Z][A-Z0-9_]*$/.test(code) ? `${words} (${code})` : words;
}

function readError(error: unknown): { readonly name: string; readonly code: string; readonly cause: unknown } {
  if (!(error instanceof Error)) return { name: '', code: '', cause: undefined };
  return { name: error.name, code: 'code' in error ? String(error.code) : '', cause: error.cause };
}
