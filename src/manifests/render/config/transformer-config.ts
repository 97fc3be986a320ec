import { RenderError } from '../problems.ts';
import { compareGvk, type Gvk, gvkEqual, isSelected } from '../resources/gvk.ts';
import type { FieldSpec } from './field-spec.ts';

/** Which fields hold the name of an object of one kind. */
export interface NameReference {
  readonly gvk: Gvk;
  readonly referrers: readonly FieldSpec[];
}

/** The fields that each transformer changes: kustomize's own and those of `configurations` and `crds`. */
export interface TransformerConfig {
  readonly namePrefix: readonly FieldSpec[];
  readonly nameSuffix: readonly FieldSpec[];
  readonly namespace: readonly FieldSpec[];
  readonly commonLabels: readonly FieldSpec[];
  readonly labels: readonly FieldSpec[];
  readonly templateLabels: readonly FieldSpec[];
  readonly commonAnnotations: readonly FieldSpec[];
  readonly nameReference: readonly NameReference[];
  readonly varReference: readonly FieldSpec[];
  readonly images: readonly FieldSpec[];
  readonly replicas: readonly FieldSpec[];
}

export type FieldSpecLists = Omit<TransformerConfig, 'nameReference'>;

/** Makes each list of field specs. */
export function makeLists(make: (list: keyof FieldSpecLists) => readonly FieldSpec[]): FieldSpecLists {
  return {
    namePrefix: make('namePrefix'),
    nameSuffix: make('nameSuffix'),
    namespace: make('namespace'),
    commonLabels: make('commonLabels'),
    labels: make('labels'),
    templateLabels: make('templateLabels'),
    commonAnnotations: make('commonAnnotations'),
    varReference: make('varReference'),
    images: make('images'),
    replicas: make('replicas'),
  };
}

export const EMPTY_CONFIG: TransformerConfig = { ...makeLists(() => []), nameReference: [] };

/** Adds field specs. One that is there already is passed over; one that differs only in `create` is an error. */
export function mergeFieldSpecs(own: readonly FieldSpec[], added: readonly FieldSpec[]): readonly FieldSpec[] {
  if (added.length === 0 || own === added) return own;
  const merged = [...own];
  const byPath = new Map<string, FieldSpec[]>();
  for (const spec of own) addTo(byPath, spec);
  for (const spec of added) {
    const same = byPath.get(spec.path)?.find((other) => isSelected(other.gvk, spec.gvk));
    if (same === undefined) {
      merged.push(spec);
      addTo(byPath, spec);
    } else if (same.create !== spec.create) {
      throw new RenderError('KustomizationInvalid', `the field spec ${spec.path} conflicts with one that is there`, {
        help: `set create: ${same.create}, or name the kind`,
      });
    }
  }
  return merged.length === own.length ? own : merged;
}

function addTo(byPath: Map<string, FieldSpec[]>, spec: FieldSpec): void {
  const list = byPath.get(spec.path);
  if (list === undefined) byPath.set(spec.path, [spec]);
  else list.push(spec);
}

export function mergeConfigs(own: TransformerConfig, added: TransformerConfig): TransformerConfig {
  if (own === added || added === EMPTY_CONFIG) return own;
  if (own === EMPTY_CONFIG) return added;
  return {
    ...makeLists((list) => sortSpecs(mergeFieldSpecs(own[list], added[list]))),
    nameReference: mergeReferences(own, added),
  };
}

function mergeReferences(own: TransformerConfig, added: TransformerConfig): readonly NameReference[] {
  let merged = own.nameReference;
  for (const reference of added.nameReference) {
    const index = merged.findIndex(({ gvk }) => gvkEqual(gvk, reference.gvk));
    const same = merged[index];
    if (same === undefined) merged = [...merged, reference];
    else merged = merged.with(index, { ...same, referrers: mergeFieldSpecs(same.referrers, reference.referrers) });
  }
  return [...merged].sort((a, b) => compareGvk(a.gvk, b.gvk));
}

/** By kind, as kustomize orders them. */
function sortSpecs(specs: readonly FieldSpec[]): readonly FieldSpec[] {
  return [...specs].sort((a, b) => compareGvk(a.gvk, b.gvk));
}
