import { parseTime } from '../../lib/clock.ts';
import { formatTable } from '../../lib/format-table.ts';
import {
  addQuantities,
  formatQuantity,
  type Pod,
  parseResources,
  podLimits,
  podRequests,
  type Quantity,
  quantityMilliValue,
  type ResourceAmounts,
  ZERO_QUANTITY,
} from '../../objects/index.ts';
import type { StoredObject } from '../../objects/types.ts';
import { formatAge } from '../output/format-age.ts';
import { fieldsAt } from './fields.ts';

/** Shown of every node and of each of its pods, whether anybody asks for it or not. */
const POD_RESOURCES = ['cpu', 'memory'] as const;
const NODE_RESOURCES = [...POD_RESOURCES, 'ephemeral-storage'] as const;

/**
 * The pods of a node and what they ask of it, as `kubectl describe node` has them: "Non-terminated Pods", each with its
 * share of what is allocatable, and "Allocated resources", their sums. What the node does not offer has no share.
 */
export function formatNodePods(node: StoredObject, pods: readonly StoredObject[], nowMs: number): string {
  const allocatable = parseResources(fieldsAt(node, 'status', 'allocatable') as Record<string, string>);
  const asked = pods.flatMap((pod) => {
    const { spec } = pod as Pod;
    return spec === undefined ? [] : [{ pod, requests: podRequests(spec), limits: podLimits(spec) }];
  });
  const rows = asked.map(({ pod: { metadata }, requests, limits }) => [
    metadata.namespace ?? '',
    metadata.name,
    ...POD_RESOURCES.flatMap((name) => [shareOf(name, requests, allocatable), shareOf(name, limits, allocatable)]),
    formatAge(nowMs - (parseTime(metadata.creationTimestamp) ?? nowMs)),
  ]);
  const head = ['NAMESPACE', 'NAME', 'CPU REQUESTS', 'CPU LIMITS', 'MEMORY REQUESTS', 'MEMORY LIMITS', 'AGE'];
  const requests = sumOf(asked.map((pod) => pod.requests));
  const limits = sumOf(asked.map((pod) => pod.limits));
  const names = [...new Set<string>([...NODE_RESOURCES, ...[...requests.keys(), ...limits.keys()].sort()])];
  const sums = names.map((name) => [name, shareOf(name, requests, allocatable), shareOf(name, limits, allocatable)]);
  const table = rows.length === 0 ? '' : indented(formatTable([head, ...rows]));
  return `Non-terminated Pods:  ${rows.length}\n${table}Allocated Resources:\n${indented(formatTable([['RESOURCE', 'REQUESTS', 'LIMITS'], ...sums]))}`;
}

function shareOf(name: string, amounts: ResourceAmounts, allocatable: ResourceAmounts): string {
  const amount = amounts.get(name) ?? ZERO_QUANTITY;
  const whole = quantityMilliValue(allocatable.get(name) ?? ZERO_QUANTITY);
  if (whole === 0) return formatQuantity(amount);
  return `${formatQuantity(amount)} (${Math.floor((quantityMilliValue(amount) / whole) * 100)}%)`;
}

function sumOf(all: readonly ResourceAmounts[]): ResourceAmounts {
  const sums = new Map<string, Quantity>();
  for (const [name, amount] of all.flatMap((amounts) => [...amounts]))
    sums.set(name, addQuantities(sums.get(name) ?? amountless(amount), amount));
  return sums;
}

/** Nothing, in the notation of the first amount. */
function amountless({ format }: Quantity): Quantity {
  return { nano: 0n, format };
}

function indented(table: string): string {
  return table.replace(/^(?=.)/gm, '  ');
}
