import { parseTime } from '../../../lib/clock.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { type LabelSelector, tryFormatLabelSelector } from '../../../objects/label-selector.ts';
import type { StoredObject } from '../../../objects/types.ts';
import { AGE } from './age-column.ts';
import { autoscalerTargets, scaleReference } from './autoscaler-cells.ts';
import { type Column, fieldsOf, itemsOf, joined, NAME, NONE, numberOf, text, textOf } from './column.ts';
import { formatAge, formatDuration } from './duration.ts';

function count(name: string, stanza: 'spec' | 'status', field: string): Column {
  return { name, type: 'integer', cell: (object) => numberOf(fieldsOf(object, stanza)[field]) };
}

/** Of what makes pods, or of what makes such objects. */
function podSpecOf(object: StoredObject) {
  const spec = fieldsOf(object, 'spec');
  const maker = object.kind === 'CronJob' ? fieldsOf(fieldsOf(spec, 'jobTemplate'), 'spec') : spec;
  return fieldsOf(fieldsOf(maker, 'template'), 'spec');
}

const CONTAINERS: Column = {
  name: 'Containers',
  type: 'string',
  wide: true,
  cell: (object) =>
    joined(
      itemsOf(podSpecOf(object), 'containers').map(({ name }) => textOf(name)),
      '',
    ),
};
const IMAGES: Column = {
  name: 'Images',
  type: 'string',
  wide: true,
  cell: (object) =>
    joined(
      itemsOf(podSpecOf(object), 'containers').map(({ image }) => textOf(image)),
      '',
    ),
};
const SELECTOR: Column = {
  name: 'Selector',
  type: 'string',
  wide: true,
  // "<error>" is what FormatLabelSelector makes of one that cannot be read.
  cell: (object) =>
    (tryFormatLabelSelector(fieldsOf(object, 'spec')['selector'] as LabelSelector | undefined) ?? '<error>') || NONE,
};

function readyOfDesired(object: StoredObject): string {
  return `${numberOf(fieldsOf(object, 'status')['readyReplicas'])}/${numberOf(fieldsOf(object, 'spec')['replicas'])}`;
}

const READY: Column = { name: 'Ready', type: 'string', cell: readyOfDesired };

const REPLICAS: readonly Column[] = [
  NAME,
  count('Desired', 'spec', 'replicas'),
  count('Current', 'status', 'replicas'),
  count('Ready', 'status', 'readyReplicas'),
  AGE,
  CONTAINERS,
  IMAGES,
];

/** The kinds that run pods. */
export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'apps/v1/Deployment': [
    NAME,
    READY,
    count('Up-to-date', 'status', 'updatedReplicas'),
    count('Available', 'status', 'availableReplicas'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/v1/ReplicaSet': [...REPLICAS, SELECTOR],
  'v1/ReplicationController': [
    ...REPLICAS,
    { name: 'Selector', type: 'string', wide: true, cell: (object) => pairsAt(fieldsOf(object, 'spec'), 'selector') },
  ],
  'apps/v1/StatefulSet': [NAME, READY, AGE, CONTAINERS, IMAGES],
  'apps/v1/DaemonSet': [
    NAME,
    count('Desired', 'status', 'desiredNumberScheduled'),
    count('Current', 'status', 'currentNumberScheduled'),
    count('Ready', 'status', 'numberReady'),
    count('Up-to-date', 'status', 'updatedNumberScheduled'),
    count('Available', 'status', 'numberAvailable'),
    { name: 'Node Selector', type: 'string', cell: (object) => pairsAt(podSpecOf(object), 'nodeSelector') },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/v1/Job': [
    NAME,
    { name: 'Status', type: 'string', cell: jobStatus },
    { name: 'Completions', type: 'string', cell: jobCompletions },
    { name: 'Duration', type: 'string', cell: jobDuration },
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/v1/CronJob': [
    NAME,
    text('Schedule', (object) => textOf(fieldsOf(object, 'spec')['schedule'])),
    text('Timezone', (object) => textOf(fieldsOf(object, 'spec')['timeZone']) || NONE),
    text('Suspend', (object) => (fieldsOf(object, 'spec')['suspend'] === true ? 'True' : 'False')),
    { name: 'Active', type: 'integer', cell: (object) => itemsOf(fieldsOf(object, 'status'), 'active').length },
    text('Last Schedule', (object, nowMs) => {
      const { lastScheduleTime } = fieldsOf(object, 'status');
      return lastScheduleTime === undefined ? NONE : formatAge(lastScheduleTime, nowMs);
    }),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/v1/ControllerRevision': [
    NAME,
    text('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      return owner === undefined ? NONE : `${owner.kind.toLowerCase()}.${owner.apiVersion.split('/')[0]}/${owner.name}`;
    }),
    { name: 'Revision', type: 'integer', cell: (object) => numberOf({ ...object }['revision']) },
    AGE,
  ],
  'autoscaling/v2/HorizontalPodAutoscaler': [
    NAME,
    { name: 'Reference', type: 'string', cell: scaleReference },
    { name: 'Targets', type: 'string', cell: autoscalerTargets },
    { name: 'MinPods', type: 'string', cell: (object) => textOf(fieldsOf(object, 'spec')['minReplicas']) || '<unset>' },
    count('MaxPods', 'spec', 'maxReplicas'),
    count('Replicas', 'status', 'currentReplicas'),
    AGE,
  ],
};

function pairsAt(owner: JsonObject, field: string): string {
  return joined(Object.entries(fieldsOf(owner, field)).map(([key, value]) => `${key}=${textOf(value)}`));
}

function jobStatus(job: StoredObject): string {
  const conditions = itemsOf(fieldsOf(job, 'status'), 'conditions').filter(({ status }) => status === 'True');
  const has = (type: string) => conditions.some((condition) => condition['type'] === type);
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions(job: StoredObject): string {
  const { completions, parallelism } = fieldsOf(job, 'spec');
  const succeeded = numberOf(fieldsOf(job, 'status')['succeeded']);
  if (completions !== undefined) return `${succeeded}/${numberOf(completions)}`;
  return numberOf(parallelism) > 1 ? `${succeeded}/1 of ${numberOf(parallelism)}` : `${succeeded}/1`;
}

function jobDuration(job: StoredObject, nowMs: number): string {
  const { startTime, completionTime } = fieldsOf(job, 'status');
  const startMs = parseTime(textOf(startTime) || undefined);
  if (startMs === undefined) return '';
  return formatDuration((parseTime(textOf(completionTime) || undefined) ?? nowMs) - startMs);
}
