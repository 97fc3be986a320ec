import { isJsonObject } from '../../../lib/json.ts';
import {
  type LabelRequirement,
  type LabelSelector,
  type Labels,
  matcherOf,
  requirementsOf,
} from '../../../objects/label-selector.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../../objects/names.ts';
import { type Cursor, checkText } from '../cursor.ts';
import { checkLabels } from './metadata-rules.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** `metav1.LabelSelector` (apimachinery, ValidateLabelSelector). */
export function checkLabelSelector(selector: Cursor): void {
  checkLabels(selector.get('matchLabels'));
  for (const requirement of selector.get('matchExpressions').items) {
    const operator = requirement.get('operator');
    const values = requirement.get('values');
    if (operator.text !== undefined && !OPERATORS.includes(operator.text)) {
      operator.invalid('not a valid selector operator', `use one of ${OPERATORS.join(', ')}`);
    } else if (operator.text === 'In' || operator.text === 'NotIn') {
      if (values.items.length === 0) values.required("must be specified when `operator` is 'In' or 'NotIn'");
    } else if (values.items.length > 0) {
      values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    checkText(requirement.get('key'), qualifiedNameProblems);
    for (const value of values.items) checkText(value, labelValueProblems);
  }
}

export function isEmptySelector(selector: Cursor): boolean {
  return selector.get('matchLabels').entries.length === 0 && selector.get('matchExpressions').items.length === 0;
}

/**
 * "`selector` does not match template `labels`" (apps validation): a workload whose pods it would not recognise would
 * create them without end. Says which label differs.
 */
export function checkSelectorMatchesTemplate(selector: Cursor, labels: Cursor): void {
  const value = selector.object;
  if (value === undefined) return;
  let requirements: readonly LabelRequirement[];
  try {
    requirements = requirementsOf(value as LabelSelector);
  } catch {
    return;
  }
  if (matcherOf(requirements)(isJsonObject(labels.value) ? (labels.value as Labels) : {})) return;
  const missing = selector.get('matchLabels').entries.filter(([key, wanted]) => labels.get(key).value !== wanted.value);
  const wanted = missing.map(([key, cursor]) => `${key}: ${String(cursor.value)}`).join(', ');
  const help =
    wanted === ''
      ? 'make the labels match the selector'
      : `add the label ${wanted} to the template, or correct the selector`;
  labels.invalid('`selector` does not match template `labels`', help);
}
