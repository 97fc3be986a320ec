import { fieldOf, type MapNode, withField, withoutField } from '../nodes/node.ts';
import { writeYaml } from '../output/write-yaml.ts';
import { RenderError } from '../problems.ts';
import { shortId } from '../resources/resource.ts';
import type { ResourceList } from '../resources/resource-list.ts';
import { runTransformerPlugin } from './run-plugins.ts';
import type { Target, Workbench } from './target.ts';

/** The label with which a validator may say that it was there. */
const VALIDATED_BY = 'validated-by';

/** "Validators shouldn't modify the resource map" (kustomize, runValidators), but for a label. */
export function runValidatorPlugin(bench: Workbench, target: Target, list: ResourceList, node: MapNode): void {
  const copy = list.copy();
  runTransformerPlugin(bench, target, copy, node);
  const changed = list.items.find((resource, index) => !isSame(resource.node, copy.items[index]?.node));
  if (changed === undefined && copy.items.length === list.items.length) return;
  const what = changed === undefined ? 'the objects' : shortId(changed.id);
  throw new RenderError('RenderFailed', `a validator changes ${what}`, {
    help: 'list it under transformers',
    at: node,
  });
}

function isSame(before: MapNode | undefined, after: MapNode | undefined): boolean {
  if (before === after) return true;
  return before !== undefined && after !== undefined && writeYaml(before) === writeYaml(withoutValidatedBy(after));
}

function withoutValidatedBy(node: MapNode): MapNode {
  const metadata = fieldOf(node, 'metadata');
  const labels = fieldOf(metadata, 'labels');
  if (metadata?.kind !== 'map' || labels?.kind !== 'map' || !labels.fields.has(VALIDATED_BY)) return node;
  const left = withoutField(labels, VALIDATED_BY);
  const rest = left.fields.size === 0 ? withoutField(metadata, 'labels') : withField(metadata, 'labels', left);
  return withField(node, 'metadata', rest);
}
