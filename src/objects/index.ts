/**
 * Everything that is true of API objects by themselves: which kinds there are and what Berth does with each, names,
 * keys, selectors, quantities, conditions, owners, pods, hashes. All pure: the registry, the validator, the
 * controllers, the node agent and the plan read the same tables. It must not know who stores, runs or sends objects.
 */
export { type Condition, findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
export { applyDefaults } from './defaults/apply-defaults.ts';
export { normalizeObject } from './defaults/normalize.ts';
export { pullPolicyOf } from './defaults/pod-defaults.ts';
export { type FieldPath, type FieldProblem, type FieldProblemCode, formatFieldPath } from './field-problem.ts';
export {
  type FieldRequirement,
  parseFieldRequirements,
  parseFieldSelector,
  selectableFieldsOf,
} from './field-selector.ts';
export { type IntOrString, percentOf, scaledValue } from './int-or-string.ts';
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
  shareManagedFields,
  touchManagedFields,
} from './ownership/managed-fields.ts';
export { type OwnUpdateRequest, ownUpdate } from './ownership/own-update.ts';
export {
  parseResources,
  podLimits,
  podRequests,
  type QosClass,
  qosClassOf,
  type ResourceAmounts,
} from './pod-resources.ts';
export {
  availableInMs,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  isSidecar,
  POD_TEMPLATE_HASH_LABEL,
} from './pods.ts';
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  maxQuantity,
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
export { type FieldSupport, supportOf, supportProblems } from './support/field-support.ts';
export { digestOf, templateHash } from './template-hash.ts';
export type * from './types.ts';
