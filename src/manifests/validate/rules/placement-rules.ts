import { qualifiedNameProblems } from '../../../objects/names.ts';
import { type Cursor, checkText } from '../cursor.ts';
import { checkLabelSelector } from './selector-rules.ts';

/** What a pod says of where it wants to be, relative to other pods (core validation, validateAffinity and the like). */
export function checkPlacement(spec: Cursor): void {
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const affinity = spec.get('affinity').get(kind);
    for (const term of affinity.get('requiredDuringSchedulingIgnoredDuringExecution').items) checkTerm(term);
    for (const preferred of affinity.get('preferredDuringSchedulingIgnoredDuringExecution').items) {
      const weight = preferred.get('weight');
      if (weight.number !== undefined && (weight.number < 1 || weight.number > 100)) {
        weight.invalid('must be in the range 1-100');
      }
      checkTerm(preferred.get('podAffinityTerm'));
    }
  }
  for (const constraint of spec.get('topologySpreadConstraints').items) checkConstraint(constraint);
}

function checkTerm(term: Cursor): void {
  if (term.object === undefined) return;
  checkTopologyKey(term.get('topologyKey'));
  checkLabelSelector(term.get('labelSelector'));
  checkLabelSelector(term.get('namespaceSelector'));
  checkLabelKeys(term, 'matchLabelKeys');
  checkLabelKeys(term, 'mismatchLabelKeys');
}

function checkTopologyKey(key: Cursor): void {
  if (key.text === '') key.required('can not be empty');
  else checkText(key, qualifiedNameProblems);
}

function checkLabelKeys(owner: Cursor, field: string): void {
  const keys = owner.get(field);
  if (keys.items.length > 0 && owner.get('labelSelector').isAbsent) {
    keys.forbidden('must not be specified when labelSelector is not set');
  }
  for (const key of keys.items) checkText(key, qualifiedNameProblems);
}

function checkConstraint(constraint: Cursor): void {
  if (constraint.object === undefined) return;
  const maxSkew = constraint.get('maxSkew');
  if (maxSkew.number !== undefined && maxSkew.number <= 0) maxSkew.invalid('must be greater than zero');
  const minDomains = constraint.get('minDomains');
  if (minDomains.number !== undefined && minDomains.number <= 0) minDomains.invalid('must be greater than zero');
  else if (!minDomains.isAbsent && constraint.get('whenUnsatisfiable').value !== 'DoNotSchedule') {
    minDomains.invalid('can only use minDomains if whenUnsatisfiable=DoNotSchedule');
  }
  checkTopologyKey(constraint.get('topologyKey'));
  checkLabelSelector(constraint.get('labelSelector'));
  checkLabelKeys(constraint, 'matchLabelKeys');
}
