/** How a chart is rendered: what `helm template` takes as options. */
export interface ChartOptions {
  readonly releaseName: string;
  /** What `.Release.Namespace` says; empty for "default". */
  readonly namespace: string;
  readonly nameTemplate: string;
  readonly includeCRDs: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** A chart that has to be rendered by helm before rendering can go on. */
export interface ChartRequest {
  /** Equal for requests that render alike: made of the ids of the chart and its values, and of the options. */
  readonly key: string;
  /** The chart's folder in the repository. */
  readonly folder: string;
  /** Everything in it, by paths from the folder. Only blobs: a chart with a link is refused. */
  readonly files: readonly { readonly path: string; readonly id: string }[];
  /** Values, a later one wins: files of the repository, or text. */
  readonly values: readonly ({ readonly id: string } | { readonly text: string })[];
  readonly options: ChartOptions;
}

/** What came of it. `isRetryable`: the same request may end otherwise later, as when helm is installed. */
export type ChartResult =
  | { readonly type: 'rendered'; readonly text: string }
  | {
      readonly type: 'failed';
      readonly code: 'ChartFailed' | 'HelmMissing' | 'LimitExceeded';
      readonly isRetryable: boolean;
      readonly message: string;
      readonly help: string;
    };
