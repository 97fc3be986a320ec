import { randomFraction, randomInteger, randomItem, type SeededRandom } from '../../lib/random.ts';
import { IMAGE_TAGS } from '../sim-images.ts';
import type { ManifestFile } from './manifests.ts';
import type { UserRepository } from './user-repository.ts';
import type { DaemonSetFile, JobFile, StatefulSetFile, WorkloadFile } from './workload-manifests.ts';

const MOST_WORKLOADS = 5;
const JOB_MODES: readonly JobFile['mode'][] = [
  'single',
  'completions',
  'indexed',
  'queue',
  'per index',
  'ignoring',
  'early success',
];

type WorkloadAction = (repository: UserRepository, random: SeededRandom) => string | undefined;

/** What the user does to workloads that are no Deployments. */
export const WORKLOAD_ACTIONS = {
  'add a stateful set': add((repository, random, namespace) => ({
    kind: 'StatefulSet',
    namespace,
    name: `db-${repository.next()}`,
    replicas: randomInteger(random, 1, 3),
    start: randomItem(random, [0, 0, 2]),
    image: imageOf(random),
    policy: randomItem(random, ['OrderedReady', 'OrderedReady', 'Parallel'] as const),
    update: updateOf(random),
    note: 0,
  })),
  'change a stateful set': change('StatefulSet', (file: StatefulSetFile, random) =>
    randomItem<StatefulSetFile>(random, [
      { ...file, image: imageOf(random) },
      { ...file, replicas: randomInteger(random, 0, 4) },
      { ...file, update: updateOf(random), note: file.note + 1 },
      { ...file, note: file.note + 1 },
    ]),
  ),
  'add a daemon set': add((repository, random, namespace) => ({
    kind: 'DaemonSet',
    namespace,
    name: `agent-${repository.next()}`,
    image: imageOf(random),
    update: daemonUpdateOf(random),
    isPicky: randomFraction(random) < 0.3,
    note: 0,
  })),
  'change a daemon set': change('DaemonSet', (file: DaemonSetFile, random) =>
    randomItem<DaemonSetFile>(random, [
      { ...file, image: imageOf(random) },
      { ...file, isPicky: !file.isPicky, note: file.note + 1 },
      { ...file, update: daemonUpdateOf(random), note: file.note + 1 },
    ]),
  ),
  'add a job': add((repository, random, namespace) => ({
    kind: 'Job',
    namespace,
    name: `task-${repository.next()}`,
    mode: randomItem(random, JOB_MODES),
    image: `task:${randomInteger(random, 1, IMAGE_TAGS)}`,
    isSuspended: randomFraction(random) < 0.2,
  })),
  'suspend or resume a job': change('Job', (file: JobFile) => ({ ...file, isSuspended: !file.isSuspended })),
  'add a cron job': add((repository, random, namespace) => ({
    kind: 'CronJob',
    namespace,
    name: `cron-${repository.next()}`,
    policy: randomItem(random, ['Allow', 'Forbid', 'Replace'] as const),
    isSuspended: false,
  })),
  'add a disruption budget': (repository, random) => {
    const found = filesOf(repository).filter(({ file }) => file.kind === 'Deployment' || file.kind === 'StatefulSet');
    if (found.length === 0) return undefined;
    const { application, file } = randomItem(random, found);
    if (!('namespace' in file)) return undefined;
    const { namespace, name } = file;
    repository.write(application, `budget-${name}.yaml`, { kind: 'PodDisruptionBudget', namespace, name });
    return `keep ${name} from being disrupted`;
  },
  'delete a workload': (repository, random) => {
    const found = filesOf(repository).filter(({ file }) => isWorkload(file));
    if (found.length === 0) return undefined;
    const { application, path } = randomItem(random, found);
    repository.write(application, path, undefined);
    return `delete ${path}`;
  },
} satisfies Record<string, WorkloadAction>;

/** Lets no cron job run any more and every job go on, so that the world can come to rest. */
export function restWorkloads(repository: UserRepository): boolean {
  let hasChanged = false;
  for (const { application, path, file } of filesOf(repository)) {
    const isSuspended = file.kind === 'CronJob';
    if ((file.kind !== 'CronJob' && file.kind !== 'Job') || file.isSuspended === isSuspended) continue;
    repository.write(application, path, { ...file, isSuspended });
    hasChanged = true;
  }
  return hasChanged;
}

export function isWorkload(file: ManifestFile): file is WorkloadFile {
  return ['StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'PodDisruptionBudget'].includes(file.kind);
}

function add(
  make: (repository: UserRepository, random: SeededRandom, namespace: string) => WorkloadFile,
): WorkloadAction {
  return (repository, random) => {
    if (filesOf(repository).filter(({ file }) => isWorkload(file)).length >= MOST_WORKLOADS) return undefined;
    const application = randomItem(random, [...repository.applications.keys()]);
    const file = make(repository, random, application);
    repository.write(application, `${file.name}.yaml`, file);
    return `add ${file.kind} ${file.name}`;
  };
}

function change<K extends 'StatefulSet' | 'DaemonSet' | 'Job'>(
  kind: K,
  edit: (file: Extract<WorkloadFile, { kind: K }>, random: SeededRandom) => WorkloadFile,
): WorkloadAction {
  return (repository, random) => {
    const found = filesOf(repository).flatMap(({ application, path, file }) =>
      isOfKind(file, kind) ? [{ application, path, file }] : [],
    );
    if (found.length === 0) return undefined;
    const { application, path, file } = randomItem(random, found);
    repository.write(application, path, edit(file, random));
    return `change ${kind} in ${path}`;
  };
}

function isOfKind<K extends ManifestFile['kind']>(
  file: ManifestFile,
  kind: K,
): file is Extract<ManifestFile, { kind: K }> {
  return file.kind === kind;
}

function filesOf(repository: UserRepository) {
  return [...repository.applications].flatMap(([application, files]) =>
    [...files].map(([path, file]) => ({ application, path, file })),
  );
}

function imageOf(random: SeededRandom): string {
  return `${randomItem(random, ['app', 'app', 'flaky'])}:${randomInteger(random, 1, IMAGE_TAGS)}`;
}

function updateOf(random: SeededRandom): StatefulSetFile['update'] {
  return randomItem<StatefulSetFile['update']>(random, [
    'OnDelete',
    { partition: 0 },
    { partition: 0 },
    { partition: 1 },
  ]);
}

function daemonUpdateOf(random: SeededRandom): DaemonSetFile['update'] {
  return randomItem<DaemonSetFile['update']>(random, [
    'OnDelete',
    { maxSurge: 0, maxUnavailable: 1 },
    { maxSurge: 1, maxUnavailable: 0 },
  ]);
}
