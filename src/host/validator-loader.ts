import type { ModelValidators } from '../manifests/index.ts';

/**
 * The port to the generated validators of Kubernetes' kinds. Loading is asynchronous and costs some milliseconds for
 * each kind, so that the shell loads what a commit has and pure code asks `validators` afterwards.
 */
export interface ValidatorLoader {
  /** What is loaded by now: the same object all the time, which knows more after each `load`. */
  readonly validators: ModelValidators;
  /** Loads validators; a kind that has none is remembered as such. Rejects only when the installation is broken. */
  load(kinds: readonly { readonly apiVersion: string; readonly kind: string }[]): Promise<void>;
}
