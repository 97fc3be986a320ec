import {
  annotated,
  container,
  type Fields,
  inTurn,
  numberOf,
  ON_THE_BOX,
  object,
  type Special,
  type SpecialInput,
  type SpecialObject,
  spread,
  template,
  workload,
} from './special.ts';

/** Workloads with the fields that those of `workload-manifests.ts` leave out. */
export const SPECIAL_WORKLOADS = {
  'replication controller': {
    fate: 'heals',
    make: (input) => [
      object('v1', 'ReplicationController', input.name, {
        spec: {
          replicas: inTurn(input.version, [2, 1, 3]),
          selector: { app: input.name },
          template: template(input, { containers: [container()] }),
        },
      }),
    ],
  },
  'replica set': {
    fate: 'heals',
    make: (input) => [
      workload(input, 'ReplicaSet', { replicas: inTurn(input.version, [1, 2, 3]) }, { containers: [container()] }),
    ],
  },
  // No pod of it is taken by the API.
  'replica set out of reach': {
    fate: 'passes',
    make: (input) => [
      workload(input, 'ReplicaSet', { replicas: 1 }, { priorityClassName: 'nowhere', containers: [container()] }),
    ],
  },
  'deployment with few revisions': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        {
          replicas: 2,
          revisionHistoryLimit: inTurn(input.version, [1, 0, NO_LIMIT]),
          minReadySeconds: 3,
          progressDeadlineSeconds: inTurn(input.version, [300, NO_LIMIT]),
          paused: input.version % 4 === 2 && !input.isResting,
        },
        {
          containers: [container()],
          tolerations: [{ key: 'person.example/busy', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 45 }],
          topologySpreadConstraints: [spread(input)],
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm: apart(input) }],
            },
          },
        },
      ),
    ],
  },
  'deployment on nodes of its own': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: 2, progressDeadlineSeconds: 60 },
        {
          containers: [container()],
          affinity: {
            podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart(input)] },
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 5, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
              ],
            },
          },
        },
      ),
    ],
  },
  'important deployment': {
    fate: 'heals',
    make: (input) => [
      object('scheduling.k8s.io/v1', 'PriorityClass', input.name, {
        value: 1_000,
        preemptionPolicy: inTurn(numberOf(input.name), ['PreemptLowerPriority', 'PreemptLowerPriority', 'Never']),
      }),
      workload(
        input,
        'Deployment',
        { replicas: input.isResting ? 0 : 1 },
        {
          ...ON_THE_BOX,
          priorityClassName: input.name,
          containers: [container({ resources: { requests: { cpu: '900m' } } })],
        },
      ),
    ],
  },
  'deployment that fills the box': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'Deployment',
        { replicas: input.isResting ? 0 : 1, strategy: { type: 'Recreate' } },
        { ...ON_THE_BOX, containers: [container({ resources: { requests: { cpu: '1200m' } } })] },
      ),
    ],
  },
  'surging daemon set': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'DaemonSet',
        {
          minReadySeconds: 2,
          updateStrategy: {
            rollingUpdate: inTurn<object>(input.version, [
              { maxSurge: '50%', maxUnavailable: 0 },
              { maxSurge: 1, maxUnavailable: 0 },
              { maxSurge: 0, maxUnavailable: '40%' },
            ]),
          },
        },
        {
          containers: [container({ image: inTurn(input.version, ['app:1', 'flaky:1', 'app:2']) })],
          ...inTurn<object>(input.version, [{}, {}, { nodeSelector: { disk: 'ssd' } }, {}]),
          tolerations: [{ key: 'person.example/busy', operator: 'Exists' }],
        },
      ),
    ],
  },
  // "Tolerations that the controller adds": they come to nodes that are short of memory, and are the first to be
  // evicted.
  'daemon set that asks for nothing': {
    fate: 'heals',
    make: (input) => [workload(input, 'DaemonSet', {}, { containers: [container({ resources: {} })] })],
  },
  // Its pods stay where nothing new may come.
  'surging daemon set that tolerates nothing': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'DaemonSet',
        { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
        { containers: [container()] },
      ),
    ],
  },
  'hungry daemon set': {
    fate: 'passes',
    make: (input) => [
      workload(
        input,
        'DaemonSet',
        {},
        {
          affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: AWAY_FROM_THE_BOX } },
          containers: [container({ resources: { requests: { cpu: inTurn(input.version, ['800m', '950m', '5']) } } })],
        },
      ),
    ],
  },
  'stateful set of several at once': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'StatefulSet',
        {
          serviceName: input.name,
          replicas: inTurn(input.version, [3, 3, 1, 4]),
          podManagementPolicy: 'Parallel',
          revisionHistoryLimit: 1,
          updateStrategy: { rollingUpdate: { maxUnavailable: 2 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          ],
        },
        { ...ON_THE_BOX, containers: [container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] })] },
      ),
    ],
  },
  'slow stateful set': {
    fate: 'heals',
    make: (input) => [
      workload(
        input,
        'StatefulSet',
        {
          serviceName: input.name,
          replicas: inTurn(input.version, [2, 3, 1]),
          minReadySeconds: 4,
          revisionHistoryLimit: 0,
        },
        { containers: [container({ image: inTurn(input.version, ['app:1', 'flaky:2']) })] },
      ),
    ],
  },
  'stateful set of patient pods': {
    fate: 'heals',
    make: (input) => [
      annotated(
        workload(
          input,
          'StatefulSet',
          {
            serviceName: input.name,
            replicas: inTurn(input.version, [2, 0]),
            minReadySeconds: input.isResting ? 0 : 40,
          },
          { ...ON_THE_BOX, containers: [container()] },
        ),
        { 'kubernetes.io/change-cause': `version ${input.version}` },
      ),
    ],
  },
  'job that fails': {
    fate: 'passes',
    make: (input) => [job(input, inTurn(input.version, FAILING_JOBS))],
  },
  'job of several steps': {
    fate: 'heals',
    make: (input) => [job(input, inTurn(input.version, WORKING_JOBS))],
  },
  // Of one name through all of its versions, so that only its manifest says whether it has run.
  'job that goes when it is done': {
    fate: 'heals',
    make: ({ name, version }) => [
      annotated(
        object('batch/v1', 'Job', name, {
          spec: {
            ttlSecondsAfterFinished: inTurn(version, [0, 5, 40]),
            backoffLimit: 40,
            completions: 2,
            template: { spec: { restartPolicy: 'OnFailure', terminationGracePeriodSeconds: 2, containers: [TASK] } },
          },
        }),
        { note: String(version) },
      ),
    ],
  },
  'cron job with a time zone': {
    fate: 'heals',
    make: (input) => [
      object('batch/v1', 'CronJob', input.name, {
        spec: {
          schedule: inTurn(input.version, ['* * * * *', '*/3 * * * *']),
          timeZone: inTurn(input.version, ['Europe/Berlin', 'Asia/Kolkata']),
          suspend: input.isResting,
          concurrencyPolicy: inTurn(input.version, ['Allow', 'Replace', 'Forbid']),
          jobTemplate: {
            metadata: { labels: { from: input.name }, annotations: { note: String(input.version) } },
            spec: {
              ttlSecondsAfterFinished: 60,
              backoffLimit: 2,
              template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'main', image: 'task:3' }] } },
            },
          },
        },
      }),
    ],
  },
  'cron job that never runs': {
    fate: 'heals',
    make: (input) => [cronJob(input, { schedule: '0 0 30 2 *' }, { containers: [{ name: 'main', image: 'task:3' }] })],
  },
  'cron job of the leap day': {
    fate: 'heals',
    make: (input) => [cronJob(input, { schedule: '0 0 29 2 *' }, { containers: [{ name: 'main', image: 'task:3' }] })],
  },
  'cron job of long runs': {
    fate: 'heals',
    make: (input) => [
      cronJob(
        input,
        {
          schedule: '* * * * *',
          suspend: input.isResting,
          concurrencyPolicy: inTurn(input.version, ['Forbid', 'Allow']),
        },
        { activeDeadlineSeconds: 150, terminationGracePeriodSeconds: 2, containers: [container()] },
      ),
    ],
  },
} satisfies Record<string, Special>;

