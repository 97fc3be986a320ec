import { inflateHelmChart, readHelmChart, readHelmGlobals } from '../charts/helm-charts.ts';
import { inlineSource } from '../files/file-reader.ts';
import { addHashes, generateConfig, type ReadBytes } from '../generate/generate-config.ts';
import type { FieldReader } from '../kustomization/field-reader.ts';
import type { Selector } from '../kustomization/kustomization.ts';
import {
  readFieldSpec,
  readGeneratorArgs,
  readImage,
  readPatch,
  readReplacement,
  readReplica,
  readSelector,
} from '../kustomization/read-kustomization.ts';
import { fieldOf, type MapNode, mapNode, type Node, scalar, textOf, withField } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';
import { splitPath } from '../nodes/path.ts';
import { RenderError } from '../problems.ts';
import { readResources } from '../resources/read-resources.ts';
import { Resource } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { selectResources } from '../transform/select-resources.ts';
import { setImage, setReplicas } from '../transform/set-images.ts';
import { addAffix, changeNode, namespaced, setEntries, setNamespace } from '../transform/set-metadata.ts';
import {
  applyToNamed,
  readLoose,
  runJson6902,
  runPatch,
  runReplacement,
  runStrategicMerge,
} from './run-transformers.ts';
import type { Configuration, Target, Workbench } from './target.ts';

const REFUSED_HELP =
  'render the folder with `kustomize build --enable-alpha-plugins` and commit the result, or allow a program that runs it with `kustomize:` in the configuration of the box';

function pluginKind(node: MapNode): string {
  const apiVersion = textOf(fieldOf(node, 'apiVersion'));
  const kind = textOf(fieldOf(node, 'kind'));
  if (apiVersion === 'builtin') return kind;
  const what = annotationNames(node).includes('config.kubernetes.io/function')
    ? 'a function in a container'
    : 'a plugin';
  throw new RenderError('KustomizeNeeded', `${kind} (${apiVersion}) is ${what}, which runs code of its own`, {
    help: REFUSED_HELP,
    at: node,
  });
}

function annotationNames(node: Node): string {
  const annotations = fieldOf(fieldOf(node, 'metadata'), 'annotations');
  return annotations?.kind === 'map' ? [...annotations.fields.keys()].join(' ') : '';
}

/** Runs a generator that is written as an object. */
export function runGeneratorPlugin(bench: Workbench, target: Target, { node }: Configuration): Resource[] {
  const kind = pluginKind(node);
  if (kind === 'ConfigMapGenerator' || kind === 'SecretGenerator') {
    const args = readLoose(node, (reader) => {
      const read = readGeneratorArgs(reader, kind === 'SecretGenerator');
      const metadata = reader.object('metadata', (meta) => ({
        name: meta.text('name'),
        namespace: meta.text('namespace'),
      }));
      return {
        ...read,
        name: read.name || (metadata?.name ?? ''),
        namespace: read.namespace || (metadata?.namespace ?? ''),
      };
    });
    const made = kind === 'SecretGenerator' ? 'Secret' : 'ConfigMap';
    return [generateConfig(made, args, readerOf(bench, target.folder, made))];
  }
  if (kind === 'IAMPolicyGenerator') return [serviceAccountOf(node)];
  if (kind === 'HelmChartInflationGenerator') {
    const { chart, chartHome } = readLoose(node, (reader) => ({
      chart: readHelmChart(reader),
      chartHome: readHelmGlobals(reader),
    }));
    return readResources(inflateHelmChart(bench.reader, target.folder, chart, chartHome));
  }
  throw new RenderError('RenderRefused', `there is no built-in generator ${kind}`, { help: REFUSED_HELP, at: node });
}

/**
 * Reads files for a generator. "Decrypted are the files of secret generators" (Flux); those of ConfigMaps stay as they
 * are.
 */
export function readerOf(bench: Workbench, folder: string, kind: 'ConfigMap' | 'Secret'): ReadBytes {
  return (path, key, purpose) => {
    const found = bench.reader.resolveFile(folder, path);
    if (kind === 'Secret') {
      const { bytes, file } = bench.reader.secretContent(found, key, purpose);
      return { bytes, at: { file, start: 0 } };
    }
    const bytes = bench.reader.bytes(found);
    return { bytes, at: { file: { path: found.path, text: new TextDecoder().decode(bytes), lineShift: 0 }, start: 0 } };
  };
}

