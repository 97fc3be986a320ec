import {
  controllerOf,
  findKind,
  isPodActive,
  isPodReady,
  isPodTerminal,
  storageKeyOf,
  storagePrefixOf,
} from '../../objects/index.ts';
import type { DaemonSet, Job, Node, Pod, StatefulSet, StoredObject } from '../../objects/types.ts';
import type { StoreEvent } from '../../store/index.ts';
import type { LifeWatcher, OpenLife } from '../life.ts';
import type { Machine } from '../machine.ts';
import { LATE } from '../user/unusual-live-actions.ts';
import { objectOf, previousOf } from './store-events.ts';

const PODS = '/core/pods/';

/**
 * What the API promises of StatefulSets (one pod for each ordinal, in order), DaemonSets (one pod for each node) and
 * Jobs (exact counts), computed here once more from what is written, without asking the controllers.
 */
export class WorkloadsChecker implements LifeWatcher {
  readonly #machine: Machine;
  /** Uids of pods that were seen to end, by the uid of their Job. */
  readonly #ended = new Map<string, { readonly succeeded: Set<string>; readonly failed: Set<string> }>();

  /** Uids of Jobs to which a person has added pods. */
  readonly #helped = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  onCommit(events: readonly StoreEvent[], life: OpenLife): void {
    if (life.registry === undefined) return;
    for (const event of events) {
      const pod = objectOf(event, 'Pod') as Pod | undefined;
      const before = previousOf(event, 'Pod') as Pod | undefined;
      if (pod !== undefined) this.#noteEnd(pod);
      if (pod?.metadata.name.startsWith(LATE)) this.#helped.add(controllerOf(pod)?.uid ?? '');
      if (pod === undefined && before !== undefined) this.#noteGone(before);
      if (this.#machine.actor === 'berth' && pod !== undefined && before === undefined) this.#onCreated(pod, life);
      const isMarked = pod === undefined || pod.metadata.deletionTimestamp !== undefined;
      if (this.#machine.actor === 'berth' && isMarked && before?.metadata.deletionTimestamp === undefined)
        this.#checkOnDelete(pod ?? before, life);
      const job = objectOf(event, 'Job') as Job | undefined;
      if (job !== undefined) this.#checkJob(job, previousOf(event, 'Job') as Job | undefined);
    }
  }

  #onCreated(pod: Pod, life: OpenLife): void {
    const owner = controllerOf(pod);
    if (owner?.kind === 'StatefulSet') this.#checkOrdinal(pod, findOwner<StatefulSet>(life, pod), siblings(life, pod));
    if (owner?.kind === 'DaemonSet') this.#checkDaemon(pod, findOwner<DaemonSet>(life, pod), siblings(life, pod));
    if (owner?.kind === 'Job') this.#checkParallelism(pod, findOwner<Job>(life, pod), siblings(life, pod));
  }

