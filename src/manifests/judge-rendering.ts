import { LIMITS } from '../lib/limits.ts';
import type { FieldPath, FieldProblem } from '../objects/field-problem.ts';
import { formatFieldPath } from '../objects/field-problem.ts';
import { formatObject } from '../objects/kinds.ts';
import { BoundedProblems } from './bounded-problems.ts';
import { type Diagnostic, type FileDiagnostic, printable, type Span } from './diagnostic.ts';
import { fieldMessage, helpToQuote, needsText } from './field-diagnostic.ts';
import { namespaceOf, verdictOf } from './judge-object.ts';
import type { ManifestCache, ObjectContent } from './manifest-cache.ts';
import { SourceText } from './parse/source-text.ts';
import { isModelNeeded, type NeededKind } from './read-manifest-file.ts';
import type { RenderedObject } from './render/index.ts';
import type { ModelValidators } from './validate/model-validators.ts';

/** A rendered object that was judged. */
export interface RenderedManifest extends ObjectContent {
  /** Where it was written before anything changed it. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly rendered: RenderedObject;
}

/** What one rendering declares, and what is wrong with its objects. */
export interface JudgedRendering {
  readonly objects: readonly RenderedManifest[];
  readonly diagnostics: readonly Diagnostic[];
  /** Problems beyond those, which are only counted, by file. */
  readonly omitted: ReadonlyMap<string, number>;
}

/**
 * Judges the objects of a rendering as those of a file are judged. Each problem stands at the line that wrote the
 * value: in the object's own file, in a patch, or in a kustomization. Yields between pieces of work; returns the kinds
 * to load first instead, where there are any.
 */
export function* judgeRenderingSteps(
  objects: readonly RenderedObject[],
  context: { readonly models: ModelValidators; readonly cache: ManifestCache },
): Generator<void, JudgedRendering | readonly NeededKind[]> {
  const needed = objects.filter((object) => isModelNeeded(object, context.models));
  if (needed.length > 0) return needed.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  const manifests: RenderedManifest[] = [];
  const report = new BoundedProblems<Diagnostic>(LIMITS.diagnostics);
  for (const [index, rendered] of objects.entries()) {
    if (index % 16 === 15) yield;
    const { apiVersion, kind, namespace, name } = rendered;
    const json = JSON.stringify(rendered.object);
    const { problems, content } = verdictOf({ apiVersion, kind, namespace, name, json }, context);
    if (content === undefined && problems.length === 0) continue;
    const place = placeInRendering(rendered, [], 'value');
    for (const problem of problems) {
      const diagnose = () => renderedDiagnostic(rendered, fieldDraft(rendered, problem), problem.path, problem.at);
      report.add(problem.severity, place.path, diagnose);
    }
    if (content !== undefined) manifests.push({ ...content, ...place, rendered });
  }
  return { objects: manifests, diagnostics: report.items, omitted: report.omitted };
}

function fieldDraft(rendered: RenderedObject, problem: FieldProblem): FileDiagnostic {
  const { node, exists } = rendered.find(problem.path);
  const isPlain = exists && node.kind === 'scalar' && !node.isQuoted && !rendered.isSensitive(problem.path);
  const help = needsText(problem) && isPlain ? helpToQuote(node.text) : problem.help;
  const { code, severity, path } = problem;
  const field = formatFieldPath(path);
  return {
    code,
    severity,
    object: objectName(rendered),
    ...(field === '' ? {} : { field }),
    message: fieldMessage(problem),
    ...(help === undefined ? {} : { help }),
  };
}

function objectName(rendered: RenderedObject): string {
  const { kind, name } = rendered;
  const namespace = namespaceOf(rendered);
  return formatObject({ kind, name, ...(namespace === undefined ? {} : { namespace }) });
}

/** Completes a diagnostic with the place of a field, and with the line there unless it may hold a secret. */
export function renderedDiagnostic(
  rendered: RenderedObject,
  draft: FileDiagnostic,
  path: FieldPath,
  at: 'key' | 'value',
): Diagnostic {
  const { file } = placeOf(rendered, path, at);
  const place = placeInRendering(rendered, path, at);
  // Text that stands inside of another file has its lines, but not its columns.
  if (file.lineShift > 0 || file.text === '') {
    const message = printable(draft.message);
    const help = draft.help === undefined ? {} : { help: printable(draft.help) };
    return { ...draft, message, ...help, path: place.path, line: place.line };
  }
  const keep = rendered.isSensitive(path) ? { keep: (at === 'key' ? place.endColumn : place.column) - 1 } : {};
  return { ...new SourceText(file.text).diagnosticAt(place, draft, keep), path: place.path };
}

/** Where a field stands, or its deepest parent that is written. */
export function placeInRendering(
  rendered: RenderedObject,
  path: FieldPath,
  at: 'key' | 'value',
): { readonly path: string } & Span {
  const { file, start } = placeOf(rendered, path, at);
  const lineStart = file.text.lastIndexOf('\n', start - 1) + 1;
  let line = 1 + file.lineShift;
  for (let end = file.text.indexOf('\n'); end !== -1 && end < lineStart; end = file.text.indexOf('\n', end + 1)) line++;
  const word = /[^\s:,\]}]*/y;
  word.lastIndex = start;
  const length = Math.max(word.exec(file.text)?.[0].length ?? 0, 1);
  const column = start - lineStart + 1;
  return { path: file.path, line, column, endColumn: column + length };
}

function placeOf(rendered: RenderedObject, path: FieldPath, at: 'key' | 'value') {
  if (path.length === 0) return rendered.place;
  const { node, exists } = rendered.find(path);
  const key = path.at(-1);
  if (at === 'value' || !exists || typeof key !== 'string') return node;
  // A value knows where it begins; its key stands before it on its line, or is where a mapping begins.
  const { file, start } = node;
  if (file.text.startsWith(key, start)) return node;
  const lineStart = file.text.lastIndexOf('\n', start - 1) + 1;
  const found = file.text.slice(lineStart, start).lastIndexOf(key);
  return found === -1 ? node : { file, start: lineStart + found };
}