/** The ServiceAccount of GKE's workload identity. */
function serviceAccountOf(node: MapNode): Resource {
  const cloud = textOf(fieldOf(node, 'cloud'));
  if (cloud !== 'gke') throw new RenderError('RenderFailed', `the cloud ${cloud} is not supported`, { at: node });
  const account = textOf(fieldOf(fieldOf(node, 'serviceAccount'), 'name'));
  const project = textOf(fieldOf(fieldOf(node, 'serviceAccount'), 'projectId'));
  const service = fieldOf(node, 'kubernetesService');
  const namespace = textOf(fieldOf(service, 'namespace'));
  const value = scalar(`${account}@${project}.iam.gserviceaccount.com`, node);
  const metadata = new Map<string, Node>([
    ['annotations', mapNode(new Map([['iam.gke.io/gcp-service-account', value]]), node)],
    ['name', scalar(textOf(fieldOf(service, 'name')), node)],
  ]);
  if (namespace !== '') metadata.set('namespace', scalar(namespace, node));
  const fields = new Map<string, Node>([
    ['apiVersion', scalar('v1', node)],
    ['kind', scalar('ServiceAccount', node)],
    ['metadata', mapNode(metadata, node)],
  ]);
  return new Resource(mapNode(fields, node));
}

type Transform = (bench: Workbench, target: Target, list: ResourceList, node: MapNode) => void;

/** The transformers that can be written as objects of their own (`apiVersion: builtin`). */
const TRANSFORMERS: Readonly<Record<string, Transform>> = {
  AnnotationsTransformer: (_bench, _target, list, node) => setEntriesOf(list, node, 'annotations'),
  LabelTransformer: (_bench, _target, list, node) => setEntriesOf(list, node, 'labels'),
  HashTransformer: (_bench, _target, list) => addHashes(list),
  ImageTagTransformer: (_bench, _target, list, node) => {
    const image = readLoose(node, (reader) => reader.object('imageTag', readImage));
    if (image !== undefined) setImage(list, image, fieldSpecsOf(node));
  },
  NamespaceTransformer: (_bench, _target, list, node) => setNamespaceOf(list, node),
  PatchJson6902Transformer: (bench, target, list, node) => {
    const patch = readLoose(node, (reader) => {
      const read = readPatch(reader);
      const operations = reader.locatedText('jsonOp');
      return { ...read, patch: operations?.value ?? '', patchNode: operations?.at };
    });
    runJson6902(bench, target.folder, list, patch);
  },
  PatchStrategicMergeTransformer: (bench, target, list, node) => runStrategicMergeOf(bench, target, list, node),
  PatchTransformer: (bench, target, list, node) => runPatch(bench, target.folder, list, readLoose(node, readPatch)),
  PrefixTransformer: (_bench, _target, list, node) => addAffixOf(list, node, 'prefix'),
  SuffixTransformer: (_bench, _target, list, node) => addAffixOf(list, node, 'suffix'),
  PrefixSuffixTransformer: (_bench, _target, list, node) => {
    addAffixOf(list, node, 'prefix');
    addAffixOf(list, node, 'suffix');
  },
  ReplacementTransformer: (bench, target, list, node) => {
    const replacements = readLoose(node, (reader) => reader.objects('replacements', readReplacement));
    for (const replacement of replacements) runReplacement(bench, target.folder, list, replacement);
  },
  ReplicaCountTransformer: (_bench, _target, list, node) => {
    const replica = readLoose(node, (reader) => reader.object('replica', readReplica));
    if (replica !== undefined) setReplicas(list, replica, fieldSpecsOf(node));
  },
  ValueAddTransformer: (bench, target, list, node) => addValue(bench, target, list, node),
};

export function runTransformerPlugin(bench: Workbench, target: Target, list: ResourceList, node: MapNode): void {
  const kind = pluginKind(node);
  const transform = Object.hasOwn(TRANSFORMERS, kind) ? TRANSFORMERS[kind] : undefined;
  if (transform === undefined) {
    throw new RenderError('RenderRefused', `there is no built-in transformer ${kind}`, {
      help: `correct the kind; there are ${Object.keys(TRANSFORMERS).join(', ')}`,
      at: node,
    });
  }
  transform(bench, target, list, node);
}

function fieldSpecsOf(node: MapNode) {
  return readLoose(node, (reader) => reader.objects('fieldSpecs', readFieldSpec));
}

function setEntriesOf(list: ResourceList, node: MapNode, field: 'labels' | 'annotations'): void {
  setEntries(
    list,
    readLoose(node, (reader) => reader.textMap(field)),
    fieldSpecsOf(node),
  );
}

