import type { Job } from '../../objects/types.ts';
import { IndexSet } from './index-set.ts';

type SuccessPolicy = NonNullable<NonNullable<Job['spec']>['successPolicy']>;

/**
 * Why the Job has succeeded by its policy. "Once any of the rules are matched, the Job is marked as succeeded, and the
 * lingering Pods are removed"; "succeededIndexes: the set of indexes which need to be contained in the actual set of
 * the succeeded indexes; succeededCount: the minimal required size of the set; together: the minimal size of the
 * subset" (batch/v1, SuccessPolicyRule).
 */
export function matchSuccessPolicy(
  policy: SuccessPolicy | undefined,
  completions: number,
  succeeded: IndexSet,
): string | undefined {
  if (succeeded.size === 0) return undefined;
  const index = (policy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const wanted = IndexSet.parse(succeededIndexes, completions);
    // A rule about no index at all is met by nothing (matchSucceededIndexesRule).
    return wanted.size > 0 && wanted.overlap(succeeded) >= (succeededCount ?? wanted.size);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
