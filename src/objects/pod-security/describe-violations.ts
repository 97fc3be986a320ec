import type { PodSecurityViolation } from './violation.ts';

/**
 * `privileged (container "web" must not set securityContext.privileged=true), hostPort (container "web" uses hostPort 80)`.
 */
export function describeViolations(violations: readonly PodSecurityViolation[]): string {
  const reasons = [...new Set(violations.map(({ reason }) => reason))];
  return reasons
    .map((reason) =>
      describeReason(
        reason,
        violations.filter((one) => one.reason === reason),
      ),
    )
    .join(', ');
}

function describeReason(reason: string, violations: readonly PodSecurityViolation[]): string {
  const wordings = [...new Set(violations.map(({ wording }) => wording))];
  const details = wordings.map((wording) => {
    const subject = describeSubject(violations.filter((one) => one.wording === wording));
    return subject === '' ? wording : `${subject} ${wording}`;
  });
  return `${reason} (${details.join(', ')})`;
}

/** `pod and containers "a", "b"`, `pod or container "a"`, or nothing. */
function describeSubject(violations: readonly PodSecurityViolation[]): string {
  const names = violations.flatMap(({ container }) => (container === undefined ? [] : [`"${container}"`]));
  const containers = names.length === 0 ? '' : `${names.length === 1 ? 'container' : 'containers'} ${names.join(', ')}`;
  if (violations.some(({ subject }) => subject === 'pod or')) return `pod or ${containers}`;
  const isPod = violations.some(({ subject }) => subject === 'pod');
  return [...(isPod ? ['pod'] : []), ...(containers === '' ? [] : [containers])].join(' and ');
}
