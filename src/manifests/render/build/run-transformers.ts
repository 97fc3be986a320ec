import type { FieldSpec } from '../config/field-spec.ts';
import { mergeFieldSpecs, type TransformerConfig } from '../config/transformer-config.ts';
import { FieldReader } from '../kustomization/field-reader.ts';
import type { LabelRule, Located, Patch, Replacement } from '../kustomization/kustomization.ts';
import { readReplacement } from '../kustomization/read-kustomization.ts';
import type { MapNode, Node } from '../nodes/node.ts';
import { RenderError } from '../problems.ts';
import { idOfNode } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import {
  applyJsonPatch,
  applyMergePatch,
  applyMergePatchTo,
  finishAnnotations,
  type MergePatchOptions,
} from '../transform/apply-patches.ts';
import { replaceValues } from '../transform/replace-values.ts';
import { selectResources } from '../transform/select-resources.ts';
import { setImage, setReplicas } from '../transform/set-images.ts';
import { addAffix, setEntries, setNamespace } from '../transform/set-metadata.ts';
import { PatchText, patchText, readPatchText } from './read-patch.ts';
import { originOf, type Target, type Workbench } from './target.ts';

/** One transformer of a kustomization: which field asks for it, and what it does. */
interface Step {
  /** As kustomize calls it in `transformerAnnotations`. */
  readonly transformer: string;
  readonly field: string;
  readonly at: Node;
  readonly run: (list: ResourceList) => void;
}

/**
 * Runs what a kustomization's own fields ask for, in kustomize's order. Stops after the first kind of transformer with
 * a problem.
 */
export function runTransformers(
  bench: Workbench,
  target: Target,
  list: ResourceList,
  config: TransformerConfig,
): boolean {
  let failed: string | undefined;
  const steps = stepsOf(bench, target, config);
  for (const [index, step] of steps.entries()) {
    if (failed !== undefined && failed !== step.transformer) return false;
    const isDone = bench.attempt(target, step.at, step.field, () => step.run(list));
    if (!isDone) failed = step.transformer;
    const isPartOfOne = AS_ONE.has(step.transformer) && steps[index + 1]?.transformer === step.transformer;
    if (!isPartOfOne) recordTransformation(list, target, step.transformer);
    list.dropDeleted();
  }
  return failed === undefined;
}

/**
 * Reads the patches without applying them, where there is nothing to apply them to: their own mistakes are reported all
 * the same.
 */
export function checkPatches(bench: Workbench, target: Target): void {
  const { patches, patchesJson6902, patchesStrategicMerge } = target.kustomization;
  for (const [index, path] of patchesStrategicMerge.entries()) {
    const field = `patchesStrategicMerge[${index}]`;
    bench.attempt(target, path.at, field, () => void readStrategicMerge(bench, target.folder, path));
  }
  for (const [field, list] of Object.entries({ patches, patchesJson6902 })) {
    for (const [index, patch] of list.entries()) {
      bench.attempt(target, patch.at, `${field}[${index}]`, () => {
        readPatchText(patchText(bench.reader, target.folder, patch, { isTrimmed: field === 'patches' }));
      });
    }
  }
}

/** All entries of these are one transformer to kustomize. */
const AS_ONE: ReadonlySet<string> = new Set(['PatchStrategicMergeTransformer', 'ReplacementTransformer']);

function recordTransformation(list: ResourceList, target: Target, transformer: string): void {
  const origin = originOf(target, transformer);
  if (origin === undefined) return;
  for (const resource of list.items) {
    const { state } = resource;
    resource.state =
      state.origin === undefined
        ? { ...state, origin }
        : { ...state, transformations: [...state.transformations, origin] };
    // To note it, kustomize writes all annotations anew.
    finishAnnotations(resource);
  }
}

