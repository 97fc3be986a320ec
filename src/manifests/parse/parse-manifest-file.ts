import { deepFreeze, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { LIMITS } from '../../lib/limits.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import type { KubernetesObject } from '../../objects/types.ts';
import { BoundedProblems } from '../bounded-problems.ts';
import type { Diagnostic, FileDiagnostic } from '../diagnostic.ts';
import { type ComposedDocument, type ComposedFile, composeSteps } from './compose.ts';
import { decodeText } from './decode-text.ts';
import { nodeToJson } from './node-to-json.ts';
import { readSimpleYamlSteps, type SimpleDocument } from './simple-yaml.ts';
import { type ObjectPlace, SourceText } from './source-text.ts';
import { syntaxProblem, type TextProblem } from './syntax-problem.ts';

/** One object of a file. Nothing here keeps nodes in memory. */
export interface ParsedObject extends ObjectPlace {
  readonly apiVersion: string;
  readonly kind: string;
  /** As written; undefined when there is none or it is no text. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Where it starts. */
  readonly line: number;
  readonly column: number;
  /**
   * The object as JSON, keys in the order of the file: the compact form for a cache, and an identity for equal objects.
   */
  readonly json: string;
}

/** A file that was read, without its path: equal bytes give equal results. */
export interface ParsedFile {
  readonly objects: readonly ParsedObject[];
  readonly diagnostics: readonly FileDiagnostic[];
  /** Problems beyond those, which are only counted. */
  readonly omitted: number;
  /** Documents that are YAML and have neither apiVersion nor kind. */
  readonly passedOver: number;
  /** The whole text; empty when the bytes are none. */
  readonly text: string;
}

export interface ManifestFileInput {
  readonly path: string;
  readonly blobId: string;
  readonly bytes: Uint8Array;
}

export interface ManifestDocument extends ParsedObject {
  /** Frozen. */
  readonly object: KubernetesObject;
}

/**
 * Reads one file. Never throws: what is wrong becomes diagnostics, and the good documents of a bad file are there, too.
 */
export function parseManifestFile(file: ManifestFileInput): {
  readonly documents: readonly ManifestDocument[];
  readonly diagnostics: readonly Diagnostic[];
  readonly passedOver: number;
} {
  const parsed = parseFile(file.bytes);
  return {
    documents: parsed.objects.map((object) => ({ ...object, object: decodeObject(object) })),
    diagnostics: parsed.diagnostics.map((diagnostic) => ({ ...diagnostic, path: file.path })),
    passedOver: parsed.passedOver,
  };
}

/** The object of its JSON form, frozen. Costs a few microseconds. */
export function decodeObject(parsed: { readonly json: string }): KubernetesObject {
  return deepFreeze(JSON.parse(parsed.json) as KubernetesObject);
}

/** `parseFileSteps` without a pause. */
export function parseFile(bytes: Uint8Array): ParsedFile {
  const steps = parseFileSteps(bytes);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Reads a file's bytes; yields between pieces of work of a few milliseconds. */
export function* parseFileSteps(bytes: Uint8Array): Generator<void, ParsedFile> {
  const decoded = decodeText(bytes);
  if (decoded.problem !== undefined)
    return { objects: [], diagnostics: [decoded.problem], omitted: 0, passedOver: 0, text: '' };
  const { text } = decoded;
  const control = findControlCharacter(text);
  if (control !== undefined)
    return { objects: [], diagnostics: [controlProblem(text, control)], omitted: 0, passedOver: 0, text };
  const simple = yield* readSimpleYamlSteps(text);
  if (simple?.every(({ value }) => !isJsonObject(value) || !isList(value)) === true) {
    const reader = new FileReader(text);
    for (const [index, document] of simple.entries()) {
      reader.readSimple(index, document);
      if (index % 64 === 63) yield;
    }
    return reader.finish();
  }
  const composed = yield* composeSteps(text);
  const reader = new FileReader(text, composed);
  for (const [index, document] of composed.documents.entries()) {
    reader.readDocument(index, document);
    if (index % 16 === 15) yield;
  }
  return reader.finish();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what YAML forbids (YAML 1.2, section 5.1).
const CONTROL = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function findControlCharacter(text: string): number | undefined {
  const at = text.search(CONTROL);
  return at === -1 ? undefined : at;
}

function controlProblem(text: string, offset: number): FileDiagnostic {
  const code = text.charCodeAt(offset).toString(16).padStart(4, '0').toUpperCase();
  const source = new SourceText(text, { documents: [] });
  return source.diagnosticAt(
    source.lines.spanOf(offset, offset + 1),
    {
      code: 'YamlSyntax',
      severity: 'error',
      message: `the control character U+${code} is not allowed in YAML`,
      help: 'remove it, or write it as an escape in double quotes',
    },
    { keep: 0 },
  );
}

/** Other programs' YAML may have tags and values of its own, such as `!Ref`. */
const ONLY_OF_MANIFESTS: ReadonlySet<string> = new Set(['YamlTagUnknown', 'YamlValue']);

/** Collects what the documents of one file give. */
class FileReader {
  readonly #text: string;
  /** Undefined after the simple reader: nodes are made only when a problem needs a place. */
  readonly #composed: ComposedFile | undefined;
  readonly #objects: ParsedObject[] = [];
  readonly #diagnostics = new BoundedProblems<FileDiagnostic>(LIMITS.diagnostics);
  #lazySource: SourceText | undefined;
  /** Where the document of the simple reader starts; `offset` is where its line begins. */
  #start: { readonly line: number; readonly column: number; readonly offset: number } | undefined;
  #passedOver = 0;
  #isFull = false;

  constructor(text: string, composed?: ComposedFile) {
    this.#text = text;
    this.#composed = composed;
  }

  finish(): ParsedFile {
    const stopped = this.#composed?.stopped;
    if (stopped !== undefined) {
      this.#addProblem({
        code: 'LimitExceeded',
        severity: 'error',
        start: stopped.offset,
        end: stopped.offset + 1,
        message: stopped.detail,
        help: stopped.help,
      });
    }
    const { items, omittedCount } = this.#diagnostics;
    return {
      objects: this.#objects,
      diagnostics: items,
      omitted: omittedCount,
      passedOver: this.#passedOver,
      text: this.#text,
    };
  }

  readSimple(documentIndex: number, { value, start }: SimpleDocument): void {
    if (value === null) return;
    this.#start = this.#placeOf(start);
    this.#addValue({ documentIndex, itemPath: [] }, value, undefined);
  }

  /** Counts on from the document before: an index of all lines would cost as much as reading them. */
  #placeOf(start: number): { readonly line: number; readonly column: number; readonly offset: number } {
    let { line, offset } = this.#start ?? { line: 1, offset: 0 };
    for (
      let end = this.#text.indexOf('\n', offset);
      end !== -1 && end < start;
      end = this.#text.indexOf('\n', offset)
    ) {
      line++;
      offset = end + 1;
    }
    return { line, column: start - offset + 1, offset };
  }

  readDocument(documentIndex: number, document: ComposedDocument): void {
    const [error] = document.errors;
    // Further syntax errors of a document are nearly always consequences of its first.
    if (error !== undefined) return this.#addProblem(syntaxProblem(error, this.#lineAt(error.pos[0])));
    if (document.root === null) return;
    const { value, problems, omitted } = nodeToJson(document.root);
    const isManifest = isJsonObject(value) && (value['apiVersion'] !== undefined || value['kind'] !== undefined);
    for (const problem of problems) if (isManifest || !ONLY_OF_MANIFESTS.has(problem.code)) this.#addProblem(problem);
    if (isManifest) this.#diagnostics.omit('', omitted);
    if (value === undefined || value === null) return;
    this.#addValue({ documentIndex, itemPath: [] }, value, undefined);
  }

  #addValue(place: ObjectPlace, value: JsonValue, list: JsonObject | undefined): void {
    const object = withListType(value, list);
    if (object === undefined || (object['apiVersion'] === undefined && object['kind'] === undefined)) {
      this.#passedOver++;
      return;
    }
    const { apiVersion, kind } = object;
    if (!isFilledText(apiVersion)) return this.#addIncomplete(place, 'apiVersion', apiVersion);
    if (!isFilledText(kind)) return this.#addIncomplete(place, 'kind', kind);
    if (isList(object)) return this.#addItems(place, object);
    this.#addObject(place, object, apiVersion, kind);
  }

  /** A `List`, or any `ConfigMapList`: its items count as documents of their own. */
  #addItems(place: ObjectPlace, list: JsonObject): void {
    const items = list['items'];
    if (!Array.isArray(items)) return;
    for (const [index, item] of items.entries()) {
      if (this.#isFull) return;
      this.#addValue({ ...place, itemPath: [...place.itemPath, 'items', index] }, item, list);
    }
  }

  #addObject(place: ObjectPlace, object: JsonObject, apiVersion: string, kind: string): void {
    const json = JSON.stringify(object);
    if (json.length > LIMITS.objectBytes) {
      const size = `the object has ${json.length} bytes as JSON; the limit is ${LIMITS.objectBytes} (objectBytes)`;
      return this.#addAt(place, [], 'LimitExceeded', size, 'split the object');
    }
    if (this.#objects.length >= LIMITS.manifestDocumentsPerFile) {
      this.#isFull = true;
      const limit = `the file has more than ${LIMITS.manifestDocumentsPerFile} objects (manifestDocumentsPerFile)`;
      return this.#addAt(place, [], 'LimitExceeded', limit, 'split the file');
    }
    const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
    const start = this.#start ?? this.#sourceText().locate(place, [], 'value');
    this.#objects.push({
      ...place,
      apiVersion,
      kind,
      namespace: textOf(metadata['namespace']),
      name: textOf(metadata['name']),
      line: start.line,
      column: start.column,
      json,
    });
  }

  #addIncomplete(place: ObjectPlace, field: 'apiVersion' | 'kind', value: JsonValue | undefined): void {
    if (value !== undefined && value !== null && value !== '') {
      return this.#addAt(place, [field], 'ManifestIncomplete', `${field} is not text`, 'put it in quotes');
    }
    const other = field === 'kind' ? 'apiVersion' : 'kind';
    const message = value === undefined ? `the document has ${other} and no ${field}` : `${field} is empty`;
    const help = `add ${field}, or list the file in .sourceignore when it is no manifest`;
    this.#addAt(place, [value === undefined ? other : field], 'ManifestIncomplete', message, help);
  }

  #addAt(place: ObjectPlace, path: FieldPath, code: FileDiagnostic['code'], message: string, help: string): void {
    this.#diagnostics.add('error', '', () => {
      const source = this.#sourceText();
      const span = source.locate(place, path, 'value');
      return source.diagnosticAt(span, { code, severity: 'error', message, help });
    });
  }

  #addProblem(problem: TextProblem): void {
    this.#diagnostics.add(problem.severity, '', () => this.#textDiagnostic(problem));
  }

  #textDiagnostic(problem: TextProblem): FileDiagnostic {
    const source = this.#sourceText();
    const span = source.lines.spanOf(problem.start, problem.end);
    const first =
      problem.firstStart === undefined ? '' : `; the first is on line ${source.lines.lineAt(problem.firstStart)}`;
    return source.diagnosticAt(span, {
      code: problem.code,
      severity: problem.severity,
      message: `${problem.message}${first}`,
      ...(problem.help === undefined ? {} : { help: problem.help }),
    });
  }

  #lineAt(offset: number): string {
    const { lines } = this.#sourceText();
    return lines.lineText(lines.lineAt(offset));
  }

  #sourceText(): SourceText {
    this.#lazySource ??= new SourceText(this.#text, this.#composed);
    return this.#lazySource;
  }
}

/**
 * kubectl gives an item of a list that has neither apiVersion nor kind those that the list implies: `ConfigMapList` of
 * `v1` has items of kind `ConfigMap` (apimachinery, unstructuredJSONScheme.decodeToList).
 */
function withListType(value: JsonValue, list: JsonObject | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  if (list === undefined || value['apiVersion'] !== undefined || value['kind'] !== undefined) return value;
  const itemKind = String(list['kind']).slice(0, -'List'.length);
  if (itemKind === '') return value;
  return { apiVersion: list['apiVersion'] ?? '', kind: itemKind, ...value };
}

function isList(object: JsonObject): boolean {
  const { kind } = object;
  if (kind === 'List' && object['apiVersion'] === 'v1') return true;
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(object['items']);
}

function isFilledText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
