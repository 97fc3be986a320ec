/** One Secret that lies on the machine: a folder `<namespace>/<name>` with a file for each key. */
export interface SecretFolder {
  readonly namespace: string;
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A file or folder that cannot be used, and why: a clause that never tells of the content. */
export interface SecretFileProblem {
  /** Absolute. */
  readonly path: string;
  readonly message: string;
}

export interface SecretListing {
  /** Sorted by namespace and name. Of a folder with a problem there is nothing. */
  readonly folders: readonly SecretFolder[];
  readonly problems: readonly SecretFileProblem[];
}

/** A folder of the machine that only its owner can read, as a source of Secrets. */
export interface SecretFiles {
  /** Rejects when the folder as a whole is not there or not safe, which says nothing of what was in it. */
  read(): Promise<SecretListing>;
  /** Calls back when anything in it may have changed. Resolves to what ends it. */
  watch(onChange: () => void): Promise<() => void | Promise<void>>;
}
