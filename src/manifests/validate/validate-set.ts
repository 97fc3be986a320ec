import { LIMITS } from '../../lib/limits.ts';
import type { FieldPath } from '../../objects/field-problem.ts';
import { findSimilar } from './did-you-mean.ts';
import type { ObjectReferenceUse } from './references.ts';

/** What is needed of an object to compare it with the others of its application. */
export interface SetMember {
  /** Storage key: the same for the same object in every version of its API. */
  readonly key: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly references: readonly ObjectReferenceUse[];
}

/** A problem of one member, by its index in the list. */
export type SetProblem =
  | { readonly type: 'duplicate'; readonly index: number; readonly firstIndex: number }
  | {
      readonly type: 'missing';
      readonly index: number;
      readonly path: FieldPath;
      readonly message: string;
      readonly help: string;
      /** Storage key of what is missing. */
      readonly key: string;
    };

export interface SetOptions {
  /**
   * Whether an object that is not in the application exists anyway: made by another one or by hand. Default: none does.
   */
  readonly exists?: (reference: ObjectReferenceUse) => boolean;
}

/**
 * What is wrong between the objects of one application: the same object twice, and references to what nobody declares.
 */
export function validateSet(members: readonly SetMember[], options: SetOptions = {}): readonly SetProblem[] {
  const problems: SetProblem[] = [];
  const firstByKey = new Map<string, number>();
  for (const [index, member] of members.entries()) {
    const firstIndex = firstByKey.get(member.key);
    if (firstIndex === undefined) firstByKey.set(member.key, index);
    else problems.push({ type: 'duplicate', index, firstIndex });
  }
  // "manual", the example of kubernetes.io: volumes that somebody makes and their claims need no object of their class.
  const hasVolumes = members.some(({ kind }) => kind === 'PersistentVolume');
  for (const [index, member] of members.entries()) {
    for (const reference of member.references) {
      if (reference.kind === 'StorageClass' && hasVolumes) continue;
      if (firstByKey.has(reference.key) || options.exists?.(reference) === true) continue;
      // Looking for similar names costs a pass over all members; nobody reads that many suggestions.
      const known = problems.length < LIMITS.diagnostics ? members : [];
      problems.push(missingProblem(index, reference, known));
    }
  }
  return problems;
}

function missingProblem(index: number, reference: ObjectReferenceUse, members: readonly SetMember[]): SetProblem {
  const { kind, namespace, name, consequence } = reference;
  const candidates = members
    .filter((member) => member.kind === kind && (namespace === undefined || member.namespace === namespace))
    .map((member) => member.name);
  const similar = findSimilar(name, candidates);
  const where = namespace === undefined ? '' : ` in namespace ${JSON.stringify(namespace)}`;
  const message = `there is no ${kind} ${JSON.stringify(name)}${where}`;
  const help =
    similar === undefined
      ? `${consequence} until it exists: add it, or correct the name`
      : `did you mean ${JSON.stringify(similar)}?`;
  return { type: 'missing', index, path: reference.path, message, help, key: reference.key };
}
