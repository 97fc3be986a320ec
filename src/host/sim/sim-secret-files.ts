import { BerthError } from '../../lib/errors.ts';
import type { SecretFileProblem, SecretFiles, SecretFolder, SecretListing } from '../secret-files.ts';

/**
 * The secrets directory of a simulated machine, which outlives the processes that read it. The other methods are the
 * hand of who keeps it.
 */
export class SimSecretDirectory {
  readonly #folders = new Map<string, SecretFolder>();
  readonly #problems = new Map<string, SecretFileProblem>();
  #isSafe = true;
  /** Who looks now; of an earlier process nobody is left to be told. */
  #onChange: () => void = () => {};

  put(folder: SecretFolder): void {
    this.#folders.set(pathOf(folder), folder);
    this.#onChange();
  }

  remove(namespace: string, name: string): void {
    this.#folders.delete(pathOf({ namespace, name }));
    this.#onChange();
  }

  /** Lets one folder be read or not. */
  setReadable(namespace: string, name: string, isReadable: boolean): void {
    const path = pathOf({ namespace, name });
    if (isReadable) this.#problems.delete(path);
    else this.#problems.set(path, { path: `/secrets/${path}`, message: 'can be read by others' });
    this.#onChange();
  }

  /** Lets the directory as a whole be used or not. */
  setSafe(isSafe: boolean): void {
    this.#isSafe = isSafe;
    this.#onChange();
  }

  /** For one process. */
  open(): SecretFiles {
    return {
      read: async () => this.#read(),
      watch: async (onChange) => {
        this.#onChange = onChange;
        return () => {};
      },
    };
  }

  #read(): SecretListing {
    if (!this.#isSafe) {
      const detail = 'the secrets directory cannot be used: it can be written to by others';
      throw new BerthError('ConfigInvalid', { object: '/secrets', verb: 'read', detail, help: 'give it mode 0700' });
    }
    const paths = [...this.#folders.keys()].sort().filter((path) => !this.#problems.has(path));
    const folders = paths.flatMap((path) => this.#folders.get(path) ?? []);
    return { folders, problems: [...this.#problems.values()] };
  }
}

function pathOf({ namespace, name }: Pick<SecretFolder, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
