import { percentOf } from '../../../objects/int-or-string.ts';
import { findSystemPriorityClass } from '../../../objects/system-priority-classes.ts';
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
    const why = differsFromSystemClass(name.text, priorityClass);
    if (why === undefined) return;
    name.forbidden(`priority class names with 'system-' prefix are reserved for system use only. error: ${why}`);
  } else if ((value.number ?? 0) > MAX_USER_PRIORITY) {
    value.forbidden(`maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`);
  }
}

/**
 * "Any priority class that has a system prefix is equal to one of these SystemPriorityClasses" (scheduling/v1
 * helpers.go, IsKnownSystemPriorityClass).
 */
function differsFromSystemClass(name: string, priorityClass: Cursor): string | undefined {
  const known = findSystemPriorityClass(name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (priorityClass.get('value').number !== known.value) return `value of ${name} PriorityClass must be ${known.value}`;
  const isDefault = priorityClass.get('globalDefault').value === true;
  return isDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}
