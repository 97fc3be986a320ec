/**
 * Results that took work, kept beyond the process. It may forget anything at any time, and never fails: what cannot be
 * read or written is as if it had never been there. Nothing secret may be put into it.
 */
export interface ResultCache {
  get(key: string): Promise<Uint8Array | undefined>;
  /**
   * Takes the place of what was there for the key. What was not used for longest goes when all together are too large.
   */
  set(key: string, bytes: Uint8Array): Promise<void>;
}

/** How full a cache is left when it has to forget, so that it does not have to again at once. */
export const LEFT_AFTER_DROP = 0.8;
