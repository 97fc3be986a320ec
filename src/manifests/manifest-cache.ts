import type { FieldProblem } from '../objects/field-problem.ts';
import type { FileDiagnostic } from './diagnostic.ts';
import type { ObjectPlace } from './parse/source-text.ts';
import type { ObjectReferenceUse } from './validate/references.ts';

/** What an object's content alone says, wherever it stands. */
export interface ObjectContent {
  /** Storage key. */
  readonly key: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  /** The normalised object as JSON: equal for objects that are written alike. */
  readonly json: string;
  /** Of `json`: short, and as good as equal to nothing else. */
  readonly digest: string;
  readonly references: readonly ObjectReferenceUse[];
  /** Whether it has no errors; others are kept to be compared with the rest of the application. */
  readonly isValid: boolean;
}

/** An object of a file, normalised, of a kind that Berth keeps. */
export interface CachedObject extends ObjectContent, ObjectPlace {
  readonly line: number;
  readonly column: number;
}

/** All that one blob gives, wherever in the tree it lies. */
export interface CachedFile {
  /** Kept for the places of problems that appear later, such as a conflict while applying. */
  readonly text: string;
  readonly objects: readonly CachedObject[];
  /** Content of its documents, under which the cache knows their verdicts. */
  readonly judged: readonly string[];
  readonly diagnostics: readonly FileDiagnostic[];
  /** Problems beyond those, which are only counted. */
  readonly omitted: number;
  readonly passedOver: number;
}

/** What was found of an object by its content: objects that were only moved or re-commented are not judged again. */
export interface CachedVerdict {
  /** The content that was judged: one text for all files that have it. */
  readonly judged: string;
  readonly problems: readonly FieldProblem[];
  /** Undefined for an object without a name or of a kind that Berth does not keep. */
  readonly content: ObjectContent | undefined;
}

const BYTES_PER_OBJECT = 600;
/** How full the cache is after it had to drop something, so that it does not have to again at once. */
const LEFT_AFTER_DROP = 0.9;

interface VerdictEntry {
  readonly verdict: CachedVerdict;
  /** How many of the cached files have a document of this content. */
  users: number;
}

interface FileEntry {
  readonly file: CachedFile;
  readonly sizeBytes: number;
  usedAt: number;
}

/**
 * Results by blob id and verdicts by content, least recently used ones dropped beyond a size. Share one between all
 * applications of a repository; give it more room than all their files have, or each commit reads some again.
 */
export class ManifestCache {
  readonly #maxBytes: number;
  readonly #maxVerdicts: number;
  readonly #files = new Map<string, FileEntry>();
  readonly #verdicts = new Map<string, VerdictEntry>();
  #sizeBytes = 0;
  /** Grows with each use: a stamp is cheaper than moving ten thousand entries to the end of the map at every commit. */
  #uses = 0;

  constructor(options: { readonly maxBytes: number; readonly maxVerdicts?: number }) {
    this.#maxBytes = options.maxBytes;
    this.#maxVerdicts = options.maxVerdicts ?? 20_000;
  }

  /** Estimated memory of the files. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  file(blobId: string): CachedFile | undefined {
    const entry = this.#files.get(blobId);
    if (entry === undefined) return undefined;
    entry.usedAt = ++this.#uses;
    return entry.file;
  }

  setFile(blobId: string, file: CachedFile): void {
    for (const content of file.judged) this.#countUser(content, 1);
    this.forget(blobId);
    const sizeBytes = sizeOf(file);
    this.#files.set(blobId, { file, sizeBytes, usedAt: ++this.#uses });
    this.#sizeBytes += sizeBytes;
    if (this.#sizeBytes > this.#maxBytes) this.#dropOldest();
  }

  /** Drops a file that no commit of interest has any more, and the verdicts on what only it contains. */
  forget(blobId: string): void {
    const entry = this.#files.get(blobId);
    if (entry === undefined) return;
    this.#files.delete(blobId);
    this.#sizeBytes -= entry.sizeBytes;
    for (const content of entry.file.judged) this.#countUser(content, -1);
  }

  #countUser(content: string, change: 1 | -1): void {
    const entry = this.#verdicts.get(content);
    if (entry === undefined) return;
    entry.users += change;
    if (entry.users <= 0) this.#verdicts.delete(content);
  }

  verdict(json: string): CachedVerdict | undefined {
    return this.#verdicts.get(json)?.verdict;
  }

  /** The oldest half goes when there are too many. */
  setVerdict(verdict: CachedVerdict): void {
    const { judged } = verdict;
    this.#verdicts.set(judged, { verdict, users: this.#verdicts.get(judged)?.users ?? 0 });
    if (this.#verdicts.size <= this.#maxVerdicts) return;
    const kept = this.#maxVerdicts / 2;
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= kept) return;
      this.#verdicts.delete(oldest);
    }
  }

  #dropOldest(): void {
    const oldestFirst = [...this.#files].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [blobId] of oldestFirst) {
      if (this.#sizeBytes <= this.#maxBytes * LEFT_AFTER_DROP || this.#files.size === 1) return;
      this.forget(blobId);
    }
  }
}

function sizeOf(file: CachedFile): number {
  let sizeBytes = file.text.length + BYTES_PER_OBJECT;
  for (const object of file.objects) sizeBytes += object.json.length + BYTES_PER_OBJECT;
  return sizeBytes + file.diagnostics.length * BYTES_PER_OBJECT;
}
