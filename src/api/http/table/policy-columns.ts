import { AGE } from './age-column.ts';
import { type Column, fieldsOf, NAME, numberOf, text, textOf } from './column.ts';

/** Kinds that bound what others may do. */
export const POLICY_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'policy/v1/PodDisruptionBudget': [
    NAME,
    text('Min Available', (object) => textOf(fieldsOf(object, 'spec')['minAvailable']) || 'N/A'),
    text('Max Unavailable', (object) => textOf(fieldsOf(object, 'spec')['maxUnavailable']) || 'N/A'),
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      cell: (object) => numberOf(fieldsOf(object, 'status')['disruptionsAllowed']),
    },
    AGE,
  ],
  'v1/ResourceQuota': [
    NAME,
    text('Request', (object) => usage(object, (resource) => !isLimit(resource))),
    text('Limit', (object) => usage(object, isLimit)),
    AGE,
  ],
  'v1/LimitRange': [NAME, text('Created At', ({ metadata }) => metadata.creationTimestamp ?? '')],
  'scheduling.k8s.io/v1/PriorityClass': [
    NAME,
    { name: 'Value', type: 'integer', cell: (object) => numberOf({ ...object }['value']) },
    text('Global-Default', (object) => String({ ...object }['globalDefault'] === true)),
    AGE,
    text('PreemptionPolicy', (object) => textOf({ ...object }['preemptionPolicy']) || 'PreemptLowerPriority'),
  ],
};

function isLimit(resource: string): boolean {
  return resource.startsWith('limits');
}

/** `pods: 3/10, requests.cpu: 500m/2`, sorted. */
function usage(quota: Parameters<Column['cell']>[0], isShown: (resource: string) => boolean): string {
  const status = fieldsOf(quota, 'status');
  const [hard, used] = [fieldsOf(status, 'hard'), fieldsOf(status, 'used')];
  const shown = Object.keys(hard).filter(isShown).sort();
  return shown.map((resource) => `${resource}: ${textOf(used[resource]) || '0'}/${textOf(hard[resource])}`).join(', ');
}
