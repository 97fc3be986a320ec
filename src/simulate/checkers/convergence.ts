import type { StatusDocument } from '../../gitops/index.ts';
import { findKind, isPodActive, isPodTerminating, storageKeyOf } from '../../objects/index.ts';
import type { DaemonSet, Deployment, Job, StatefulSet, StoredObject } from '../../objects/types.ts';
import type { OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { BAD_IMAGES } from '../sim-images.ts';
import { type ApplicationFiles, declaredBy, isBadImage, type ManifestFile } from '../user/manifests.ts';
import type { Desert, UserRepository } from '../user/user-repository.ts';
import { WORLD_SETTINGS } from '../world-settings.ts';
import { autoscalerProblems } from './autoscalers.ts';
import { DECLARED_KINDS } from './declared-kinds.ts';
import { hintProblems } from './endpoint-hints.ts';
import { parseStatus } from './published-status.ts';

const FAILING = new Set(['Failed', 'Degraded', 'TimedOut']);

/**
 * Whether the world is what the repository deserves, now that nothing is wrong with the machine. Stops looking at the
 * first thing that keeps it from that.
 */
export function hasConverged(machine: Machine, repository: UserRepository): boolean {
  for (const problems of unconverged(machine, repository)) if (problems.length > 0) return false;
  return true;
}

/** All that keeps the world from it; empty once it has converged. */
export function findUnconverged(machine: Machine, repository: UserRepository): readonly string[] {
  return [...unconverged(machine, repository)].flat();
}

/** Asked again and again until there is nothing: what holds it up most often comes first. */
function* unconverged(machine: Machine, repository: UserRepository): Generator<readonly string[]> {
  const life = machine.life?.open;
  if (life === undefined || machine.life?.stage !== 'running') return yield ['Berth is not running'];
  const deserts = withHeldObjects(life, repository, repository.deserts());
  const isAllHealthy = [...deserts.values()].every(({ phase }) => phase === 'Healthy');
  yield applicationProblems(machine, life, deserts);
  yield objectProblems(life, repository, deserts);
  if (isAllHealthy) yield leftoverProblems(life, repository);
  if (isAllHealthy) yield autoscalerProblems(life);
  yield ownerProblems(life);
  yield namespaceProblems(life);
  yield engineProblems(machine, life);
  yield pressureProblems(life);
  yield statusProblems(machine, life);
  yield hintProblems(life);
}

/**
 * An object that moved here from an application whose commit is broken stays with that one until it is mended: a
 * conflict, which is right.
 */
function withHeldObjects(
  { store }: OpenLife,
  repository: UserRepository,
  deserts: ReadonlyMap<string, Desert>,
): ReadonlyMap<string, Desert> {
  const held = new Set(
    store.list('gitops/inventory/').flatMap(({ key }) => {
      const [, holder = '', object = ''] = /^gitops\/inventory\/([^:]*):(.*)$/.exec(key) ?? [];
      return deserts.get(holder)?.phase === 'Invalid' ? [object] : [];
    }),
  );
  return new Map(
    [...deserts].map(([name, desert]) => {
      const files = [...repository.filesOf(name).values()];
      const waits = files.flatMap(keysOf).some((key) => held.has(key));
      const isUncertain =
        (waits && desert.phase !== 'Invalid') || (desert.phase === 'Failing' && isDormant(files, store));
      return [name, isUncertain ? { phase: 'Uncertain' } : desert];
    }),
  );
}

/** What a person has scaled to nothing stays so, whatever number Git says: nobody tries a bad image then. */
function isDormant(files: readonly ManifestFile[], store: OpenLife['store']): boolean {
  const bad = files.filter((file) => file.kind === 'Deployment' && isBadImage(file.image));
  const live = bad.flatMap(keysOf).map((key) => store.get(key)?.value as unknown as Deployment | undefined);
  return live.every((deployment) => deployment?.spec?.replicas === 0);
}

function applicationProblems(machine: Machine, { box }: OpenLife, deserts: ReadonlyMap<string, Desert>): string[] {
  const tip = machine.repository.tip(WORLD_SETTINGS.branch)?.id;
  const problems: string[] = [];
  const applications = new Map(box.reconciler.applications.map((one) => [one.application.name, one]));
  for (const [name, { application }] of applications) {
    // What goes by another name keeps what is not declared any more until its folder is healthy under that name.
    const phase = deserts.get(application.path.replace('apps/', ''))?.phase ?? 'Healthy';
    const waits = phase !== 'Healthy';
    if (!deserts.has(name) && !waits) problems.push(`${name} is still an application`);
  }
  for (const [name, desert] of deserts) {
    const one = applications.get(name);
    const { phase = 'unknown', message = '' } = one?.verdict ?? {};
    const attempted = one?.record?.attemptedCommit;
    if (attempted !== tip) problems.push(`${name} is at ${attempted?.slice(0, 7)} instead of ${tip?.slice(0, 7)}`);
    if (desert.phase === 'Uncertain') continue;
    const isRight = desert.phase === 'Failing' ? FAILING.has(phase) : phase === desert.phase;
    const isSettled = desert.phase !== 'Healthy' || one?.verdict.reason === 'ReconciliationSucceeded';
    if (!isRight || !isSettled) problems.push(`${name} deserves ${desert.phase} and is ${phase}: ${message}`);
    if (desert.phase === 'Failing' && !desert.images.some((image) => BAD_IMAGES[image]?.test(message)))
      problems.push(`${name} fails for its image ${desert.images.join()} and says: ${message}`);
  }
  return problems;
}

/** Of one commit, what its status says: it is asked for again and again until the next one comes. */
const published = new WeakMap<
  Machine,
  { readonly commit: string; readonly applications: StatusDocument['applications'] }
>();

function publishedApplications(machine: Machine, commit: string): StatusDocument['applications'] | undefined {
  const known = published.get(machine);
  if (known?.commit === commit) return known.applications;
  const text = machine.repository.readFiles(commit).get(`${WORLD_SETTINGS.cluster}/status.yaml`);
  if (text === undefined) return undefined;
  const { applications } = parseStatus(text);
  published.set(machine, { commit, applications });
  return applications;
}

function statusProblems(machine: Machine, { box }: OpenLife): string[] {
  const tip = machine.repository.tip(WORLD_SETTINGS.statusBranch)?.id ?? '';
  const applications = publishedApplications(machine, tip);
  if (applications === undefined) return ['there is no status'];
  const phases = (all: readonly { readonly name: string; readonly phase: string }[]) =>
    all.map(({ name, phase }) => `${name} ${phase}`).join(', ');
  const said = phases(applications);
  const live = phases(box.status().applications);
  return said === live ? [] : [`the status branch says ${said}, and it is ${live}`];
}

/** What healthy applications declare, as it is on the box. */
function objectProblems(
  life: OpenLife,
  repository: UserRepository,
  deserts: ReadonlyMap<string, Desert>,
): readonly string[] {
  const healthy = [...repository.applications].filter(([name]) => deserts.get(name)?.phase === 'Healthy');
  return healthy.flatMap(([name, files]) =>
    [...files.values()].flatMap((file) =>
      keysOf(file).flatMap((key) => {
        const live = life.store.get(key)?.value as unknown as StoredObject | undefined;
        if (live === undefined) return isDone(life, name, key) ? [] : [`${name}: ${key} is missing`];
        if (live.metadata.deletionTimestamp !== undefined) return [`${name}: ${key} is being deleted`];
        return isAsDeclared(file, live) ? [] : [`${name}: ${key} is not as declared`];
      }),
    ),
  );
}

/** A Job whose time to live is over has gone, and is done where the box says that it completed. */
function isDone({ box }: OpenLife, application: string, key: string): boolean {
  const one = box.reconciler.applications.find((found) => found.application.name === application);
  return one?.finishedJobs.some((job) => job.key === key && job.finished.outcome === 'Complete') === true;
}

function isAsDeclared(file: ManifestFile, live: StoredObject): boolean {
  if (file.kind === 'ConfigMap') return JSON.stringify(live['data']).endsWith(`-${file.value}"}`);
  if (file.kind === 'Secret')
    return atob((live['data'] as Record<string, string>)['token'] ?? '').endsWith(`-${file.value}`);
  if (live.kind === 'Job') return isJobDone(live as unknown as Job);
  if (file.kind === 'StatefulSet' && !isSetComplete(live as unknown as StatefulSet)) return false;
  if (file.kind !== 'Deployment' && file.kind !== 'StatefulSet' && file.kind !== 'DaemonSet') return true;
  const { spec } = live as unknown as Deployment | StatefulSet | DaemonSet;
  const template = spec?.template;
  return (
    template?.spec?.containers[0]?.image === file.image && template.metadata?.annotations?.['note'] === `${file.note}`
  );
}

/**
 * A set with OnDelete is as healthy as it is declared: its pods may be of older revisions, but are all there and ready.
 */
function isSetComplete({ metadata, spec, status }: StatefulSet): boolean {
  const wanted = spec?.replicas ?? 1;
  const isSeen = status?.observedGeneration === metadata.generation && (status?.updateRevision ?? '') !== '';
  return isSeen && status?.replicas === wanted && (status.readyReplicas ?? 0) === wanted;
}

function isJobDone({ status }: Job): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Complete' && condition.status === 'True') === true;
}

