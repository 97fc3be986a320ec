/**
 * From the files of a commit to valid objects: selectManifestFiles → parseManifestFile → validateObject → validateSet,
 * and for a whole application `ManifestLoader`, which does all of it in slices and keeps results by blob id. All
 * problems become `Diagnostic`s with their place in the file; nothing throws. It must not know Git, the disk or the
 * registry: bytes and validators are handed in.
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
  formatOmitted,
  limitDiagnostics,
} from './diagnostic-text.ts';
export { fieldDiagnostic } from './field-diagnostic.ts';
export type { JudgedRendering } from './judge-rendering.ts';
export { type CachedFile, type CachedObject, ManifestCache } from './manifest-cache.ts';
export {
  isCachedFile,
  isJudged,
  type LoadCounts,
  type LoadedObject,
  type LoadFile,
  type LoadResult,
  ManifestLoader,
} from './manifest-loader.ts';
export { normalizeManifest } from './normalize-manifest.ts';
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
export { readSimpleYaml } from './parse/simple-yaml.ts';
export { type LocatedField, type ObjectPlace, SourceText } from './parse/source-text.ts';
export type { LoadMemory } from './patch-load.ts';
export type { NeededKind } from './read-manifest-file.ts';
export {
  type ChartOptions,
  type ChartRelease,
  type ChartRequest,
  type ChartResult,
  type Dependencies,
  decodeResult,
  diagnosticOf,
  dropIgnoredHooks,
  encodeResult,
  type FolderListing,
  followPath,
  KUSTOMIZATION_NAMES,
  type LinkText,
  type OwnEntry,
  RenderCache,
  type RenderedObject,
  type RenderResult,
  type RepositoryTree,
  readBuilt,
  render,
  renderKeyOf,
  substituteObjects,
  type TreeEntry,
  type Variable,
} from './render/index.ts';
export {
  type ListedFile,
  type SelectRequest,
  type SelectResult,
  selectManifestFiles,
} from './select-manifest-files.ts';
export {
  type ApplicationSettings,
  NO_SETTINGS,
  SETTINGS_FILE,
  type SubstituteReference,
} from './settings/application-settings.ts';
export { type ReadSettings, readApplicationSettings, settingsProblem } from './settings/read-application-settings.ts';
export {
  type ModelError,
  type ModelValidator,
  type ModelValidators,
  noModelValidators,
} from './validate/model-validators.ts';
export type { ObjectReferenceUse } from './validate/references.ts';
export { type ValidateOptions, validateObject } from './validate/validate-object.ts';
export { type SetMember, type SetOptions, type SetProblem, validateSet } from './validate/validate-set.ts';
export { validateUpdate } from './validate/validate-update.ts';
