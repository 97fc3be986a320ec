import { readHelmChart, readHelmGlobals } from '../charts/helm-charts.ts';
import type { FieldSpec } from '../config/field-spec.ts';
import type { Node } from '../nodes/node.ts';
import type { GenerationBehavior } from '../resources/resource.ts';
import { FieldReader, type FieldReaderOptions } from './field-reader.ts';
import type {
  FieldOptions,
  GeneratorArgs,
  GeneratorOptions,
  Image,
  Kustomization,
  LabelRule,
  Located,
  Patch,
  Replacement,
  ReplacementSource,
  ReplacementTarget,
  Replica,
  Selector,
  SortOptions,
  Var,
} from './kustomization.ts';

const API_VERSIONS = {
  Kustomization: 'kustomize.config.k8s.io/v1beta1',
  Component: 'kustomize.config.k8s.io/v1alpha1',
} as const;

/**
 * Reads a kustomization; undefined when its type is wrong. Everything that is wrong is reported, unknown fields
 * included.
 */
export function readKustomization(node: Node, options: FieldReaderOptions): Kustomization | undefined {
  const reader = new FieldReader(node, '', options);
  const kind = readType(reader);
  reader.object('metadata', (metadata) => {
    metadata.text('name');
    metadata.text('namespace');
    metadata.textMap('labels');
    metadata.textMap('annotations');
  });
  const kustomization: Omit<Kustomization, 'kind'> = {
    ...readLists(reader),
    ...readTransformers(reader),
    ...readGenerators(reader),
    openapi: reader.object('openapi', (openapi) => ({
      path: openapi.locatedText('path'),
      version: openapi.locatedText('version'),
    })) ?? { path: undefined, version: undefined },
    sortOptions: reader.object('sortOptions', readSortOptions),
    buildMetadata: reader.texts('buildMetadata').map(({ value }) => value),
  };
  reader.finish();
  return kind && { kind, ...kustomization };
}

function readType(reader: FieldReader): Kustomization['kind'] | undefined {
  const kind = reader.locatedText('kind');
  const apiVersion = reader.locatedText('apiVersion');
  const name = kind === undefined || kind.value === '' ? 'Kustomization' : kind.value;
  if (name !== 'Kustomization' && name !== 'Component') {
    reader.fail(
      kind?.at ?? reader.node,
      'kind',
      `kind is ${name} and has to be Kustomization or Component`,
      'correct it',
    );
    return undefined;
  }
  if (apiVersion !== undefined && apiVersion.value !== '' && apiVersion.value !== API_VERSIONS[name]) {
    const message = `apiVersion of a ${name} has to be ${API_VERSIONS[name]}`;
    reader.fail(apiVersion.at, 'apiVersion', message, `write ${API_VERSIONS[name]}`);
    return undefined;
  }
  return name;
}

function readLists(reader: FieldReader) {
  return {
    resources: [...reader.texts('resources'), ...reader.texts('bases')],
    components: reader.texts('components'),
    crds: reader.texts('crds'),
    configurations: reader.texts('configurations'),
    generators: reader.texts('generators'),
    transformers: reader.texts('transformers'),
    validators: reader.texts('validators'),
  };
}

function filled(text: Located<string> | undefined): Located<string> | undefined {
  return text === undefined || text.value === '' ? undefined : text;
}

function readTransformers(reader: FieldReader) {
  return {
    namePrefix: filled(reader.locatedText('namePrefix')),
    nameSuffix: filled(reader.locatedText('nameSuffix')),
    namespace: filled(reader.locatedText('namespace')),
    commonLabels: reader.textMap('commonLabels'),
    labels: reader.objects('labels', readLabelRule),
    commonAnnotations: reader.textMap('commonAnnotations'),
    patchesStrategicMerge: reader.texts('patchesStrategicMerge'),
    patchesJson6902: reader.objects('patchesJson6902', readPatch),
    patches: reader.objects('patches', readPatch),
    images: [...reader.objects('images', readImage), ...reader.objects('imageTags', readImage)],
    replicas: reader.objects('replicas', readReplica),
    replacements: reader.objects('replacements', readReplacement),
    vars: reader.objects('vars', readVar),
  };
}

function readGenerators(reader: FieldReader) {
  return {
    configMapGenerator: reader.objects('configMapGenerator', (item) => readGeneratorArgs(item, false)),
    secretGenerator: reader.objects('secretGenerator', (item) => readGeneratorArgs(item, true)),
    generatorOptions: reader.object('generatorOptions', readGeneratorOptions),
    helmCharts: reader.objects('helmCharts', readHelmChart),
    chartHome: reader.object('helmGlobals', readHelmGlobals),
    oldHelmCharts: reader.list('helmChartInflationGenerator', (item) => item),
  };
}

export function readFieldSpec(reader: FieldReader): FieldSpec {
  return { gvk: readGvk(reader), path: reader.text('path'), create: reader.bool('create') };
}

export function readGvk(reader: FieldReader): FieldSpec['gvk'] {
  return { group: reader.text('group'), version: reader.text('version'), kind: reader.text('kind') };
}

