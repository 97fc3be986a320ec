/**
 * From the files of a commit to valid objects: selectManifestFiles → parseManifestFile → validateObject → validateSet, and for a whole
 * application `loadManifests`, which does all of it in slices and keeps results by blob id. All problems become `Diagnostic`s with their
 * place in the file; nothing throws. It must not know Git, the disk or the registry: bytes and validators are handed in.
 */
export {
  type Diagnostic,
  type Excerpt,
  type FileDiagnostic,
  hasErrors,
  printable,
  type Span,
  sortDiagnostics,
} from './diagnostic.ts';
export {
  countDiagnostics,
  formatDiagnostic,
  formatDiagnosticLine,
  formatDiagnosticPlace,
  formatDiagnostics,
  limitDiagnostics,
} from './diagnostic-text.ts';
export {
  decodeObject,
  type ManifestDocument,
  type ManifestFileInput,
  type ParsedFile,
  type ParsedObject,
  parseFile,
  parseFileSteps,
  parseManifestFile,
} from './parse/parse-manifest-file.ts';
export { type LocatedField, type ObjectPlace, SourceText } from './parse/source-text.ts';
