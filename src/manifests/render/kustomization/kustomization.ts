import type { HelmChart } from '../charts/helm-charts.ts';
import type { FieldSpec } from '../config/field-spec.ts';
import type { Node } from '../nodes/node.ts';
import type { Gvk } from '../resources/gvk.ts';
import type { GenerationBehavior } from '../resources/resource.ts';

/** A value of a kustomization with the node it was read from, which knows the place. */
export interface Located<T> {
  readonly value: T;
  readonly at: Node;
}

/**
 * Which objects are meant; a field that is empty means all. Names are regular expressions in patches, plain in
 * replacements.
 */
export interface Selector {
  readonly gvk: Gvk;
  readonly name: string;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly annotationSelector: string;
}

export interface Patch {
  readonly path: string;
  readonly patch: string;
  /** The node of `patch`, for places inside of it. */
  readonly patchNode: Node | undefined;
  readonly target: Selector | undefined;
  readonly options: { readonly allowNameChange: boolean; readonly allowKindChange: boolean };
  readonly at: Node;
}

export interface LabelRule {
  readonly pairs: ReadonlyMap<string, Located<string>>;
  readonly includeSelectors: boolean;
  readonly includeTemplates: boolean;
  readonly fields: readonly FieldSpec[];
  readonly at: Node;
}

export interface Image {
  readonly name: string;
  readonly newName: string;
  readonly newTag: string;
  readonly tagSuffix: string;
  readonly digest: string;
  readonly at: Node;
}

export interface Replica {
  readonly name: string;
  readonly count: number;
  readonly at: Node;
}

export interface GeneratorOptions {
  readonly labels: ReadonlyMap<string, Located<string>>;
  readonly annotations: ReadonlyMap<string, Located<string>>;
  readonly disableNameSuffixHash: boolean;
  readonly immutable: boolean;
}

export interface GeneratorArgs {
  readonly name: string;
  readonly namespace: string;
  readonly behavior: GenerationBehavior;
  readonly literals: readonly Located<string>[];
  readonly files: readonly Located<string>[];
  readonly envs: readonly Located<string>[];
  readonly options: GeneratorOptions | undefined;
  /** Of a Secret. */
  readonly type: string;
  readonly at: Node;
}

export interface FieldOptions {
  readonly delimiter: string;
  readonly index: number;
  readonly create: boolean;
}

export interface ReplacementSource extends Omit<Selector, 'labelSelector' | 'annotationSelector'> {
  readonly fieldPath: string;
  readonly options: FieldOptions | undefined;
}

export interface ReplacementTarget {
  readonly select: Selector | undefined;
  readonly reject: readonly Selector[];
  readonly fieldPaths: readonly string[];
  readonly options: FieldOptions | undefined;
  readonly at: Node;
}

export interface Replacement {
  readonly source: ReplacementSource | undefined;
  readonly targets: readonly ReplacementTarget[] | undefined;
  /** A file with one replacement or a list of them. */
  readonly path: string;
  readonly at: Node;
}

export interface Var {
  readonly name: string;
  readonly gvk: Gvk;
  readonly objectName: string;
  readonly namespace: string;
  readonly fieldPath: string;
  readonly at: Node;
}

export interface SortOptions {
  readonly order: string;
  readonly orderFirst: readonly string[] | undefined;
  readonly orderLast: readonly string[] | undefined;
  readonly at: Node;
}

/** A `kustomization.yaml` as it was read, old fields moved to their successors. */
export interface Kustomization {
  readonly kind: 'Kustomization' | 'Component';
  readonly resources: readonly Located<string>[];
  readonly components: readonly Located<string>[];
  readonly crds: readonly Located<string>[];
  readonly configurations: readonly Located<string>[];
  readonly generators: readonly Located<string>[];
  readonly transformers: readonly Located<string>[];
  readonly validators: readonly Located<string>[];
  readonly namePrefix: Located<string> | undefined;
  readonly nameSuffix: Located<string> | undefined;
  readonly namespace: Located<string> | undefined;
  readonly commonLabels: ReadonlyMap<string, Located<string>>;
  readonly labels: readonly LabelRule[];
  readonly commonAnnotations: ReadonlyMap<string, Located<string>>;
  readonly patchesStrategicMerge: readonly Located<string>[];
  readonly patchesJson6902: readonly Patch[];
  readonly patches: readonly Patch[];
  readonly images: readonly Image[];
  readonly replicas: readonly Replica[];
  readonly replacements: readonly Replacement[];
  readonly vars: readonly Var[];
  readonly configMapGenerator: readonly GeneratorArgs[];
  readonly secretGenerator: readonly GeneratorArgs[];
  readonly generatorOptions: GeneratorOptions | undefined;
  readonly helmCharts: readonly HelmChart[];
  readonly chartHome: string | undefined;
  /** `helmChartInflationGenerator`, which came before `helmCharts`. */
  readonly oldHelmCharts: readonly Node[];
  readonly openapi: { readonly path: Located<string> | undefined; readonly version: Located<string> | undefined };
  readonly sortOptions: SortOptions | undefined;
  readonly buildMetadata: readonly string[];
}