  /**
   * "The Pods are named statefulset-name-ordinal"; with OrderedReady "all of its predecessors must be Running and
   * Ready" before one is made.
   */
  #checkOrdinal(pod: Pod, set: StatefulSet | undefined, others: readonly Pod[]): void {
    if (set === undefined) return;
    const { name } = pod.metadata;
    const start = set.spec?.ordinals?.start ?? 0;
    const ordinal = ordinalOf(pod);
    if (name !== `${set.metadata.name}-${ordinal}`) return this.#report(`${name} is no name of ${set.metadata.name}`);
    if (ordinal < start || ordinal >= start + (set.spec?.replicas ?? 1))
      this.#report(`${name} was made, and ${set.metadata.name} wants ${set.spec?.replicas} from ${start} on`);
    if (set.spec?.podManagementPolicy === 'Parallel') return;
    for (let lower = start; lower < ordinal; lower++) {
      const one = others.find((other) => ordinalOf(other) === lower);
      if (one === undefined || !isPodActive(one) || !isPodReady(one))
        this.#report(`${name} was made before ${set.metadata.name}-${lower} was ready`);
    }
  }

  /** "A DaemonSet ensures that all (or some) Nodes run a copy of a Pod": one, and a second one only while it surges. */
  #checkDaemon(pod: Pod, set: DaemonSet | undefined, others: readonly Pod[]): void {
    const onNode = others.filter((other) => isPodActive(other) && nodeOf(other) === nodeOf(pod)).length + 1;
    const surge = set?.spec?.updateStrategy?.rollingUpdate?.maxSurge ?? 0;
    if (onNode > (surge === 0 ? 1 : 2)) this.#report(`${pod.metadata.name} is number ${onNode} on its node`);
  }

  /**
   * "OnDelete: the controller will not automatically update the Pods": its pods go by hand, when one is too many, has
   * ended, or is driven away.
   */
  #checkOnDelete(pod: Pod | undefined, life: OpenLife): void {
    const owner = pod === undefined ? undefined : controllerOf(pod);
    if (pod === undefined || (owner?.kind !== 'StatefulSet' && owner?.kind !== 'DaemonSet')) return;
    const set = findOwner<StatefulSet | DaemonSet>(life, pod);
    if (set?.spec?.updateStrategy?.type !== 'OnDelete' || set.metadata.deletionTimestamp !== undefined) return;
    const isDisrupted = pod.status?.conditions?.some(({ type }) => type === 'DisruptionTarget') === true;
    if (isPodTerminal(pod) || isDisrupted || isGone(life, 'Namespace', pod.metadata.namespace ?? '')) return;
    // "Pod garbage collection cleans up Pods bound to a node which no longer exists."
    if (pod.spec?.nodeName && isGone(life, 'Node', pod.spec.nodeName)) return;
    if (owner.kind === 'DaemonSet') return this.#checkDaemonStays(pod, set as DaemonSet, siblings(life, pod), life);
    const { ordinals, replicas = 1 } = (set as StatefulSet).spec ?? {};
    const start = ordinals?.start ?? 0;
    const isWanted = ordinalOf(pod) >= start && ordinalOf(pod) < start + replicas;
    if (isWanted) this.#report(`${pod.metadata.name} was deleted, and ${set.metadata.name} updates OnDelete`);
  }

  /**
   * A daemon goes where its node does not suit it any more, or where there is another; whether it suits is the
   * controller's affair.
   */
  #checkDaemonStays(pod: Pod, set: DaemonSet, others: readonly Pod[], life: OpenLife): void {
    const nodeName = nodeOf(pod) ?? '';
    const node = life.store.get(`/core/nodes/-/${nodeName}`)?.value as Node | undefined;
    const isAlone = !others.some((other) => isPodActive(other) && nodeOf(other) === nodeName);
    const isTainted = (node?.spec?.taints ?? []).length > 0;
    const wanted = Object.entries(set.spec?.template.spec?.nodeSelector ?? {});
    const suits = node !== undefined && wanted.every(([key, value]) => node.metadata.labels?.[key] === value);
    if (isAlone && suits && !isTainted)
      this.#report(`${pod.metadata.name} was deleted, and ${set.metadata.name} updates OnDelete`);
  }

  #checkParallelism(pod: Pod, job: Job | undefined, others: readonly Pod[]): void {
    if (job === undefined) return;
    const active = others.filter(isPodActive).length + 1;
    const most = job.spec?.parallelism ?? 1;
    if (job.spec?.suspend === true) this.#report(`${pod.metadata.name} was made for a suspended job`);
    if (active > most) this.#report(`${pod.metadata.name} is number ${active} of at most ${most} active ones`);
  }

  /** The counts never run ahead of the pods that ended, never go back, and are those of the completions in the end. */
  #checkJob(job: Job, before: Job | undefined): void {
    const { metadata, status, spec } = job;
    const seen = this.#endedOf(metadata.uid);
    const succeeded = status?.succeeded ?? 0;
    const failed = status?.failed ?? 0;
    const name = `${metadata.namespace}/${metadata.name}`;
    if (succeeded > seen.succeeded.size)
      this.#report(`${name} counts ${succeeded} successes, and ${seen.succeeded.size} pods succeeded`);
    if (failed > seen.failed.size)
      this.#report(`${name} counts ${failed} failures, and ${seen.failed.size} pods failed`);
    if (before?.metadata.uid === metadata.uid && spec?.completionMode !== 'Indexed') {
      if (succeeded < (before.status?.succeeded ?? 0) || failed < (before.status?.failed ?? 0))
        this.#report(`${name} counts backwards`);
    }
    const condition = status?.conditions?.find(({ type, status: is }) => type === 'Complete' && is === 'True');
    if (condition === undefined || spec?.completions === undefined || spec.successPolicy !== undefined) return;
    if (spec.backoffLimitPerIndex !== undefined) return;
    // "Too many succeeded pods": of those that a person adds there may be more than are asked for, which the Job counts
    // and says.
    const most = this.#helped.has(metadata.uid) ? Number.POSITIVE_INFINITY : spec.completions;
    if (succeeded < spec.completions || succeeded > most)
      this.#report(`${name} is complete with ${succeeded} of ${spec.completions} completions`);
  }

  #noteEnd(pod: Pod): void {
    const phase = pod.status?.phase;
    if (phase === 'Succeeded') this.#endedOf(controllerOf(pod)?.uid ?? '').succeeded.add(pod.metadata.uid);
    if (phase === 'Failed') this.#endedOf(controllerOf(pod)?.uid ?? '').failed.add(pod.metadata.uid);
    // "A terminating pod counts as failed" once it is on its way out, with podReplacementPolicy TerminatingOrFailed.
    if (pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded')
      this.#endedOf(controllerOf(pod)?.uid ?? '').failed.add(pod.metadata.uid);
  }

  /** A pod that went before it ended counts as one that failed. */
  #noteGone(pod: Pod): void {
    if (pod.status?.phase !== 'Succeeded') this.#endedOf(controllerOf(pod)?.uid ?? '').failed.add(pod.metadata.uid);
  }

  #endedOf(jobUid: string) {
    const known = this.#ended.get(jobUid) ?? { succeeded: new Set<string>(), failed: new Set<string>() };
    this.#ended.set(jobUid, known);
    return known;
  }

  #report(message: string): void {
    this.#machine.report('workloads', message);
  }
}

