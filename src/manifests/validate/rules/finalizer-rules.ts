import { FOREGROUND_FINALIZER, isStandardFinalizer, ORPHAN_FINALIZER } from '../../../objects/finalizers.ts';
import { qualifiedNameProblems } from '../../../objects/index.ts';
import { type Cursor, checkText } from '../cursor.ts';

/** `validateKubeFinalizerName` (core validation). */
export function finalizerProblems(name: string): readonly string[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0 || name.includes('/') || isStandardFinalizer(name)) return problems;
  return ['name is neither a standard finalizer name nor is it fully qualified'];
}

/** `metadata.finalizers`; what happens to dependents is asked for once (`ValidateFinalizers`, apimachinery). */
export function checkFinalizers(finalizers: Cursor): void {
  for (const finalizer of finalizers.items) checkText(finalizer, finalizerProblems);
  const names = finalizers.items.map(({ text }) => text);
  if (names.includes(ORPHAN_FINALIZER) && names.includes(FOREGROUND_FINALIZER))
    finalizers.invalid('finalizer orphan and foregroundDeletion cannot be both set', 'keep one of them');
}
