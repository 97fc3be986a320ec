import { formatObject, type LabelSelector, matcherOfSelector, percentOf } from '../../../objects/index.ts';
import { podTemplateOf, specOf } from '../../pod-specs.ts';
import type { Finding } from '../finding.ts';
import type { PlannedObject } from '../planned-object.ts';
import { findingOn, ofKind, type Rule } from '../rule.ts';

interface BudgetSpec {
  readonly selector?: LabelSelector;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

/**
 * "If you set maxUnavailable to 0% or 0, or you set minAvailable to 100% or the number of replicas, you are requiring
 * zero voluntary evictions" (Specifying a Disruption Budget, kubernetes.io): whoever drains the node waits for ever.
 */
export const blockingBudgets: Rule = ({ objects }) =>
  ofKind(objects, 'PodDisruptionBudget').flatMap((budget) => {
    const spec = specOf(budget.object) as BudgetSpec;
    const workloads = ofKind(objects, 'Deployment', 'StatefulSet', 'ReplicaSet').filter((one) => covers(budget, one));
    const replicas = workloads.reduce((sum, { object }) => sum + Number(specOf(object)['replicas'] ?? 1), 0);
    return workloads.length === 0 ? [] : judge(budget, spec, replicas, workloads);
  });

function judge(
  budget: PlannedObject,
  { minAvailable, maxUnavailable }: BudgetSpec,
  replicas: number,
  workloads: readonly PlannedObject[],
): readonly Finding[] {
  const field = maxUnavailable === undefined ? 'minAvailable' : 'maxUnavailable';
  const allowed =
    maxUnavailable === undefined
      ? replicas - amountOf(minAvailable ?? 0, replicas)
      : amountOf(maxUnavailable, replicas);
  if (replicas === 0 || allowed > 0) return [];
  const names = workloads.map(({ id }) => formatObject(id)).join(', ');
  const message = `no pod of ${names} may ever be evicted: ${field} leaves nothing of its ${replicas} replicas to spare`;
  return [findingOn(budget, 'BudgetBlocks', { severity: 'warning', field: ['spec', field], message })];
}

function covers(budget: PlannedObject, workload: PlannedObject): boolean {
  const { selector } = specOf(budget.object) as BudgetSpec;
  if (selector === undefined || budget.id.namespace !== workload.id.namespace) return false;
  return matcherOfSelector(selector)(podTemplateOf(workload.object)?.labels ?? {});
}

function amountOf(value: number | string, total: number): number {
  return typeof value === 'number' ? value : Math.ceil(((percentOf(value) ?? 0) * total) / 100);
}