function cronJob({ name }: SpecialInput, spec: Fields, pod: Fields): SpecialObject {
  const job = { ttlSecondsAfterFinished: 60, backoffLimit: 0, template: { spec: { restartPolicy: 'Never', ...pod } } };
  return object('batch/v1', 'CronJob', name, { spec: { ...spec, jobTemplate: { spec: job } } });
}

const AWAY_FROM_THE_BOX = {
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values: ['sim'] }] }],
};

/** "int32 max means that there is no limit" (Deployment controller). */
const NO_LIMIT = 2_147_483_647;

function apart({ name }: SpecialInput) {
  return {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [name] }] },
  };
}

/** The template of a Job cannot be changed, so each version is a Job of its own. */
function job({ name, version }: SpecialInput, { pod, ...spec }: JobSpec) {
  return object('batch/v1', 'Job', `${name}-${version}`, {
    spec: { ...spec, template: { spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 2, ...pod } } },
  });
}

interface JobSpec {
  readonly pod: object;
  readonly [field: string]: unknown;
}

const TASK = { name: 'main', image: 'task:1', resources: { requests: { cpu: '10m' } } };
const CRASHING = { name: 'main', image: 'crashing:1' };

const FAILING_JOBS: readonly [JobSpec, ...JobSpec[]] = [
  { backoffLimit: 1, pod: { containers: [CRASHING] } },
  { activeDeadlineSeconds: 20, pod: { containers: [container()] } },
  { backoffLimit: 1, pod: { activeDeadlineSeconds: 10, containers: [container()] } },
  { backoffLimit: 3, pod: { restartPolicy: 'OnFailure', containers: [CRASHING] } },
  { backoffLimit: 1, pod: { initContainers: [{ name: 'prepare', image: 'crashing:1' }], containers: [TASK] } },
  {
    backoffLimit: 5,
    podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0, 2] } }] },
    pod: { containers: [CRASHING] },
  },
  {
    completions: 3,
    parallelism: 2,
    completionMode: 'Indexed',
    backoffLimitPerIndex: 1,
    maxFailedIndexes: 1,
    podFailurePolicy: {
      rules: [
        { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        { action: 'FailIndex', onExitCodes: { containerName: 'main', operator: 'In', values: [1] } },
      ],
    },
    pod: { containers: [CRASHING] },
  },
];

const WORKING_JOBS: readonly [JobSpec, ...JobSpec[]] = [
  {
    backoffLimit: 40,
    pod: {
      restartPolicy: 'OnFailure',
      initContainers: [
        { name: 'prepare', image: 'task:2' },
        { name: 'beside', image: 'sidecar:1', restartPolicy: 'Always' },
      ],
      containers: [TASK, { name: 'again', image: 'task:2' }],
    },
  },
  {
    completions: 4,
    parallelism: 2,
    backoffLimit: 40,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: { rules: [{ action: 'Count', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
    pod: { containers: [TASK] },
  },
  {
    completions: 4,
    parallelism: 4,
    completionMode: 'Indexed',
    backoffLimitPerIndex: 20,
    successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 2 }] },
    pod: { containers: [TASK] },
  },
];
