import type { Diagnostic } from './diagnostic.ts';
import type { CachedFile } from './manifest-cache.ts';
import type { LoadedObject, LoadFile } from './manifest-loader.ts';
import type { ObjectReferenceUse } from './validate/references.ts';

/**
 * What a load without errors found, to start the next load of the same folder from. Objects of one file stand together:
 * those of file `i` from `starts[i]` to `starts[i + 1]`.
 */
export interface LoadMemory {
  readonly files: readonly LoadFile[];
  readonly objects: readonly LoadedObject[];
  readonly starts: Int32Array;
  readonly passedOver: ReadonlyMap<number, number>;
  /** Warnings, and the files that they are about. */
  readonly diagnostics: readonly Diagnostic[];
  readonly warned: ReadonlySet<number>;
  /** References to what the application does not declare, by key, and whether that existed. */
  readonly outside: ReadonlyMap<string, { readonly reference: ObjectReferenceUse; readonly exists: boolean }>;
}

/** What another version of some files makes of an earlier load. */
export interface LoadPatch {
  readonly memory: LoadMemory;
  /** Indexes of the objects that took the place of others. */
  readonly changed: readonly number[];
}

export interface PatchContext {
  /** What is known of a file; `undefined` when it has to be read first. */
  readonly contentOf: (file: LoadFile) => CachedFile | undefined;
  readonly objectsOf: (content: CachedFile, file: LoadFile) => readonly LoadedObject[];
  readonly exists: (reference: ObjectReferenceUse) => boolean;
}

const FILES_PER_STEP = 500;

/** Indexes of the files with another content than before; `undefined` when they are not the same files. */
export function changedFiles(memory: LoadMemory, files: readonly LoadFile[]): readonly number[] | undefined {
  if (files.length !== memory.files.length) return undefined;
  const changed: number[] = [];
  for (let index = 0; index < files.length; index++) {
    const [before, file] = [memory.files[index], files[index]];
    if (before === file || before === undefined || file === undefined) continue;
    if (before.path !== file.path || file.isTooLarge === true) return undefined;
    if (before.blobId !== file.blobId) changed.push(index);
  }
  return changed;
}

/**
 * The result of loading `files` where `memory` is that of files of which only `changed` were others. Looks at no other
 * file. `undefined` where the objects would have to be compared with each other again: other objects, other references,
 * any problem of these files. Runs in steps.
 */
export function* patchLoad(
  memory: LoadMemory,
  files: readonly LoadFile[],
  changed: readonly number[],
  context: PatchContext,
): Generator<void, LoadPatch | undefined> {
  for (const { reference, exists } of memory.outside.values()) {
    if (context.exists(reference) !== exists) return undefined;
  }
  const objects = [...memory.objects];
  const passedOver = new Map(memory.passedOver);
  const changedObjects: number[] = [];
  for (const [done, index] of changed.entries()) {
    if (done % FILES_PER_STEP === FILES_PER_STEP - 1) yield;
    const file = files[index];
    const content = file && context.contentOf(file);
    if (file === undefined || content === undefined || content.diagnostics.length > 0) return undefined;
    if (memory.warned.has(index)) return undefined;
    const start = memory.starts[index] ?? 0;
    const now = context.objectsOf(content, file);
    if (now.length !== (memory.starts[index + 1] ?? 0) - start) return undefined;
    for (const [offset, object] of now.entries()) {
      const before = memory.objects[start + offset];
      if (before === undefined || !isReplacement(before, object)) return undefined;
      objects[start + offset] = object;
      changedObjects.push(start + offset);
    }
    if (content.passedOver > 0) passedOver.set(index, content.passedOver);
    else passedOver.delete(index);
  }
  return { memory: { ...memory, files: files.map(withoutContent), objects, passedOver }, changed: changedObjects };
}

/** Only names are remembered: what the files hold is the cache's to keep. */
export function withoutContent(file: LoadFile): LoadFile {
  return file.content === undefined && file.bytes === undefined ? file : { path: file.path, blobId: file.blobId };
}

/** Whether nothing between the objects of the application changes when one takes the place of the other. */
function isReplacement(before: LoadedObject, object: LoadedObject): boolean {
  if (object.key !== before.key || object.kind !== before.kind || !object.isValid) return false;
  if (object.references.length === 0) return true;
  const known = new Set(before.references.map(({ key }) => key));
  return object.references.every(({ key }) => known.has(key));
}
