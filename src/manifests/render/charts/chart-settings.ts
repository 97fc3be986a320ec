import type { Located } from '../kustomization/kustomization.ts';
import type { MapNode, Node } from '../nodes/node.ts';

/** How the chart of an application is rendered, as its `berth.yaml` says it. */
export interface ChartSettings {
  /** Where they are written; undefined when they are not. */
  readonly at: Node | undefined;
  /** The application's name where none is given. */
  readonly releaseName: Located<string> | undefined;
  readonly namespace: Located<string> | undefined;
  /** Paths from the application's folder; a later file wins. The chart's own `values.yaml` comes before them. */
  readonly valuesFiles: readonly Located<string>[];
  /** Values written here win over all files. */
  readonly values: MapNode | undefined;
  /** Whether the objects of `crds/` are rendered, too. */
  readonly includeCRDs: boolean;
  readonly skipHooks: boolean;
  /** True where nothing is said: nobody runs `helm test` here. */
  readonly skipTests: boolean;
  /** What `.Capabilities` says. */
  readonly kubeVersion: Located<string> | undefined;
  readonly apiVersions: readonly Located<string>[];
}
