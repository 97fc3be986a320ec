/** What the registry, the validator and the command line know of one kind. */
export interface KindInfo {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whether `status` is a subresource of its own. */
  readonly hasStatus: boolean;
  readonly hasScale: boolean;
  /**
   * `implemented`: Berth runs it. `inert`: stored and shown, with a warning that nothing acts on it yet. `refused`: an error, because
   * ignoring it would be dangerous or misleading.
   */
  readonly support: 'implemented' | 'inert' | 'refused';
}
