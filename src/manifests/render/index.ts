/**
 * Renders kustomizations as `kubectl kustomize` does: `render(request)` takes the listing of a commit and the blobs
 * that were read so far, and gives either the blobs it needs or the objects. Inside: files become nodes (`nodes/`),
 * which know the place that wrote them; a builder (`build/`) gathers the objects of files and bases, generates
 * (`generate/`), patches (`patch/`) and transforms (`transform/`) them with the fields that `config/` names. It must
 * not know the disk, Git or any process: bytes are handed in.
 */

export { KUSTOMIZATION_NAMES } from './build/find-kustomization.ts';
export type { ChartOptions, ChartRequest, ChartResult } from './charts/chart-request.ts';
export type { ChartSettings } from './charts/chart-settings.ts';
export { dropIgnoredHooks } from './charts/ignored-hooks.ts';
export type { ChartRelease } from './charts/render-chart.ts';
export {
  FileTree,
  type FolderListing,
  followPath,
  type LinkText,
  type OwnEntry,
  type RepositoryTree,
  type TreeEntry,
} from './files/file-tree.ts';
export { FieldReader } from './kustomization/field-reader.ts';
export type { Located } from './kustomization/kustomization.ts';
export type { MapNode, Node, Place } from './nodes/node.ts';
export { parseNodes } from './nodes/parse-nodes.ts';
export { writeObjects } from './output/write-yaml.ts';
export { diagnosticOf, RenderError } from './problems.ts';
export { readBuilt } from './read-built.ts';
export { type RenderRequest, type RenderResult, render, renderKeyOf } from './render.ts';
export { type Dependencies, RenderCache } from './render-cache.ts';
export { RenderedObject, type WrittenAt } from './rendered-object.ts';
export { decodeResult, encodeResult } from './stored/stored-result.ts';
export { type Substituted, substituteObjects, VARIABLE_NAME, type Variable } from './substitute/substitute-objects.ts';
export { type FieldTrace, nameOf, type ObjectTrace, parseFieldPath, traceField, traceObject } from './trace.ts';