function isGone({ store }: OpenLife, kind: string, name: string): boolean {
  const found = store.get(storageKeyOf({ apiVersion: 'v1', kind, name }))?.value as unknown as StoredObject | undefined;
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
}

function findOwner<T>({ store }: OpenLife, pod: Pod): T | undefined {
  const owner = controllerOf(pod);
  const kind = owner === undefined ? undefined : findKind(owner.apiVersion, owner.kind);
  if (owner === undefined || kind === undefined) return undefined;
  const found = store.get(`${storagePrefixOf(kind, pod.metadata.namespace)}${owner.name}`)?.value as
    | StoredObject
    | undefined;
  return found?.metadata.uid === owner.uid ? (found as unknown as T) : undefined;
}

/** The other pods of its controller. */
function siblings({ store }: OpenLife, pod: Pod): readonly Pod[] {
  const uid = controllerOf(pod)?.uid;
  return store
    .list(`${PODS}${pod.metadata.namespace}/`)
    .map(({ value }) => value as unknown as Pod)
    .filter((other) => controllerOf(other)?.uid === uid && other.metadata.uid !== pod.metadata.uid);
}

function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

/** DaemonSet pods are bound by an affinity to the name of their node, and have it once they are placed. */
function nodeOf({ spec }: Pod): string | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.[0]?.values?.[0] ?? spec?.nodeName;
}