function readLabelRule(reader: FieldReader): LabelRule {
  return {
    pairs: reader.textMap('pairs'),
    includeSelectors: reader.bool('includeSelectors'),
    includeTemplates: reader.bool('includeTemplates'),
    fields: reader.objects('fields', readFieldSpec),
    at: reader.node,
  };
}

export function readSelector(reader: FieldReader): Selector {
  return {
    gvk: readGvk(reader),
    name: reader.text('name'),
    namespace: reader.text('namespace'),
    labelSelector: reader.text('labelSelector'),
    annotationSelector: reader.text('annotationSelector'),
  };
}

export function readPatch(reader: FieldReader): Patch {
  const patch = reader.locatedText('patch');
  // Any option may be written; these two mean something.
  const options = reader.textMap('options', 'bool');
  return {
    path: reader.text('path'),
    patch: patch?.value ?? '',
    patchNode: patch?.at,
    target: reader.object('target', readSelector),
    options: {
      allowNameChange: options.get('allowNameChange')?.value === 'true',
      allowKindChange: options.get('allowKindChange')?.value === 'true',
    },
    at: reader.node,
  };
}

export function readImage(reader: FieldReader): Image {
  return {
    name: reader.text('name'),
    newName: reader.text('newName'),
    newTag: reader.text('newTag'),
    tagSuffix: reader.text('tagSuffix'),
    digest: reader.text('digest'),
    at: reader.node,
  };
}

export function readReplica(reader: FieldReader): Replica {
  return { name: reader.text('name'), count: reader.int('count') ?? 0, at: reader.node };
}

function readFieldOptions(reader: FieldReader): FieldOptions {
  reader.text('encoding');
  return {
    delimiter: reader.text('delimiter'),
    index: reader.int('index') ?? 0,
    create: reader.bool('create'),
  };
}

export function readReplacement(reader: FieldReader): Replacement {
  return {
    source: reader.object('source', readReplacementSource),
    targets: reader.get('targets') && reader.objects('targets', readReplacementTarget),
    path: reader.text('path'),
    at: reader.node,
  };
}

function readReplacementSource(reader: FieldReader): ReplacementSource {
  return {
    gvk: readGvk(reader),
    name: reader.text('name'),
    namespace: reader.text('namespace'),
    fieldPath: reader.text('fieldPath') || 'metadata.name',
    options: reader.object('options', readFieldOptions),
  };
}

function readReplacementTarget(reader: FieldReader): ReplacementTarget {
  return {
    select: reader.object('select', readSelector),
    reject: reader.objects('reject', readSelector),
    fieldPaths: reader.texts('fieldPaths').map(({ value }) => value),
    options: reader.object('options', readFieldOptions),
    at: reader.node,
  };
}

function readVar(reader: FieldReader): Var {
  const target = reader.object('objref', (reference) => {
    const gvk = readGvk(reference);
    const apiVersion = reference.text('apiVersion').split('/');
    const [first = '', second] = apiVersion;
    const fromVersion = second === undefined ? { version: first } : { group: first, version: second };
    return {
      gvk: first === '' ? gvk : { ...gvk, ...fromVersion },
      name: reference.text('name'),
      namespace: reference.text('namespace'),
    };
  });
  return {
    name: reader.text('name'),
    gvk: target?.gvk ?? { group: '', version: '', kind: '' },
    objectName: target?.name ?? '',
    namespace: target?.namespace ?? '',
    fieldPath: reader.object('fieldref', (field) => field.text('fieldPath')) || 'metadata.name',
    at: reader.node,
  };
}

const BEHAVIORS: readonly GenerationBehavior[] = ['create', 'replace', 'merge'];

export function readGeneratorArgs(reader: FieldReader, isSecret: boolean): GeneratorArgs {
  const behavior = reader.text('behavior');
  const env = filled(reader.locatedText('env'));
  return {
    name: reader.text('name'),
    namespace: reader.text('namespace'),
    behavior: BEHAVIORS.find((known) => known === behavior) ?? 'unspecified',
    literals: reader.texts('literals'),
    files: reader.texts('files'),
    envs: [...reader.texts('envs'), ...(env === undefined ? [] : [env])],
    options: reader.object('options', readGeneratorOptions),
    type: isSecret ? reader.text('type') : '',
    at: reader.node,
  };
}

export function readGeneratorOptions(reader: FieldReader): GeneratorOptions {
  return {
    labels: reader.textMap('labels'),
    annotations: reader.textMap('annotations'),
    disableNameSuffixHash: reader.bool('disableNameSuffixHash'),
    immutable: reader.bool('immutable'),
  };
}

export function readSortOptions(reader: FieldReader): SortOptions {
  const legacy = reader.object('legacySortOptions', (options) => ({
    orderFirst: options.texts('orderFirst').map(({ value }) => value),
    orderLast: options.texts('orderLast').map(({ value }) => value),
  }));
  return {
    order: reader.text('order'),
    orderFirst: legacy?.orderFirst,
    orderLast: legacy?.orderLast,
    at: reader.node,
  };
}
