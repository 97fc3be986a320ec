/**
 * Everything that is true of API objects by themselves, all pure: the registry, the validator, the controllers, the
 * node agent and the plan read the same tables.
 *
 * - `kinds`: every built-in kind, what Berth does with it, where an object is stored and how it is called
 * - `schema/`: the fields of every type, with list keys and merge keys; `support/`: what Berth does with each field
 * - `defaults/`: one spelling and the API server's defaults; `patch/`: the three kinds of patches
 * - `storage/`: how claims and volumes find each other, and the names that storage goes by
 * - `ownership/`: who owns which field, server-side apply
 * - names, selectors, quantities, conditions, owners, pods, hashes: the vocabulary that all of them share
 *
 * It must not know who stores, runs or sends objects.
 */
export { type Condition, findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
export { applyDefaults } from './defaults/apply-defaults.ts';
export { normalizeObject } from './defaults/normalize.ts';
export { pullPolicyOf } from './defaults/pod-defaults.ts';
export { DELETION_COST_ANNOTATION, parseDeletionCost } from './deletion-cost.ts';
export { type FieldPath, type FieldProblem, type FieldProblemCode, formatFieldPath } from './field-problem.ts';
export {
  type FieldRequirement,
  parseFieldRequirements,
  parseFieldSelector,
  selectableFieldsOf,
} from './field-selector.ts';
export { type IntOrString, percentOf, scaledValue } from './int-or-string.ts';
export { finishedConditionOf, isFinishedJob, jobExpiryMs } from './jobs.ts';
export {
  findKind,
  findKindByName,
  findKindsNamed,
  findRemovedVersion,
  findResource,
  formatObject,
  KINDS,
  type KindInfo,
  type KindReference,
  kindOf,
  kindsInCategory,
  type ObjectIdentity,
  type RemovedVersion,
  STORED_KINDS,
  servedGroupVersions,
  storageKeyOf,
  storagePrefixOf,
} from './kinds.ts';
export {
  formatLabelSelector,
  type LabelMatcher,
  type LabelRequirement,
  type LabelSelector,
  type Labels,
  matcherOf,
  matcherOfSelector,
  matchesLabels,
  parseLabelRequirements,
  parseLabelSelector,
  requirementsOf,
  SelectorError,
  tryFormatLabelSelector,
} from './label-selector.ts';
export {
  annotationKeyProblems,
  configMapKeyProblems,
  descendingPathProblems,
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envVarNameProblems,
  generateNameProblems,
  labelValueProblems,
  type NameRule,
  objectNameProblems,
  pathSegmentNameProblems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
  rangeProblems,
  tooLongMessage,
} from './names.ts';
export { type ObjectReference, referencesOf, targetOf } from './object-references.ts';
export {
  controllerOf,
  isControlledBy,
  isOwnedBy,
  newControllerReference,
  newOwnerReference,
  type OwnerReference,
} from './owner-references.ts';
export {
  type ApplyOwnedRequest,
  type ApplyOwnedResult,
  applyOwned,
  type ConflictDecision,
  type FieldConflict,
} from './ownership/apply-owned.ts';
export {
  type ManagedFields,
  type ManagedFieldsEntry,
  type Manager,
  ownedFieldPaths,
  touchManagedFields,
} from './ownership/managed-fields.ts';
export { type OwnUpdateRequest, ownUpdate } from './ownership/own-update.ts';
export { applyJsonPatch } from './patch/json-patch.ts';
export { applyMergePatch } from './patch/merge-patch.ts';
export { PatchError } from './patch/patch-error.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export {
  parseResources,
  podLimits,
  podRequests,
  type QosClass,
  qosClassOf,
  type ResourceAmounts,
} from './pod-resources.ts';
export { POD_TEMPLATES } from './pod-templates.ts';
export {
  availableInMs,
  isPodActive,
  isPodAvailable,
  isPodEnding,
  isPodGoingOn,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  isSidecar,
  isToEnd,
  minReadySecondsOf,
  POD_TEMPLATE_HASH_LABEL,
  REVISION_LABEL,
} from './pods.ts';
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  maxQuantity,
  multiplyQuantity,
  parseQuantity,
  QUANTITY_MESSAGE,
  type Quantity,
  type QuantityFormat,
  quantityMilliValue,
  quantityOf,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
  ZERO_QUANTITY,
} from './quantity.ts';
export { isInQuotaScope, overdueAtMs, quotaKinds, quotaUsageOf, totalQuotaUsage } from './resource-quota.ts';
export {
  type FieldSchema,
  fieldsOf,
  type ListSchema,
  type MapSchema,
  type ObjectSchema,
  rootSchema,
  type Scalar,
  type ScalarSchema,
  schemaAt,
  schemaAtStep,
  schemaOf,
  type TypeSchema,
  type ValueSchema,
} from './schema/schema.ts';
export {
  findMatchingVolume,
  isReservedFor,
  type MatchOptions,
  mismatchOf,
} from './storage/find-matching-volume.ts';
export * as storageNames from './storage/names.ts';
export {
  capacityOf,
  claimClassOf,
  claimOfVolume,
  defaultStorageClass,
  isClaimBound,
  isDelayed,
  type PodClaim,
  podClaims,
  requestedStorage,
  volumeClassOf,
} from './storage/storage.ts';
export { type FieldSupport, supportOf, supportProblems } from './support/field-support.ts';
export { digestOf, templateHash } from './template-hash.ts';
export type * from './types.ts';
