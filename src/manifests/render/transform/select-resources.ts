import { type LabelMatcher, parseLabelSelector, SelectorError } from '../../../objects/index.ts';
import type { Selector } from '../kustomization/kustomization.ts';
import { compilePattern } from '../pattern.ts';
import { RenderError } from '../problems.ts';
import { effectiveNamespace, metadataEntries, type Resource } from '../resources/resource.ts';

/**
 * The objects that a patch's target means. "The fields are anchored regular expressions" (kustomize,
 * types/selector.go); name and namespace may be those of now or those of the file.
 */
export function selectResources(resources: readonly Resource[], selector: Selector): Resource[] {
  const { gvk } = selector;
  const [group, version, kind] = [gvk.group, gvk.version, gvk.kind].map(patternOf);
  const [name, namespace] = [selector.name, selector.namespace].map(patternOf);
  const labels = selectorMatcher(selector.labelSelector);
  const annotations = selectorMatcher(selector.annotationSelector);
  return resources.filter((resource) => {
    const { id } = resource;
    const original = resource.originalId;
    return (
      (namespace?.(effectiveNamespace(original)) !== false || namespace(effectiveNamespace(id))) &&
      (name?.(original.name) !== false || name(id.name)) &&
      group?.(id.gvk.group) !== false &&
      version?.(id.gvk.version) !== false &&
      kind?.(id.gvk.kind) !== false &&
      matchesEntries(resource, labels, 'labels') &&
      matchesEntries(resource, annotations, 'annotations')
    );
  });
}

function patternOf(text: string): ((value: string) => boolean) | undefined {
  return text === '' ? undefined : compilePattern(text, 'whole');
}

export function selectorMatcher(text: string): LabelMatcher | undefined {
  if (text.trim() === '') return undefined;
  try {
    return parseLabelSelector(text);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new RenderError('RenderFailed', `the selector ${JSON.stringify(text)} cannot be read: ${error.message}`, {
      help: 'write it as kubectl takes it: a=b,c in (d,e),!f',
    });
  }
}

export function matchesEntries(
  resource: Resource,
  matcher: LabelMatcher | undefined,
  field: 'labels' | 'annotations',
): boolean {
  return matcher === undefined || matcher(Object.fromEntries(metadataEntries(resource.node, field)));
}
