import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Judges requests by the token that they bring: `Authorization: Bearer <token>` (RFC 6750 section 2.1). Digests are
 * compared, so that the time it takes tells nothing of the token, not even its length.
 */
export function tokenCheck(token: string): (request: IncomingMessage) => boolean {
  const expected = digestOf(token);
  return ({ headers }) => {
    const [, sent] = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? [];
    return sent !== undefined && timingSafeEqual(digestOf(sent), expected);
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
