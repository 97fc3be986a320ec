import { LIMITS } from '../../lib/limits.ts';
import type { DataKeyResult, WrappedKey } from '../decrypt/index.ts';
import { type Diagnostic, sortDiagnostics } from '../diagnostic.ts';
import type { ListedFile } from '../select-manifest-files.ts';
import { Builder, type Built } from './build/builder.ts';
import { findKustomization } from './build/find-kustomization.ts';
import type { ChartRequest, ChartResult } from './charts/chart-request.ts';
import { type ChartRelease, renderChart } from './charts/render-chart.ts';
import { FileReader } from './files/file-reader.ts';
import { FileTree, type RepositoryTree } from './files/file-tree.ts';
import { finishResources } from './finish-resources.ts';
import { checkSize, measure } from './nodes/measure.ts';
import { fieldOf, isDecrypted, isEmpty, type Node, type Place } from './nodes/node.ts';
import { BlobNeeded, diagnosticOf, RenderError } from './problems.ts';
import { type Dependencies, RenderCache } from './render-cache.ts';
import { RenderedObject } from './rendered-object.ts';

export interface RenderRequest {
  /** The files of the commit; where all of them are listed, the list will do. */
  readonly tree: RepositoryTree | Iterable<ListedFile>;
  /** The folder with the kustomization; empty for the root of the repository. */
  readonly folder: string;
  /**
   * Of a folder without a kustomization: the files and folders of it that are rendered, as paths from it. It is as if
   * it had a kustomization with these resources, as Flux makes one.
   */
  readonly resources?: readonly string[];
  /** Of a folder that is a chart: how it is rendered. */
  readonly chart?: ChartRelease;
  /** Charts that helm rendered, by the key of their request. */
  readonly charts?: ReadonlyMap<string, ChartResult>;
  /** Contents that were read, by blob id; `null` for a file over the limit of one manifest. */
  readonly blobs: ReadonlyMap<string, Uint8Array | null>;
  /** What earlier renderings found out; share one between all applications of a repository. */
  readonly cache?: RenderCache;
  /**
   * Turns decryption on: Secrets and files for Secrets that sops encrypted are decrypted in memory. Holds what became
   * of the keys that were asked for, by their id.
   */
  readonly dataKeys?: ReadonlyMap<string, DataKeyResult>;
}

export type RenderResult =
  /**
   * Blobs, entries of folders, keys and charts to get before rendering again. Few rounds are needed, not one for each
   * file.
   */
  | {
      readonly type: 'needs';
      readonly blobs: readonly string[];
      readonly folders: readonly string[];
      /** Keys of encrypted files to unwrap, by their id. */
      readonly keys: ReadonlyMap<string, readonly WrappedKey[]>;
      /** Charts to render with helm. */
      readonly charts: readonly ChartRequest[];
    }
  | {
      readonly type: 'rendered';
      /** In kustomize's order; empty when there are problems. */
      readonly objects: readonly RenderedObject[];
      readonly problems: readonly Diagnostic[];
      /** The files that were read, sorted. */
      readonly files: readonly string[];
      /** All lookups that were made, and what each gave: as long as they give the same, so does rendering. */
      readonly dependencies: Dependencies;
      /** Whether something failed that may go well another time with the same files, as when helm is installed. */
      readonly isRetryable: boolean;
    };

