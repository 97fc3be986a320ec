import type { FieldProblem } from '../../objects/field-problem.ts';
import type { Pod, PriorityClass } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission } from '../context.ts';

/** "Kubernetes already ships with two PriorityClasses" (Pod Priority and Preemption). */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/**
 * "The priority admission controller uses the priorityClassName field and populates the integer value of the priority.
 * If the priority class is not found, the Pod is rejected"; "globalDefault: the value of this class is used for Pods
 * without a priorityClassName; if there is none, their priority is zero" (Pod Priority and Preemption).
 */
export function createPodPriorityAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object }) => {
    if (kind.kind !== 'Pod' || verb !== 'create' || subresource !== undefined) return undefined;
    const spec = object['spec'] as Pod['spec'];
    if (spec === undefined) return undefined;
    const name = spec.priorityClassName ?? '';
    const found = name === '' ? defaultClass(client()) : classNamed(client(), name);
    if (found === undefined) return name === '' ? undefined : { problems: [noSuchClass(name)] };
    if (spec.priority !== undefined && spec.priority !== found.value)
      return { problems: [otherPriority(spec.priority, found.value)] };
    const next = {
      ...spec,
      priorityClassName: found.name,
      priority: found.value,
      preemptionPolicy: spec.preemptionPolicy ?? found.preemptionPolicy,
    };
    return { object: { ...object, spec: next } };
  };
}

interface FoundClass {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: 'Never' | 'PreemptLowerPriority';
}

function classNamed(client: Client, name: string): FoundClass | undefined {
  const value = SYSTEM_CLASSES[name];
  if (value !== undefined) return { name, value, preemptionPolicy: 'PreemptLowerPriority' };
  const stored = client.get('PriorityClass', { name });
  return stored && foundOf(stored);
}

/** "If several PriorityClasses are marked as globalDefault, the one with the lowest value is used." */
function defaultClass(client: Client): FoundClass | undefined {
  const defaults = client.list('PriorityClass').filter(({ globalDefault }) => globalDefault === true);
  const [lowest] = [...defaults].sort((a, b) => a.value - b.value);
  return lowest && foundOf(lowest);
}

function foundOf({ metadata, value, preemptionPolicy = 'PreemptLowerPriority' }: PriorityClass): FoundClass {
  return { name: metadata.name, value, preemptionPolicy };
}

function noSuchClass(name: string): FieldProblem {
  const message = `no PriorityClass with name ${name} was found`;
  return { code: 'FieldValueInvalid', severity: 'error', path: ['spec', 'priorityClassName'], at: 'value', message };
}

function otherPriority(given: number, value: number): FieldProblem {
  const message = `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
  return { code: 'FieldValueForbidden', severity: 'error', path: ['spec', 'priority'], at: 'value', message };
}
