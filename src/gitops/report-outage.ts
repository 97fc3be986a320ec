import { BerthError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

/**
 * What becomes of an error that ends work which nobody waits for. Without a bug only the store can cause one, by a disk
 * that fails: it has told the composition root, which ends the process in order. Everything else is a bug and stays
 * unhandled, so that the process stops loudly.
 */
export function reportOutage(logger: Logger): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof BerthError)) throw error;
    logger.error('work in the background ended', { error: error.message });
  };
}
