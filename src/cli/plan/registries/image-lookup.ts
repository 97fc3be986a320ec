/** What a registry says of an image. */
export interface FoundImage {
  readonly found: 'yes' | 'no' | 'unauthorized' | 'unknown';
  readonly digest?: string;
  /** Why it is unknown, as a clause without addresses or secrets. */
  readonly detail?: string;
}

/** Asks registries about images; never rejects. */
export type ImageLookup = (images: readonly string[]) => Promise<ReadonlyMap<string, FoundImage>>;