function leftoverProblems({ store }: OpenLife, repository: UserRepository): readonly string[] {
  const declared = new Set(
    [...repository.applications.values()].flatMap((files: ApplicationFiles) => [...files.values()].flatMap(keysOf)),
  );
  return store.list('/').flatMap(({ key, value }) => {
    const { kind, metadata } = value as unknown as StoredObject;
    if (!DECLARED_KINDS.has(kind)) return [];
    const isOwn =
      /^(own-|kube-|system-|default$|kubernetes$)/.test(metadata.name) || (metadata.ownerReferences ?? []).length > 0;
    return isOwn || declared.has(key) ? [] : [`${key} is left over`];
  });
}

/** No garbage without its owner. */
function ownerProblems({ store }: OpenLife): readonly string[] {
  const objects = store.list('/').map(({ value }) => value as unknown as StoredObject);
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  return objects.flatMap((object) => {
    const owners = object.metadata.ownerReferences ?? [];
    // Of a kind that is not served nobody knows whether it is there.
    const mayBeThere = owners.some(
      ({ uid, apiVersion, kind }) => uids.has(uid) || findKind(apiVersion, kind) === undefined,
    );
    if (owners.length === 0 || mayBeThere) return [];
    return [`${object.kind}/${object.metadata.name} has lost its owner`];
  });
}

