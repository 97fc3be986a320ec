import type { FieldProblem } from '../../objects/field-problem.ts';
import { type Quantity, subtractQuantities, tryParseQuantity, ZERO_QUANTITY } from '../../objects/quantity.ts';
import { formatAmounts, isInQuotaScope, quotaUsageOf, totalQuotaUsage } from '../../objects/resource-quota.ts';
import type { KubernetesObject, Pod, ResourceQuota } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission, AdmissionRequest } from '../context.ts';
import { objectProblem } from './object-problem.ts';
import { unreadableAmounts } from './unreadable-amounts.ts';

/**
 * What a quota makes every pod say: "if quota is enabled in a namespace for compute resources, users must specify
 * requests or limits for those values".
 */
const COMPUTE = /^(?:(?:requests|limits)\.)?(cpu|memory)$/;

/**
 * "If creating or updating a resource violates a quota constraint, the request will fail with HTTP status code 403
 * FORBIDDEN with a message explaining the constraint that would have been violated" (ResourceQuota, kubernetes.io).
 * What is used is counted anew from the objects, in the transaction of the request: it is never out of date.
 */
export function createResourceQuotaAdmission(client: () => Client, wallMs: () => number): Admission {
  return (request) => {
    const { kind, verb, subresource, object, previous } = request;
    if (!kind.namespaced || verb === 'delete' || subresource !== undefined || kind.kind === 'Event') return undefined;
    const namespace = object.metadata?.namespace ?? 'default';
    const quotas = client().list('ResourceQuota', { namespace });
    if (quotas.length === 0) return undefined;
    if (verb === 'update' && previous === undefined) return undefined;
    const problems = quotas.flatMap((quota) => problemsOf(client(), quota, request, wallMs()));
    return problems.length === 0 ? undefined : { problems };
  };
}

function problemsOf(
  client: Client,
  quota: ResourceQuota,
  request: AdmissionRequest,
  nowMs: number,
): readonly FieldProblem[] {
  const { object, previous, verb, kind } = request;
  if (!isInQuotaScope(quota, object)) return [];
  const limits = quota.spec?.hard ?? {};
  const hard = new Map(Object.entries(limits).map(([name, text]) => [name, tryParseQuantity(text) ?? ZERO_QUANTITY]));
  const missing = kind.kind === 'Pod' && verb === 'create' ? missingAmounts(object, hard) : [];
  if (missing.length > 0)
    return [problem(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`, true)];
  const before = previous !== undefined && isInQuotaScope(quota, previous) ? quotaUsageOf(previous, nowMs) : new Map();
  const wanted = new Map<string, Quantity>();
  for (const [name, amount] of quotaUsageOf(object, nowMs)) {
    const more = subtractQuantities(amount, before.get(name) ?? ZERO_QUANTITY);
    if (hard.has(name) && more.nano > 0n) wanted.set(name, more);
  }
  if (wanted.size === 0) return [];
  const unreadable = unreadableAmounts('hard', limits, (name) => wanted.has(name));
  if (unreadable.length > 0) return [problem(`failed quota: ${quota.metadata.name}: ${unreadable.join('; ')}`)];
  const objects = client.listObjects(kind, { namespace: quota.metadata.namespace ?? '' });
  const used = totalQuotaUsage(quota, objects, nowMs);
  const names = [...wanted.keys()].filter((name) => {
    const total = (used.get(name)?.nano ?? 0n) + (wanted.get(name)?.nano ?? 0n);
    return total > (hard.get(name)?.nano ?? 0n);
  });
  if (names.length === 0) return [];
  const pick = (amounts: ReadonlyMap<string, Quantity>) =>
    formatAmounts(new Map(names.map((name) => [name, amounts.get(name) ?? ZERO_QUANTITY])));
  const amounts = `requested: ${pick(wanted)}, used: ${pick(used)}, limited: ${pick(hard)}`;
  return [problem(`exceeded quota: ${quota.metadata.name}, ${amounts}`)];
}

/** `limits.cpu for: app,db`, for each resource that a container leaves open. */
function missingAmounts(object: KubernetesObject, hard: ReadonlyMap<string, Quantity>): readonly string[] {
  const spec = object['spec'] as Pod['spec'];
  return [...hard.keys()].sort().flatMap((name) => {
    const resource = COMPUTE.exec(name)?.[1];
    if (resource === undefined) return [];
    const which = name.startsWith('limits.') ? 'limits' : 'requests';
    const open = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].filter(
      ({ resources }) => resources?.[which]?.[resource] === undefined,
    );
    const names = open.map((container) => container.name).sort();
    return names.length === 0 ? [] : [`${name} for: ${names.join(',')}`];
  });
}

/** `isUnspecified`: the pod does not say what the quota makes it say. */
function problem(message: string, isUnspecified = false): FieldProblem {
  const help = isUnspecified
    ? 'write the named requests and limits, or add a LimitRange that fills them in'
    : 'raise the quota, or ask for less';
  return objectProblem(message, help);
}
