import { type FileReader, type FoundFile, inlineSource } from '../files/file-reader.ts';
import type { Located, Patch } from '../kustomization/kustomization.ts';
import type { MapNode, Node } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';
import type { YamlVersion } from '../nodes/resolve-scalar.ts';
import { type JsonPatchOperation, readJsonPatch } from '../patch/json-patch.ts';
import { RenderError } from '../problems.ts';
import { readResources } from '../resources/read-resources.ts';

export type ReadPatch =
  | { readonly type: 'merge'; readonly patches: readonly MapNode[] }
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] };

/** The documents of a patch that stands in a file or in the kustomization itself. */
export class PatchText {
  readonly #reader: FileReader;
  readonly #file: FoundFile | undefined;
  readonly #inline: Located<string> | undefined;
  /** kustomize takes the white space around a patch away, and with it the last line break of a text at its end. */
  readonly #isTrimmed: boolean;

  constructor(
    reader: FileReader,
    from: { readonly file: FoundFile } | { readonly inline: Located<string> },
    options: { readonly isTrimmed: boolean } = { isTrimmed: false },
  ) {
    this.#reader = reader;
    this.#file = 'file' in from ? from.file : undefined;
    this.#inline = 'inline' in from ? from.inline : undefined;
    this.#isTrimmed = options.isTrimmed;
  }

  nodes(version: YamlVersion): readonly Node[] {
    if (this.#file !== undefined) return this.#reader.nodes(this.#file, version);
    const inline = this.#inline;
    if (inline === undefined) return [];
    const source = inlineSource(inline.at, inline.value);
    if (!this.#isTrimmed) return parseNodes(source, version);
    const lead = source.text.slice(0, source.text.length - source.text.trimStart().length);
    const lineShift = source.lineShift + lead.split('\n').length - 1;
    return parseNodes({ ...source, text: source.text.trim(), lineShift }, version);
  }

  mergePatches(): readonly MapNode[] {
    return readResources(this.nodes('1.2')).flatMap(({ node }) => (node === undefined ? [] : [node]));
  }

  operations(): readonly JsonPatchOperation[] {
    const [first] = this.nodes('1.1');
    return first === undefined ? [] : readJsonPatch(first);
  }
}

/** The text of a `patches` or `patchesJson6902` entry. */
export function patchText(
  reader: FileReader,
  root: string,
  patch: Patch,
  options: { readonly isTrimmed: boolean },
): PatchText {
  const { path, at, patchNode } = patch;
  const text = patch.patch.trim();
  if ((text === '') === (path === '')) {
    const message = text === '' ? 'a patch needs patch or path' : 'a patch has either patch or path, not both';
    throw new RenderError('KustomizationInvalid', message, { help: 'keep one of the two', at });
  }
  if (path === '') return new PatchText(reader, { inline: { value: patch.patch, at: patchNode ?? at } }, options);
  return new PatchText(reader, { file: reader.resolveFile(root, { value: path, at }) });
}

/** A list is a JSON patch, anything else a strategic merge patch. */
export function readPatchText(text: PatchText): ReadPatch {
  const documents = text.nodes('1.2');
  if (documents[0]?.kind === 'list') return { type: 'json', operations: text.operations() };
  if (documents.length > 0) return { type: 'merge', patches: text.mergePatches() };
  throw new RenderError('RenderFailed', 'the patch is empty', { help: 'write the patch, or remove the entry' });
}
