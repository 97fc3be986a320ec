import type { DataKeyResult, WrappedKey } from '../manifests/decrypt/index.ts';

/**
 * The secret keys of this machine. They come from its own configuration, never from Git, and never leave this port:
 * what comes out are the keys of single files.
 */
export interface DataKeys {
  /** The key that one of the wrapped ones holds. Never rejects. */
  unwrap(keys: readonly WrappedKey[]): Promise<DataKeyResult>;
  /** Calls back whenever the machine's keys may have changed. Resolves to what ends it. */
  watch(onChange: () => void): Promise<() => void | Promise<void>>;
}

/** A machine without keys. */
export const noDataKeys: DataKeys = {
  unwrap: (keys) => Promise.resolve(noKeyFor(keys)),
  watch: () => Promise.resolve(() => {}),
};

/** Where a change is judged by somebody who may not have the keys, such as a job of a pull request. */
export const withheldDataKeys: DataKeys = {
  unwrap: () => Promise.resolve({ type: 'withheld' }),
  watch: () => Promise.resolve(() => {}),
};

function noKeyFor(keys: readonly WrappedKey[]): DataKeyResult {
  return {
    type: 'missing',
    message: `the file is encrypted for ${recipientsOf(keys)}, and this box has no key`,
    help: 'put the age key of one of them on the box and name its file with ageKeyFile in the configuration of the box',
  };
}

export function recipientsOf(keys: readonly WrappedKey[]): string {
  return keys.map(({ recipient }) => recipient).join(' and ');
}
