import type { Accumulator } from './build/accumulator.ts';
import { addHashes } from './generate/generate-config.ts';
import type { Kustomization } from './kustomization/kustomization.ts';
import { fieldOf, isEmpty, mapNode, type Node, scalar, textOf } from './nodes/node.ts';
import { RenderError } from './problems.ts';
import { metadataEntries, type Origin, type Resource } from './resources/resource.ts';
import { withEntries } from './resources/resource-list.ts';
import { finishAnnotations } from './transform/apply-patches.ts';
import { fixNameReferences } from './transform/fix-name-references.ts';
import { resolveVars } from './transform/resolve-vars.ts';
import { setEntries } from './transform/set-metadata.ts';
import { sortResources } from './transform/sort-resources.ts';

const LOCAL_CONFIG = 'config.kubernetes.io/local-config';
const ORIGIN = 'config.kubernetes.io/origin';
const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';
/** What kubectl 1.32 writes: it is built without a version of kustomize. */
const MANAGED_BY = 'kustomize-(devel)';

/**
 * What is done once, for the kustomization that was asked for: names get their hashes, references follow, vars get
 * their values.
 */
export function finishResources(accumulator: Accumulator, kustomization: Kustomization | undefined): void {
  const { list, config, vars } = accumulator;
  const buildMetadata = kustomization?.buildMetadata ?? [];
  addHashes(list);
  fixNameReferences(list, config.nameReference);
  resolveVars(list, vars, config.varReference);
  list.items = list.items.filter((resource) => !isLocal(resource));
  for (const resource of list.items) checkIdentity(resource);
  sortResources(list, kustomization?.sortOptions);
  if (buildMetadata.includes('managedByLabel')) addManagedBy(accumulator);
  for (const resource of list.items) {
    if (buildMetadata.includes('originAnnotations')) annotate(resource, ORIGIN, originText(resource.state.origin));
    if (buildMetadata.includes('transformerAnnotations')) {
      const texts = resource.state.transformations.map(originText);
      annotate(resource, TRANSFORMATIONS, texts.map(listItem).join(''));
    }
    finishAnnotations(resource);
  }
}

/** An object that only configures tools is left out. */
function isLocal(resource: Resource): boolean {
  const local = metadataEntries(resource.node, 'annotations').get(LOCAL_CONFIG);
  return local !== undefined && local !== 'false';
}

function checkIdentity({ node, place }: Resource): void {
  const kind = textOf(fieldOf(node, 'kind'));
  const name = fieldOf(fieldOf(node, 'metadata'), 'name');
  if (kind !== '' && (kind.endsWith('List') || (!isEmpty(name) && textOf(name) !== ''))) return;
  throw new RenderError('RenderFailed', 'a patch or transformer left an object without kind or name', {
    help: 'restore them in the patch',
    at: place,
  });
}

function addManagedBy({ list }: Accumulator): void {
  const at = list.items[0]?.node;
  if (at === undefined) return;
  const labels = new Map([['app.kubernetes.io/managed-by', { value: MANAGED_BY, at }]]);
  setEntries(list, labels, [{ gvk: { group: '', version: '', kind: '' }, path: 'metadata/labels', create: true }]);
}

function annotate(resource: Resource, name: string, text: string): void {
  const { node } = resource;
  if (node === undefined || text === '') return;
  const annotations = fieldOf(fieldOf(node, 'metadata'), 'annotations');
  const entries = new Map<string, Node>(annotations?.kind === 'map' ? annotations.fields : []);
  entries.set(name, scalar(text, resource.place));
  resource.node = withEntries(node, 'annotations', mapNode(entries, resource.place).fields);
}

/** An origin as kustomize writes it into an annotation, as YAML. */
function originText(origin: Origin | undefined): string {
  if (origin === undefined) return '';
  const { path, configuredIn, configuredBy } = origin;
  const lines = [
    ...(path === undefined || path === '' ? [] : [`path: ${path}`]),
    ...(configuredIn === undefined ? [] : [`configuredIn: ${configuredIn}`]),
  ];
  if (configuredBy !== undefined) {
    lines.push('configuredBy:', `  apiVersion: ${configuredBy.apiVersion}`, `  kind: ${configuredBy.kind}`);
    if (configuredBy.name !== undefined) lines.push(`  name: ${configuredBy.name}`);
  }
  return `${lines.join('\n')}\n`;
}

function listItem(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => `${index === 0 ? '- ' : '  '}${line}\n`)
    .join('');
}
