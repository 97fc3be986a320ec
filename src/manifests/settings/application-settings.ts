import type { ChartSettings, Located, Node } from '../render/index.ts';

/**
 * The file in an application's folder that says how it is rendered. It is read from Git, so that a plan of a pull
 * request knows it, too.
 */
export const SETTINGS_FILE = 'berth.yaml';
export const SETTINGS_API_VERSION = 'berth.dev/v1alpha1';
export const SETTINGS_KIND = 'Application';

/** What `berth.yaml` says. Each value knows its place. */
export interface ApplicationSettings {
  /** How the folder's chart is rendered, where it is one. */
  readonly helm: ChartSettings;
  /** `${name}` in rendered objects, as Flux' `postBuild.substitute`. */
  readonly substitute: ReadonlyMap<string, Located<string>>;
  /**
   * Where more of them come from, as Flux' `postBuild.substituteFrom`; later ones win over earlier, `substitute` over
   * all.
   */
  readonly substituteFrom: readonly SubstituteReference[];
  readonly decryption: DecryptionSettings | undefined;
  /** Whether objects are deleted and made anew where a field may not change, as Flux' `spec.force`. */
  readonly force: boolean;
}

/** A ConfigMap or Secret whose data are variables. */
export interface SubstituteReference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: Located<string>;
  /** `default` where none is written. */
  readonly namespace: string;
  /** Whether it may be missing. */
  readonly optional: boolean;
}

export interface DecryptionSettings {
  readonly provider: 'sops';
  readonly at: Node;
}

export const NO_SETTINGS: ApplicationSettings = {
  helm: {
    at: undefined,
    releaseName: undefined,
    namespace: undefined,
    valuesFiles: [],
    values: undefined,
    includeCRDs: true,
    skipHooks: false,
    skipTests: true,
    kubeVersion: undefined,
    apiVersions: [],
  },
  substitute: new Map(),
  substituteFrom: [],
  decryption: undefined,
  force: false,
};
