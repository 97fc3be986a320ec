/** Workloads beside Deployments, as the user of a simulated world keeps them in Git. */
export interface StatefulSetFile {
  readonly kind: 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly start: number;
  readonly image: string;
  readonly policy: 'OrderedReady' | 'Parallel';
  readonly update: 'OnDelete' | { readonly partition: number };
  readonly note: number;
}

export interface DaemonSetFile {
  readonly kind: 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly update: 'OnDelete' | { readonly maxSurge: number; readonly maxUnavailable: number };
  /** Runs only on nodes with the label `disk=ssd`. */
  readonly isPicky: boolean;
  readonly note: number;
}

export interface JobFile {
  readonly kind: 'Job';
  readonly namespace: string;
  readonly name: string;
  readonly mode: 'single' | 'completions' | 'indexed' | 'queue' | 'per index' | 'ignoring' | 'early success';
  readonly image: string;
  readonly isSuspended: boolean;
}

export interface CronJobFile {
  readonly kind: 'CronJob';
  readonly namespace: string;
  readonly name: string;
  readonly policy: 'Allow' | 'Forbid' | 'Replace';
  readonly isSuspended: boolean;
}

export interface BudgetFile {
  readonly kind: 'PodDisruptionBudget';
  readonly namespace: string;
  readonly name: string;
}

export type WorkloadFile = StatefulSetFile | DaemonSetFile | JobFile | CronJobFile | BudgetFile;

export function renderWorkload(file: WorkloadFile): string {
  switch (file.kind) {
    case 'StatefulSet':
      return renderStatefulSet(file);
    case 'DaemonSet':
      return renderDaemonSet(file);
    case 'Job':
      return `${head('batch/v1', file)}spec:\n${renderJobSpec(file, '  ')}`;
    case 'CronJob':
      return renderCronJob(file);
    case 'PodDisruptionBudget':
      return `${head('policy/v1', file)}spec: {maxUnavailable: 1, selector: {matchLabels: {app: ${file.name}}}}\n`;
  }
}

function head(apiVersion: string, file: WorkloadFile): string {
  return `apiVersion: ${apiVersion}\nkind: ${file.kind}\nmetadata: {name: ${file.name}, namespace: ${file.namespace}}\n`;
}

function renderStatefulSet(file: StatefulSetFile): string {
  const { name, replicas, start, policy, update } = file;
  const strategy =
    update === 'OnDelete' ? '{type: OnDelete}' : `{type: RollingUpdate, rollingUpdate: ${JSON.stringify(update)}}`;
  return `${head('apps/v1', file)}spec:
  serviceName: ${name}
  replicas: ${replicas}
  ordinals: {start: ${start}}
  podManagementPolicy: ${policy}
  updateStrategy: ${strategy}
  selector: {matchLabels: {app: ${name}}}
  template:
${start > 0 ? renderPod(file, '') : renderPod(file, ON_THE_BOX) + CLAIMS}`;
}

/** Sets that count from 0 have a volume for each pod, on the one machine that never leaves. */
const ON_THE_BOX = '      nodeSelector: {kubernetes.io/hostname: sim}\n';
const CLAIMS = `          volumeMounts: [{name: data, mountPath: /data}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

function renderDaemonSet(file: DaemonSetFile): string {
  const { name, update, isPicky } = file;
  const strategy =
    update === 'OnDelete' ? '{type: OnDelete}' : `{type: RollingUpdate, rollingUpdate: ${JSON.stringify(update)}}`;
  return `${head('apps/v1', file)}spec:
  updateStrategy: ${strategy}
  selector: {matchLabels: {app: ${name}}}
  template:
${renderPod(file, isPicky ? '      nodeSelector: {disk: ssd}\n' : '')}`;
}

function renderPod({ name, image, note }: StatefulSetFile | DaemonSetFile, extra: string): string {
  return `    metadata: {labels: {app: ${name}}, annotations: {note: "${note}"}}
    spec:
${extra}      terminationGracePeriodSeconds: 5
      containers:
        - name: main
          image: ${image}
          ports: [{containerPort: 8080}]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 5}
          resources: {requests: {cpu: 50m, memory: 16Mi}}
`;
}

const FEW_FAILURES = 'backoffLimit: 40';

const JOB_FIELDS: Readonly<Record<JobFile['mode'], readonly string[]>> = {
  single: [FEW_FAILURES],
  completions: ['completions: 4', 'parallelism: 2', FEW_FAILURES],
  indexed: ['completions: 3', 'parallelism: 2', 'completionMode: Indexed', FEW_FAILURES],
  queue: ['parallelism: 2', FEW_FAILURES],
  'per index': ['completions: 3', 'parallelism: 3', 'completionMode: Indexed', 'backoffLimitPerIndex: 20'],
  ignoring: [
    'completions: 2',
    'podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [1, 137, 143]}}]}',
    FEW_FAILURES,
  ],
  'early success': [
    'completions: 3',
    'parallelism: 3',
    'completionMode: Indexed',
    'successPolicy: {rules: [{succeededCount: 1}]}',
    FEW_FAILURES,
  ],
};

function renderJobSpec(
  { mode, image, isSuspended }: Pick<JobFile, 'mode' | 'image' | 'isSuspended'>,
  indent: string,
): string {
  const suspend = isSuspended ? ['suspend: true'] : [];
  return [
    ...JOB_FIELDS[mode],
    ...suspend,
    'template:',
    '  spec:',
    '    restartPolicy: Never',
    '    terminationGracePeriodSeconds: 5',
    '    containers:',
    `      - {name: main, image: "${image}", resources: {requests: {cpu: 20m}}}`,
  ]
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function renderCronJob(file: CronJobFile): string {
  return `${head('batch/v1', file)}spec:
  schedule: "*/2 * * * *"
  concurrencyPolicy: ${file.policy}
  suspend: ${file.isSuspended}
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 1
  startingDeadlineSeconds: 60
  jobTemplate:
    spec:
      ttlSecondsAfterFinished: 120
${renderJobSpec({ mode: 'single', image: 'task:1', isSuspended: false }, '      ')}`;
}
