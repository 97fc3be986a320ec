import { percentOf } from '../../../objects/int-or-string.ts';
import { type Cursor, checkAtLeast } from '../cursor.ts';
import { checkLabelSelector } from './selector-rules.ts';

const MAX_USER_PRIORITY = 1_000_000_000;

/** `spec` of a PodDisruptionBudget (policy validation, ValidatePodDisruptionBudgetSpec). */
export function checkDisruptionBudget(spec: Cursor): void {
  const [min, max] = [spec.get('minAvailable'), spec.get('maxUnavailable')];
  if (!min.isAbsent && !max.isAbsent)
    min.invalid('minAvailable and maxUnavailable cannot be both set', 'keep one of the two');
  for (const amount of [min, max]) {
    checkAtLeast(amount, 0);
    const percent = amount.text === undefined ? undefined : percentOf(amount.text);
    if (amount.text !== undefined && percent === undefined) {
      amount.invalid("a valid percent string must be a numeric string followed by an ending '%'");
    } else if ((percent ?? 0) > 100) amount.invalid('must not be greater than 100%');
  }
  checkLabelSelector(spec.get('selector'));
}

/** A PriorityClass: "values above one billion are reserved for Kubernetes' own classes" (ValidatePriorityClass). */
export function checkPriorityClass(priorityClass: Cursor): void {
  const name = priorityClass.get('metadata').get('name');
  const value = priorityClass.get('value');
  if (name.text?.startsWith('system-') === true) {
    name.forbidden("priority class names with 'system-' prefix are reserved for system use only");
  }
  if ((value.number ?? 0) > MAX_USER_PRIORITY) {
    value.forbidden(`maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`);
  }
}
