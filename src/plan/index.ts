/**
 * What a commit changes, computed: the order of applying, the fields that differ, what is no longer declared, and how
 * healthy the result is.
 *
 * Flow: declared objects + dry-run results → `diffObjects` → `ChangeSet`; inventory + declared → `selectPruned`; live
 * objects → `computeHealth`. It does no I/O and knows neither Git nor the store.
 */
export * from './change-set.ts';
export { describeImmutable } from './describe-immutable.ts';
export { diffObjects, type FieldChange } from './diff.ts';
export { applicationOf, fieldManagerOf } from './field-managers.ts';
export { computeHealth, type Health, type HealthStatus } from './health/compute-health.ts';
export { explainWorkload, type ObjectEvent, type WorkloadCause } from './health/explain-workload.ts';
export {
  computeFinishedHealth,
  computeFinishedJob,
  FINISHED_REASON,
  type FinishedJob,
} from './health/finished-job.ts';
export { findHeldUpdate, type HeldUpdate } from './health/held-update.ts';
export { describeHolders } from './health/holding-finalizers.ts';
export { HIDDEN_VALUE } from './hide-secrets.ts';
export { type Inventory, type InventoryEntry, selectPruned } from './inventory.ts';
export { objectBody } from './object-body.ts';
export { compareForApply, compareForPrune } from './order.ts';
export { type ObjectPolicies, readPolicies } from './policies.ts';
