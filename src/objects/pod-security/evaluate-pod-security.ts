import { BASELINE_CHECKS, LOOSE_CHECKS } from './baseline.ts';
import type { PodSecurityLevel } from './levels.ts';
import { RESTRICTED_CHECKS } from './restricted.ts';
import type { JudgedPod, PodSecurityViolation } from './violation.ts';

/**
 * Everything that a level forbids of a pod. "Restricted" takes in all of "baseline", and asks more where both look at
 * the same fields.
 */
export function evaluatePodSecurity(level: PodSecurityLevel, pod: JudgedPod): readonly PodSecurityViolation[] {
  if (level === 'privileged') return [];
  const checks = [...BASELINE_CHECKS, ...(level === 'baseline' ? LOOSE_CHECKS : RESTRICTED_CHECKS)];
  return checks.flatMap((check) => check(pod));
}