function stepsOf(bench: Workbench, target: Target, config: TransformerConfig): readonly Step[] {
  const { kustomization } = target;
  return [
    ...mergeSteps(bench, target),
    ...kustomization.patches.map((patch, index) => ({
      transformer: 'PatchTransformer',
      field: `patches[${index}]`,
      at: patch.at,
      run: (list: ResourceList) => runPatch(bench, target.folder, list, patch),
    })),
    ...metadataSteps(target, config),
    ...kustomization.patchesJson6902.map((patch, index) => ({
      transformer: 'PatchJson6902Transformer',
      field: `patchesJson6902[${index}]`,
      at: patch.at,
      run: (list: ResourceList) => runJson6902(bench, target.folder, list, patch),
    })),
    ...kustomization.replicas.map((replica, index) => ({
      transformer: 'ReplicaCountTransformer',
      field: `replicas[${index}]`,
      at: replica.at,
      run: (list: ResourceList) => setReplicas(list, replica, config.replicas),
    })),
    ...kustomization.images.map((image, index) => ({
      transformer: 'ImageTagTransformer',
      field: `images[${index}]`,
      at: image.at,
      run: (list: ResourceList) => setImage(list, image, config.images),
    })),
    ...kustomization.replacements.map((replacement, index) => ({
      transformer: 'ReplacementTransformer',
      field: `replacements[${index}]`,
      at: replacement.at,
      run: (list: ResourceList) => runReplacement(bench, target.folder, list, replacement),
    })),
  ];
}

function mergeSteps(bench: Workbench, target: Target): readonly Step[] {
  return target.kustomization.patchesStrategicMerge.map((path, index) => ({
    transformer: 'PatchStrategicMergeTransformer',
    field: `patchesStrategicMerge[${index}]`,
    at: path.at,
    run: (list) => runStrategicMerge(bench, target.folder, list, path),
  }));
}

function metadataSteps(target: Target, config: TransformerConfig): readonly Step[] {
  const { namespace, namePrefix, nameSuffix, labels, commonLabels, commonAnnotations } = target.kustomization;
  const steps: Step[] = [];
  const add = (transformer: string, field: string, at: Node, run: Step['run']) =>
    steps.push({ transformer, field, at, run });
  if (namespace !== undefined) {
    const options = { specs: config.namespace, unsetOnly: false, subjects: 'defaultOnly' } as const;
    add('NamespaceTransformer', 'namespace', namespace.at, (list) => setNamespace(list, namespace, options));
  }
  if (namePrefix !== undefined) {
    const options = { position: 'prefix', specs: config.namePrefix } as const;
    add('PrefixTransformer', 'namePrefix', namePrefix.at, (list) => addAffix(list, namePrefix, options));
  }
  if (nameSuffix !== undefined) {
    const options = { position: 'suffix', specs: config.nameSuffix } as const;
    add('SuffixTransformer', 'nameSuffix', nameSuffix.at, (list) => addAffix(list, nameSuffix, options));
  }
  for (const [index, rule] of labels.entries()) {
    add('LabelTransformer', `labels[${index}]`, rule.at, (list) => {
      setEntries(list, rule.pairs, labelFields(rule, config));
    });
  }
  const [firstLabel] = commonLabels.values();
  if (firstLabel !== undefined || labels.length > 0) {
    const at = firstLabel?.at ?? labels[0]?.at ?? target.file;
    add('LabelTransformer', 'commonLabels', at, (list) => setEntries(list, commonLabels, config.commonLabels));
  }
  const [firstAnnotation] = commonAnnotations.values();
  if (firstAnnotation !== undefined) {
    add('AnnotationsTransformer', 'commonAnnotations', firstAnnotation.at, (list) =>
      setEntries(list, commonAnnotations, config.commonAnnotations),
    );
  }
  return steps;
}

const METADATA_LABELS: FieldSpec = { gvk: { group: '', version: '', kind: '' }, path: 'metadata/labels', create: true };

/** Where a rule sets its labels: its own fields, and those of selectors, of templates, or of metadata alone. */
function labelFields(rule: LabelRule, config: TransformerConfig): readonly FieldSpec[] {
  const own = mergeFieldSpecs(rule.fields, config.labels);
  if (rule.includeSelectors) return mergeFieldSpecs(own, config.commonLabels);
  const withTemplates = rule.includeTemplates ? mergeFieldSpecs(own, config.templateLabels) : own;
  return mergeFieldSpecs(withTemplates, [METADATA_LABELS]);
}