/** Whatever was in the way of its content: a namespace that is deleted goes. */
function namespaceProblems({ registry }: OpenLife): readonly string[] {
  const namespaces = registry.client({ user: 'checker', fieldManager: 'checker' }).list('Namespace');
  const going = namespaces.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  return going.map(({ metadata }) => `the namespace ${metadata.name} is still going`);
}

function engineProblems({ engines }: Machine, { registry }: OpenLife): readonly string[] {
  const client = registry.client({ user: 'checker', fieldManager: 'checker' });
  const pods = new Map(client.list('Pod').map((pod) => [pod.metadata.uid, pod]));
  const containers = engines.flatMap((engine) => engine.containers());
  const orphans = [...engines.flatMap((engine) => engine.sandboxes()), ...containers].filter(
    ({ pod }) => !pods.has(pod.uid),
  );
  const stray = containers.filter(({ pod, status }) => {
    const known = pods.get(pod.uid);
    return status === 'running' && known !== undefined && !isPodActive(known);
  });
  const running = new Set(containers.filter(({ status }) => status === 'running').map(({ id }) => `sim://${id}`));
  // Nobody tells the node agent of an end while the engine's events are muted: it looks by itself after some minutes.
  const dead = [...pods.values()].filter(isPodActive).flatMap(({ metadata, status }) => {
    const said = (status?.containerStatuses ?? []).filter(({ state }) => state?.running !== undefined);
    const wrong = said.filter(({ containerID = '' }) => !running.has(containerID));
    return wrong.map(({ name }) => `${metadata.namespace}/${metadata.name} says that its ${name} runs`);
  });
  const going = [...pods.values()].filter(isPodTerminating);
  return [
    ...going.map(({ metadata }) => `${metadata.namespace}/${metadata.name} is still going`),
    ...orphans.map(({ pod }) => `the engine still has something of ${pod.namespace}/${pod.name}, which is no more`),
    ...dead,
    ...stray.map(({ pod, name }) => `${pod.namespace}/${pod.name} is not active, and its ${name} runs`),
  ];
}

/**
 * "eviction-pressure-transition-period: 5m0s": a node says for so long that it has too little, and its taint keeps pods
 * away.
 */
function pressureProblems({ registry }: OpenLife): readonly string[] {
  const nodes = registry.client({ user: 'checker', fieldManager: 'checker' }).list('Node');
  const pressed = nodes.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => /^(Memory|Disk|PID)Pressure$/.test(type) && is === 'True'),
  );
  return pressed.map(({ metadata }) => `${metadata.name} is under pressure`);
}

function keysOf(file: ManifestFile): readonly string[] {
  return declaredBy(file).map(storageKeyOf);
}
