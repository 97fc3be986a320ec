import { isJsonObject, type JsonValue } from '../../lib/json.ts';
import { type Cursor, isSame } from './cursor.ts';

const POD_MESSAGE =
  'pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, ' +
  '`spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), `spec.terminationGracePeriodSeconds` ' +
  '(allow it to be set to 1 if it was previously negative)';

/** Core validation, ValidatePodUpdate. A node name may be set once: that is what a binding does. */
export function checkPodUpdate(next: Cursor, before: Cursor): void {
  const spec = next.object;
  const old = before.object;
  if (spec === undefined || old === undefined) return;
  for (const field of ['containers', 'initContainers']) {
    if (next.get(field).items.length === before.get(field).items.length) continue;
    return podIsImmutable(next.get(field), 'pod updates may not add or remove containers');
  }
  for (const toleration of before.get('tolerations').items) {
    const isKept = next.get('tolerations').items.some((item) => isSame(timeless(item), timeless(toleration)));
    if (!isKept)
      podIsImmutable(next.get('tolerations'), 'existing toleration can not be modified except its tolerationSeconds');
  }
  checkDeadline(next.get('activeDeadlineSeconds'), before.get('activeDeadlineSeconds').number);
  const isGated = before.get('schedulingGates').items.length > 0;
  if (isGated) checkDirectives(next, before);
  for (const field of new Set([...Object.keys(spec), ...Object.keys(old)])) {
    if (field === 'activeDeadlineSeconds' || field === 'tolerations' || (isGated && field === 'nodeSelector')) continue;
    if (field === 'nodeName' && before.get(field).isAbsent) continue;
    // "Each schedulingGate can be removed in arbitrary order, but addition of a new one is disallowed" (Pod Scheduling
    // Readiness).
    if (field === 'schedulingGates' && isSubset(next.get(field), before.get(field))) continue;
    const [a, b] = [spec[field], old[field]].map((value) => fixedPartOf(field, value, isGated));
    if (!isSame(a, b)) podIsImmutable(next.get(field), POD_MESSAGE);
  }
}

/** What of a field may never change. */
function fixedPartOf(field: string, value: JsonValue | undefined, isGated: boolean): JsonValue | undefined {
  if (field === 'containers' || field === 'initContainers') return withoutImages(value);
  return field === 'affinity' && isGated ? withoutNodeAffinity(value) : value;
}

/** What of an affinity is to pods; `undefined` where that is nothing. */
export function withoutNodeAffinity(affinity: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(affinity)) return affinity;
  const { nodeAffinity: _free, ...others } = affinity;
  return Object.keys(others).length === 0 ? undefined : others;
}

/**
 * "You can mutate scheduling directives of Pods while they have scheduling gates: .spec.nodeSelector, only additions
 * are allowed; if absent, it will be allowed to be set. … If NodeSelectorTerms was empty, it will be allowed to be set;
 * if not empty, then only additions of NodeSelectorRequirements to matchExpressions or fieldExpressions are allowed. …
 * For .preferredDuringSchedulingIgnoredDuringExecution, all updates are allowed" (Pod Scheduling Readiness).
 */
function checkDirectives(next: Cursor, before: Cursor): void {
  const selector = next.get('nodeSelector');
  const isKept = before.get('nodeSelector').entries.every(([key, { text }]) => selector.get(key).text === text);
  if (!isKept) notAdded(selector, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)');
  const [terms, known] = [requiredTermsOf(next), requiredTermsOf(before)];
  if (known.items.length === 0) return;
  if (terms.items.length !== known.items.length)
    return notAdded(terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
  for (const [index, term] of terms.items.entries()) {
    const was = known.items[index];
    if (was !== undefined && !isNarrower(term, was))
      notAdded(term, 'only additions are allowed (no mutations or deletions)');
  }
}

function requiredTermsOf(spec: Cursor): Cursor {
  const affinity = spec.get('affinity').get('nodeAffinity').get('requiredDuringSchedulingIgnoredDuringExecution');
  return affinity.get('nodeSelectorTerms');
}

/**
 * Whether a term asks for all that it asked for before (validateNodeSelectorTermHasOnlyAdditions). One that asked for
 * nothing matches no node, and stays so.
 */
function isNarrower(term: Cursor, before: Cursor): boolean {
  const fields = ['matchExpressions', 'matchFields'];
  if (fields.every((field) => before.get(field).items.length === 0))
    return fields.every((field) => term.get(field).items.length === 0);
  return fields.every((field) => isSubset(before.get(field), term.get(field)));
}

function notAdded(field: Cursor, message: string): void {
  field.immutable(message, 'delete the pod and create it anew', 'FieldValueInvalid');
}

/** What of a toleration has to stay: all but its time (validateOnlyAddedTolerations). */
function timeless({ value }: Cursor): JsonValue | undefined {
  if (!isJsonObject(value)) return value;
  const { tolerationSeconds: _seconds, ...toleration } = value;
  return toleration;
}

/**
 * A deadline can come and shrink: "must be less than or equal to previous value", "must not update from a positive
 * integer to nil value".
 */
function checkDeadline(next: Cursor, before: number | undefined): void {
  if (before === undefined) return;
  const refuse = (message: string) => next.immutable(message, 'delete the pod and create it anew', 'FieldValueInvalid');
  if (next.isAbsent) refuse('must not update from a positive integer to nil value');
  else if ((next.number ?? before) > before) refuse('must be less than or equal to previous value');
}

function podIsImmutable(field: Cursor, message: string): void {
  field.immutable(message, 'delete the pod and create it anew', 'FieldValueForbidden');
}

function isSubset(part: Cursor, whole: Cursor): boolean {
  return part.items.every((item) => whole.items.some((known) => isSame(item.value, known.value)));
}

function withoutImages(containers: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(containers)) return containers;
  const items: readonly JsonValue[] = containers;
  return items.map((container) => (isJsonObject(container) ? { ...container, image: '' } : container));
}