export function runPatch(bench: Workbench, folder: string, list: ResourceList, patch: Patch): void {
  const read = readPatchText(patchText(bench.reader, folder, patch, { isTrimmed: true }));
  if (read.type === 'merge') return runMergePatches(list, read.patches, patch, bench);
  if (patch.target === undefined) {
    throw new RenderError('KustomizationInvalid', 'a JSON patch needs a target', {
      help: 'name the objects to patch with target:',
    });
  }
  for (const resource of selectResources(list.items, patch.target)) {
    applyJsonPatch(resource, read.operations, { remembersId: true });
  }
}

function runMergePatches(list: ResourceList, patches: readonly MapNode[], patch: Patch, bench: Workbench): void {
  const options: MergePatchOptions = { ...patch.options, schemas: bench.schemas() };
  const [first] = patches;
  if (patch.target === undefined) {
    for (const node of patches) applyMergePatch(list.findById(idOfNode(node)), node, options);
    list.dropDeleted();
    return;
  }
  if (first === undefined) return;
  if (patches.length > 1) {
    throw new RenderError('RenderFailed', 'several strategic merge patches in one entry cannot share a target', {
      help: 'give each patch an entry of its own, or remove target',
    });
  }
  applyMergePatchTo(list, selectResources(list.items, patch.target), first, options);
}

export function runStrategicMerge(bench: Workbench, folder: string, list: ResourceList, path: Located<string>): void {
  for (const patch of readStrategicMerge(bench, folder, path)) applyToNamed(bench, list, patch);
}

export function applyToNamed(bench: Workbench, list: ResourceList, patch: MapNode): void {
  const options = { allowNameChange: false, allowKindChange: false, schemas: bench.schemas() };
  applyMergePatchTo(list, [list.findById(idOfNode(patch))], patch, options);
}

/** The text may be the patch itself, or the path of a file with patches. */
function readStrategicMerge(bench: Workbench, folder: string, path: Located<string>): readonly MapNode[] {
  if (/[\n:{]/.test(path.value)) return new PatchText(bench.reader, { inline: path }).mergePatches();
  return new PatchText(bench.reader, { file: bench.reader.resolveFile(folder, path) }).mergePatches();
}

export function runJson6902(bench: Workbench, folder: string, list: ResourceList, patch: Patch): void {
  if (patch.target === undefined || patch.target.name === '') {
    throw new RenderError('KustomizationInvalid', 'a JSON patch needs a target with a name', {
      help: 'add target: with kind and name',
    });
  }
  const operations = patchText(bench.reader, folder, patch, { isTrimmed: false }).operations();
  if (operations.length === 0)
    throw new RenderError('RenderFailed', 'the patch is empty', { help: 'remove the entry' });
  for (const resource of selectResources(list.items, patch.target)) {
    applyJsonPatch(resource, operations, { remembersId: false });
  }
}

export function runReplacement(bench: Workbench, folder: string, list: ResourceList, replacement: Replacement): void {
  const { path, at, source, targets } = replacement;
  if (path === '') return replaceValues(list, replacement);
  if (source !== undefined || (targets !== undefined && targets.length > 0)) {
    throw new RenderError('KustomizationInvalid', 'a replacement has either path or source and targets, not both');
  }
  const [document] = bench.reader.nodes(bench.reader.resolveFile(folder, { value: path, at }), '1.1');
  const items = document?.kind === 'list' ? document.items : document === undefined ? [] : [document];
  for (const item of items) replaceValues(list, readLoose(item, readReplacement));
}

/** Reads a configuration as kustomize reads all but the kustomization: unknown fields are passed over. */
export function readLoose<T>(node: Node, read: (reader: FieldReader) => T): T {
  let problem: RenderError | undefined;
  const reader = new FieldReader(node, '', {
    isStrict: false,
    report: (error, at) => {
      problem ??= new RenderError(error.code, error.message, {
        at,
        ...(error.help === undefined ? {} : { help: error.help }),
      });
    },
  });
  const value = read(reader);
  if (problem !== undefined) throw problem;
  return value;
}
