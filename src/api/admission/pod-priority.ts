import type { FieldPath, FieldProblem } from '../../objects/field-problem.ts';
import type { KubernetesObject, Pod, PriorityClass } from '../../objects/types.ts';
import type { Client } from '../client.ts';
import type { Admission, AdmissionResult } from '../context.ts';
import { definedFields } from '../defined-fields.ts';
import { objectProblem } from './object-problem.ts';

/**
 * "The priority admission controller uses the priorityClassName field and populates the integer value of the priority.
 * If the priority class is not found, the Pod is rejected"; "globalDefault: the value of this class is used for Pods
 * without a priorityClassName; if there is none, their priority is zero" (Pod Priority and Preemption).
 */
export function createPodPriorityAdmission(client: () => Client): Admission {
  return ({ kind, verb, subresource, object, previous }) => {
    if (verb === 'delete' || subresource !== undefined) return undefined;
    if (kind.kind === 'PriorityClass')
      return refuse(
        otherDefault(client(), object, previous),
        ['globalDefault'],
        'take globalDefault from one of the two',
      );
    if (kind.kind !== 'Pod') return undefined;
    const spec = object['spec'] as Pod['spec'];
    if (spec === undefined) return undefined;
    if (verb === 'update') return keepPriority(object, spec, previous?.['spec'] as Pod['spec']);
    const name = spec.priorityClassName ?? '';
    const found = name === '' ? defaultClass(client()) : classNamed(client(), name);
    if (found === undefined)
      return refuse(
        `no PriorityClass with name ${name} was found`,
        CLASS_NAME,
        'add the PriorityClass, or correct the name',
      );
    const { value: priority, preemptionPolicy } = found;
    if ((spec.priority ?? priority) !== priority)
      return refuse(
        notFromSpec('integer value of priority', spec.priority, priority),
        ['spec', 'priority'],
        OWN_PRIORITY,
      );
    if ((spec.preemptionPolicy ?? preemptionPolicy) !== preemptionPolicy)
      return refuse(
        notFromSpec('string value of PreemptionPolicy', spec.preemptionPolicy, preemptionPolicy),
        ['spec', 'preemptionPolicy'],
        OWN_PRIORITY,
      );
    const named = found.name === '' ? {} : { priorityClassName: found.name };
    return { object: { ...object, spec: { ...spec, ...named, priority, preemptionPolicy } } };
  };
}

/**
 * "This admission plugin set pod.Spec.Priority on create. Ensure the existing priority is preserved on update"
 * (Priority, admitPod): a file that is put in the place of a pod names none.
 */
function keepPriority(object: KubernetesObject, spec: NonNullable<Pod['spec']>, before: Pod['spec']): AdmissionResult {
  const { priority = before?.priority, preemptionPolicy = before?.preemptionPolicy } = spec;
  if (priority === spec.priority && preemptionPolicy === spec.preemptionPolicy) return undefined;
  const kept = definedFields({ priority, preemptionPolicy });
  return { object: { ...object, spec: { ...spec, ...kept } } };
}

const CLASS_NAME = ['spec', 'priorityClassName'];
const OWN_PRIORITY = 'remove it and name a PriorityClass that has this value';

function refuse(
  message: string | undefined,
  place: FieldPath,
  help: string,
): { readonly problems: readonly FieldProblem[] } | undefined {
  return message === undefined ? undefined : { problems: [objectProblem(message, help, place)] };
}

function notFromSpec(what: string, given: unknown, computed: unknown): string {
  return `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
}

/** "Only one PriorityClass can be marked as globalDefault" (scheduling/v1); who is one already stays it. */
function otherDefault(client: Client, object: KubernetesObject, previous: object | undefined): string | undefined {
  const isDefault = (each: object | undefined) => (each as PriorityClass | undefined)?.globalDefault === true;
  if (!isDefault(object) || isDefault(previous)) return undefined;
  const present = client
    .list('PriorityClass')
    .find((each) => isDefault(each) && each.metadata.name !== object.metadata?.name);
  if (present === undefined) return undefined;
  return `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`;
}

interface FoundClass {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: 'Never' | 'PreemptLowerPriority';
}

const NO_CLASS: FoundClass = { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' };

function classNamed(client: Client, name: string): FoundClass | undefined {
  const stored = client.get('PriorityClass', { name });
  return stored && foundOf(stored);
}

/**
 * "If several PriorityClasses are marked as globalDefault, the one with the lowest value is used"; without one the
 * priority is zero.
 */
function defaultClass(client: Client): FoundClass {
  const defaults = client.list('PriorityClass').filter(({ globalDefault }) => globalDefault === true);
  const [lowest] = [...defaults].sort((a, b) => a.value - b.value);
  return lowest === undefined ? NO_CLASS : foundOf(lowest);
}

function foundOf({ metadata, value, preemptionPolicy = 'PreemptLowerPriority' }: PriorityClass): FoundClass {
  return { name: metadata.name, value, preemptionPolicy };
}
