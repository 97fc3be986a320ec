import type { Job, Pod } from '../../objects/types.ts';

type PodFailurePolicy = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>;
type Rule = PodFailurePolicy['rules'][number];
type ExitCodes = NonNullable<Rule['onExitCodes']>;

export interface FailureVerdict {
  readonly action: Rule['action'];
  /** Whether the failure counts towards the limits. */
  readonly isCounted: boolean;
  /** Why the Job fails, for `FailJob`. */
  readonly message: string;
}

const ACTIONS: ReadonlySet<string> = new Set<Rule['action']>(['Count', 'FailIndex', 'FailJob', 'Ignore']);

const COUNTED: FailureVerdict = { action: 'Count', isCounted: true, message: '' };

/**
 * What a failed pod means. "A list of pod failure policy rules. The rules are evaluated in order. Once a rule matches a
 * Pod failure, the remaining of the rules are ignored. When no rule matches the Pod failure, the default handling
 * applies - the counter of pod failures is incremented and it is checked against the backoffLimit" (batch/v1). "Clients
 * should react to an unknown action by skipping the rule", and one with an unknown operator matches nothing.
 */
export function judgePodFailure(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    if (!ACTIONS.has(rule.action)) continue;
    const cause = matchExitCodes(rule.onExitCodes, pod) ?? matchConditions(rule.onPodConditions, pod);
    if (cause === undefined) continue;
    const message = `${cause} matching ${rule.action} rule at index ${index}`;
    return { action: rule.action, isCounted: rule.action !== 'Ignore', message };
  }
  return COUNTED;
}

/**
 * "onExitCodes: containers completed with success (exit code 0) are excluded from the requirement check"; without
 * `containerName` "the rule applies to all containers", init containers too.
 */
function matchExitCodes(requirement: ExitCodes | undefined, { metadata, status }: Pod): string | undefined {
  if (requirement === undefined) return undefined;
  const { containerName, operator, values } = requirement;
  for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    if (containerName !== undefined && containerName !== name) continue;
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0) continue;
    if (operator !== (values.includes(code) ? 'In' : 'NotIn')) continue;
    return `Container ${name} for pod ${metadata.namespace}/${metadata.name} failed with exit code ${code}`;
  }
  return undefined;
}

/**
 * "The requirement is satisfied if at least one pattern matches an actual pod condition"; the status defaults to True.
 */
function matchConditions(patterns: Rule['onPodConditions'], { metadata, status }: Pod): string | undefined {
  for (const pattern of patterns ?? []) {
    const wanted = pattern.status || 'True';
    const isMet = status?.conditions?.some(({ type, status: is }) => type === pattern.type && is === wanted);
    if (isMet === true) return `Pod ${metadata.namespace}/${metadata.name} has condition ${pattern.type}`;
  }
  return undefined;
}