/** A rendering: its objects, or what is wrong. */
export interface Finished {
  readonly objects: readonly RenderedObject[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Renders a kustomization as `kubectl kustomize` (kustomize 5.5) does: same objects, same order, same fields. Pure: it
 * reads nothing itself, but says what it needs and is called again. Never throws for anything that stands in the
 * repository.
 */
export function render(request: RenderRequest): RenderResult {
  const tree = Symbol.iterator in request.tree ? new FileTree(request.tree) : request.tree;
  const cache = request.cache ?? new RenderCache();
  const folder = cleanFolder(request.folder);
  const { blobs, dataKeys, charts, chart, resources } = request;
  const reader = new FileReader({ tree, blobs, cache, dataKeys, charts });
  const key = keyOf(folder, request);
  try {
    const known = cache.finished.get(key);
    if (known !== undefined && reader.isUnchanged(known.dependencies)) {
      return resultOf(known.value, known.dependencies, false);
    }
    const { value, dependencies } = reader.track(() =>
      chart === undefined ? renderFolder(reader, folder, resources) : renderChart(reader, folder, chart),
    );
    const { isRetryable } = reader;
    if (!isRetryable) cache.finished.set(key, { value, dependencies });
    return resultOf(value, dependencies, isRetryable);
  } catch (error) {
    if (!(error instanceof BlobNeeded)) throw error;
    const { needs, neededFolders, neededKeys, neededCharts } = reader;
    const [blobs, folders] = [[...needs], [...neededFolders]];
    return { type: 'needs', blobs, folders, keys: neededKeys, charts: [...neededCharts.values()] };
  }
}

/** What the cache knows the result of a request by. */
export function renderKeyOf(request: Pick<RenderRequest, 'folder' | 'resources' | 'chart'>): string {
  return keyOf(cleanFolder(request.folder), request);
}

/** The settings of a chart come from a file that is no dependency: they are part of what is asked for. */
function keyOf(folder: string, { resources, chart }: Pick<RenderRequest, 'resources' | 'chart'>): string {
  if (resources !== undefined) return JSON.stringify([folder, resources]);
  return chart === undefined ? folder : JSON.stringify([folder, 'chart', chart.releaseName, chart.settingsId]);
}

function cleanFolder(folder: string): string {
  return folder === '.' ? '' : folder.replace(/\/+$/, '');
}

function resultOf({ objects, problems }: Finished, dependencies: Dependencies, isRetryable: boolean): RenderResult {
  return { type: 'rendered', objects, problems, files: filesOf(dependencies), dependencies, isRetryable };
}

/** The files of lookups: they are asked for at each commit, whether anything has changed or not. */
const knownFiles = new WeakMap<Dependencies, readonly string[]>();

function filesOf(dependencies: Dependencies): readonly string[] {
  const known = knownFiles.get(dependencies);
  if (known !== undefined) return known;
  const files = [...dependencies]
    .filter(([path, found]) => found !== '' && !found.startsWith('/') && !path.endsWith('/'))
    .map(([path]) => path)
    .sort();
  knownFiles.set(dependencies, files);
  return files;
}

function renderFolder(reader: FileReader, folder: string, resources: readonly string[] | undefined): Finished {
  const nowhere: Place = { file: { path: folder, text: '', lineShift: 0 }, start: 0 };
  let at = nowhere;
  try {
    let built: Built;
    if (resources === undefined) {
      const file = findKustomization(reader, folder);
      at = { file: { path: file.path, text: '', lineShift: 0 }, start: 0 };
      const originPath = hasBuildMetadata(reader, folder) ? '' : undefined;
      built = new Builder(reader).buildFolder({ folder, chain: [], originPath });
    } else built = new Builder(reader).buildResources(folder, resources);
    if (built.isBroken) return { objects: [], problems: sortedOnce(built.problems) };
    return finish(built, at);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { objects: [], problems: [diagnosticOf(error, error.at ?? at, undefined)] };
  }
}

function hasBuildMetadata(reader: FileReader, folder: string): boolean {
  try {
    const [node] = reader.nodes(findKustomization(reader, folder), '1.1');
    return !isEmpty(fieldOf(node, 'buildMetadata'));
  } catch (error) {
    // What is wrong with the file is reported by whoever builds it.
    if (error instanceof RenderError) return false;
    throw error;
  }
}

function finish(built: Built, at: Place): Finished {
  const accumulator = built.accumulator.copy();
  try {
    finishResources(accumulator, built.kustomization);
    const objects = accumulator.list.items.flatMap(({ node, place }) =>
      node === undefined ? [] : [new RenderedObject(node, place)],
    );
    checkSizes(objects);
    const leaks = objects.flatMap(leakOf);
    if (leaks.length > 0) return { objects: [], problems: sortedOnce([...built.problems, ...leaks]) };
    // A value that does not fit its type is found when the object is made.
    for (const rendered of objects) void rendered.object;
    return { objects, problems: sortedOnce(built.problems) };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { objects: [], problems: [...built.problems, diagnosticOf(error, error.at ?? at, undefined)] };
  }
}

/**
 * A value that was decrypted and stands in anything but a Secret, where plans, reports and the status branch would show
 * it.
 */
function leakOf({ node, kind, name }: RenderedObject): readonly Diagnostic[] {
  const leaked = kind === 'Secret' ? undefined : findDecrypted(node);
  if (leaked === undefined) return [];
  const message = `a value that was decrypted stands in ${kind}/${name}, which is shown`;
  const help = 'let a replacement, var or patch put it into a Secret, and refer to that';
  return [diagnosticOf({ code: 'RenderRefused', message, help }, leaked, undefined)];
}

function findDecrypted(node: Node): Node | undefined {
  if (isDecrypted(node)) return node;
  if (node.kind === 'scalar') return undefined;
  for (const child of node.kind === 'list' ? node.items : node.fields.values()) {
    const found = findDecrypted(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkSizes(objects: readonly RenderedObject[]): void {
  let total = 0;
  for (const { node, kind, name } of objects) {
    checkSize(node, `${kind}/${name}`, node);
    total += measure(node, LIMITS.objectBytes);
    if (total > LIMITS.kustomizationOutputBytes) {
      throw new RenderError(
        'LimitExceeded',
        `the objects have more than ${LIMITS.kustomizationOutputBytes} bytes together (kustomizationOutputBytes)`,
        {
          help: 'split the kustomization into several applications',
        },
      );
    }
  }
}

/** A base that several kustomizations use reports its problems to each of them. */
function sortedOnce(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const problem of problems) {
    const { path, line, column, field, message } = problem;
    const key = JSON.stringify([path, line, column, field, message]);
    if (!seen.has(key)) seen.set(key, problem);
  }
  return sortDiagnostics([...seen.values()]);
}
