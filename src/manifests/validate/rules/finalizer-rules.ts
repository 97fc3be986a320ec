import { qualifiedNameProblems } from '../../../objects/index.ts';
import { type Cursor, checkText } from '../cursor.ts';

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** `validateKubeFinalizerName` (core validation). */
export function finalizerProblems(name: string): readonly string[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0 || name.includes('/') || STANDARD_FINALIZERS.has(name)) return problems;
  return ['name is neither a standard finalizer name nor is it fully qualified'];
}

/** `metadata.finalizers`; what happens to dependents is asked for once (`ValidateFinalizers`, apimachinery). */
export function checkFinalizers(finalizers: Cursor): void {
  for (const finalizer of finalizers.items) checkText(finalizer, finalizerProblems);
  const names = finalizers.items.map(({ text }) => text);
  if (names.includes('orphan') && names.includes('foregroundDeletion'))
    finalizers.invalid('finalizer orphan and foregroundDeletion cannot be both set', 'keep one of them');
}
