import type { ModelError, ModelValidator, ModelValidators } from '../../manifests/index.ts';
import type { ValidatorLoader } from '../validator-loader.ts';
import { indexModelFiles, type ModelFile } from './model-files.ts';

/** A model class of `kubernetes-models`: its `validate` reads `this` and throws an error that carries all problems. */
interface ModelClass {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: { validate(): void };
}

/**
 * Loads one file of the package `kubernetes-models` for each kind: the package's root would cost half a second and 70
 * MB.
 *
 * The files are found in an index of the package's own folder. What stands in a manifest is only ever a key of that
 * index and never becomes part of a path.
 */
export class ModelValidatorLoader implements ValidatorLoader {
  readonly #loaded = new Map<string, ModelValidator | null>();
  readonly validators: ModelValidators = {
    validatorOf: (apiVersion, kind) => this.#loaded.get(`${apiVersion}/${kind}`),
  };
  #index: Promise<ReadonlyMap<string, ModelFile>> | undefined;

  async load(kinds: readonly { readonly apiVersion: string; readonly kind: string }[]): Promise<void> {
    this.#index ??= indexModelFiles();
    const index = await this.#index;
    for (const { apiVersion, kind } of kinds) {
      const key = `${apiVersion}/${kind}`;
      if (this.#loaded.has(key)) continue;
      const file = index.get(key);
      this.#loaded.set(key, file === undefined ? null : await loadValidator(file, apiVersion, kind));
    }
  }
}

/** `null` for a file that holds a part of an object and no kind, such as `v1/Affinity`. */
async function loadValidator(load: ModelFile, apiVersion: string, kind: string): Promise<ModelValidator | null> {
  const module = await load();
  const model = module[kind];
  if (!isModelClass(model) || model.apiVersion !== apiVersion || model.kind !== kind) return null;
  const { validate } = model.prototype;
  return (object) => {
    try {
      validate.call(object);
      return [];
    } catch (error) {
      const errors: unknown = (error as { readonly errors?: unknown }).errors;
      if (!Array.isArray(errors)) throw error;
      return errors as readonly ModelError[];
    }
  };
}

function isModelClass(value: unknown): value is ModelClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && 'validate' in prototype;
}
