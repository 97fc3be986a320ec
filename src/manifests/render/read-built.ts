import type { Diagnostic } from '../diagnostic.ts';
import type { Place } from './nodes/node.ts';
import { parseNodes } from './nodes/parse-nodes.ts';
import { diagnosticOf, RenderError } from './problems.ts';
import { RenderedObject } from './rendered-object.ts';
import { readResources } from './resources/read-resources.ts';

/** The objects that another program printed for the kustomization at `path`, which is the place of all of them. */
export function readBuilt(
  text: string,
  path: string,
): { readonly objects: readonly RenderedObject[]; readonly problems: readonly Diagnostic[] } {
  const place: Place = { file: { path, text: '', lineShift: 0 }, start: 0 };
  try {
    const resources = readResources(parseNodes({ path, text, lineShift: 0 }, '1.2', place));
    const objects = resources.flatMap(({ node }) => (node === undefined ? [] : [new RenderedObject(node, place)]));
    for (const rendered of objects) void rendered.object;
    return { objects, problems: [] };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { objects: [], problems: [diagnosticOf(error, place, undefined)] };
  }
}