function addAffixOf(list: ResourceList, node: MapNode, position: 'prefix' | 'suffix'): void {
  const affix = readLoose(node, (reader) => reader.locatedText(position));
  const specs = fieldSpecsOf(node);
  if (specs.length === 0) {
    throw new RenderError('KustomizationInvalid', `a ${position} needs fieldSpecs`, {
      help: 'add fieldSpecs:',
      at: node,
    });
  }
  if (affix !== undefined) addAffix(list, affix, { position, specs });
}

function setNamespaceOf(list: ResourceList, node: MapNode): void {
  const read = (reader: FieldReader) => ({
    namespace: reader.object('metadata', (metadata) => metadata.locatedText('namespace')),
    unsetOnly: reader.bool('unsetOnly'),
    subjects: reader.text('setRoleBindingSubjects') || 'defaultOnly',
  });
  const { namespace, unsetOnly, subjects } = readLoose(node, read);
  if (subjects !== 'defaultOnly' && subjects !== 'allServiceAccounts' && subjects !== 'none') {
    throw new RenderError('KustomizationInvalid', `setRoleBindingSubjects is ${JSON.stringify(subjects)}`, {
      help: 'write defaultOnly, allServiceAccounts or none',
      at: node,
    });
  }
  if (namespace === undefined || namespace.value === '') return;
  setNamespace(list, namespace, { specs: fieldSpecsOf(node), unsetOnly, subjects });
}

function runStrategicMergeOf(bench: Workbench, target: Target, list: ResourceList, node: MapNode): void {
  const { paths, patches } = readLoose(node, (reader) => ({
    paths: reader.texts('paths'),
    patches: reader.locatedText('patches'),
  }));
  for (const path of paths) runStrategicMerge(bench, target.folder, list, path);
  if (patches === undefined) return;
  const read = readResources(parseNodes(inlineSource(patches.at, patches.value), '1.2'));
  for (const patch of read) if (patch.node !== undefined) applyToNamed(bench, list, patch.node);
}

interface ValueTarget {
  readonly selector: Selector | undefined;
  readonly fieldPath: string;
  readonly position: number;
}

function addValue(bench: Workbench, target: Target, list: ResourceList, node: MapNode): void {
  const readTarget = (reader: FieldReader): ValueTarget => ({
    selector: reader.object('selector', readSelector),
    fieldPath: reader.text('fieldPath'),
    position: reader.int('filePathPosition') ?? 0,
  });
  const own = readLoose(node, (reader) => ({
    value: reader.locatedText('value'),
    targets: reader.objects('targets', readTarget),
    path: reader.locatedText('targetFilePath'),
  }));
  const more =
    own.path === undefined
      ? []
      : bench.reader
          .nodes(bench.reader.resolveFile(target.folder, own.path), '1.1')
          .flatMap((document) => readLoose(document, (reader) => reader.objects('targets', readTarget)));
  const text = own.value?.value.trim() || (target.folder.split('/').at(-1) ?? '');
  const at = own.value?.at ?? node;
  for (const { selector, fieldPath, position } of [...own.targets, ...more]) {
    if (fieldPath === '') throw new RenderError('KustomizationInvalid', 'a target has no fieldPath', { at: node });
    const selected = selector === undefined ? list.items : selectResources(list.items, selector);
    for (const resource of selected) {
      changeNode(resource, (root) =>
        fieldPath === 'metadata/namespace'
          ? namespaced(root, resource.id, { value: text, at }, { specs: [], unsetOnly: false, subjects: 'defaultOnly' })
          : setAt(root, splitPath(fieldPath, '/'), (former) => scalar(insertPathPart(former, position, text), at, '')),
      );
    }
  }
}

/** Sets the single value at a path of fields, made where it does not exist. */
function setAt(node: Node, steps: readonly string[], value: (former: string) => Node): Node {
  const [step, ...rest] = steps;
  if (step === undefined) return value(textOf(node));
  const map = node.kind === 'map' ? node : mapNode(new Map(), node);
  const field = map.fields.get(step) ?? (rest.length === 0 ? scalar('', node) : mapNode(new Map(), node));
  return withField(map, step, setAt(field, rest, value));
}

/** Puts `part` at a place of a path, counted from 1; 0 replaces the whole. */
function insertPathPart(path: string, position: number, part: string): string {
  if (position <= 0) return part;
  const isAbsolute = path.startsWith('/');
  const parts = path.split('/').filter((piece) => piece !== '');
  parts.splice(Math.min(position - 1, parts.length), 0, part);
  return `${isAbsolute ? '/' : ''}${parts.join('/')}`;
}
