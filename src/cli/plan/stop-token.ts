import { randomBytes } from 'node:crypto';

/** A word that nobody can have written into a manifest, to stop the workflow commands of a job with. */
export function newStopToken(): string {
  return randomBytes(16).toString('hex');
}
