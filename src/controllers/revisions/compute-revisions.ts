import { compareText } from '../../lib/compare-text.ts';
import { jsonEqual } from '../../lib/json.ts';
import {
  isControlledBy,
  type LabelSelector,
  newOwnerReference,
  REVISION_LABEL,
  templateHash,
} from '../../objects/index.ts';
import type { KubernetesObject, Pod, StoredMeta, StoredObject } from '../../objects/types.ts';
import { claimObjects, withController } from '../ownership/claim-objects.ts';
import type { PodTemplate } from '../pods/new-pod.ts';

/** What a revision of a StatefulSet has instead (ControllerRevisionHashLabel). */
const HASH_LABEL = 'controller.kubernetes.io/hash';

/**
 * The value of the label by which a pod says of which revision it is: a whole name for a StatefulSet, a hash for a
 * DaemonSet.
 */
export function revisionOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? '';
}

interface RevisionOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: StoredMeta;
}

export interface RevisionsSnapshot {
  readonly owner: RevisionOwner;
  readonly template: PodTemplate;
  readonly selector: LabelSelector | undefined;
  readonly collisionCount: number;
  /** The owner's, and where a new one would be made every other of the namespace, too. */
  readonly revisions: readonly StoredObject[];
}

export type RevisionAction =
  | {
      readonly type: 'adoptRevision';
      readonly revision: StoredObject;
      readonly ownerReferences: StoredMeta['ownerReferences'];
      readonly reason: 'SelectorMatches';
    }
  | { readonly type: 'createRevision'; readonly object: KubernetesObject; readonly reason: 'NewTemplate' }
  | {
      readonly type: 'renumberRevision';
      readonly revision: StoredObject;
      readonly number: number;
      readonly reason: 'Rollback';
    }
  | { readonly type: 'deleteRevision'; readonly revision: StoredObject; readonly reason: 'RevisionHistoryLimit' };

export interface RevisionsResult {
  readonly actions: readonly RevisionAction[];
  /** Name of the revision of the present template, whether or not it exists already. */
  readonly updateRevision: string;
  /** Raised while the name of the new revision is taken by another one; then there is no update revision yet. */
  readonly collisionCount: number;
}

/**
 * Keeps the templates that an owner has had as ControllerRevisions. "If the present template equals an earlier one,
 * that revision is re-numbered to be the newest, otherwise a new one is created" (stateful_set_control,
 * getStatefulSetRevisions).
 */
export function computeRevisions(snapshot: RevisionsSnapshot): RevisionsResult {
  const { owner, template, collisionCount } = snapshot;
  const adopted = adoptRevisions(snapshot);
  const own = sortedRevisions({
    owner,
    revisions: [...snapshot.revisions, ...adopted.map(({ revision }) => withController(revision, owner))],
  });
  const newest = own.at(-1);
  const next = 1 + (newest === undefined ? 0 : numberOf(newest));
  const equal = own.findLast((revision) => jsonEqual(templateOf(revision), template));
  if (equal !== undefined) {
    const isNewest = equal === newest;
    const renumber = { type: 'renumberRevision', revision: equal, number: next, reason: 'Rollback' } as const;
    const actions = isNewest ? adopted : [...adopted, renumber];
    return { actions, updateRevision: equal.metadata.name, collisionCount };
  }
  const name = `${owner.metadata.name}-${templateHash(template, collisionCount)}`;
  if (snapshot.revisions.some((revision) => revision.metadata.name === name)) {
    return { actions: adopted, updateRevision: '', collisionCount: collisionCount + 1 };
  }
  const object = newRevision(owner, template, name, next);
  const create = { type: 'createRevision', object, reason: 'NewTemplate' } as const;
  return { actions: [...adopted, create], updateRevision: name, collisionCount };
}

/**
 * "AdoptOrphanRevisions adopts any orphaned ControllerRevisions that match the selector" (stateful_set_control): a set
 * that was deleted without its dependents has left them behind, and one of its name takes them up again.
 */
function adoptRevisions({ owner, selector, revisions }: RevisionsSnapshot) {
  const orphans = claimObjects(owner, selector, revisions).adopt;
  return orphans.map((revision) => {
    const { ownerReferences } = withController(revision, owner).metadata;
    return { type: 'adoptRevision', revision, ownerReferences, reason: 'SelectorMatches' } as const;
  });
}

/**
 * Revisions beyond the limit, oldest first, that neither `inUse` nor any pod names. Those in use do not count towards
 * the limit, unless `countsAllBut` names the only one that does not: so it is for a DaemonSet (cleanupHistory), and not
 * for a StatefulSet (truncateHistory).
 */
export function computeRevisionCleanup(
  snapshot: Pick<RevisionsSnapshot, 'owner' | 'revisions'>,
  options: { readonly limit: number; readonly inUse: ReadonlySet<string>; readonly countsAllBut?: string },
): readonly RevisionAction[] {
  const { limit, inUse, countsAllBut } = options;
  const all = sortedRevisions(snapshot);
  const unused = all.filter(({ metadata }) => !inUse.has(metadata.name));
  const counted = countsAllBut === undefined ? unused : all.filter(({ metadata }) => metadata.name !== countsAllBut);
  return unused
    .slice(0, Math.max(0, counted.length - limit))
    .map((revision) => ({ type: 'deleteRevision', revision, reason: 'RevisionHistoryLimit' }));
}

/** The owner's revisions, oldest first: "breaks ties first by creation timestamp, then by name" (byRevision). */
function sortedRevisions({ owner, revisions }: Pick<RevisionsSnapshot, 'owner' | 'revisions'>): StoredObject[] {
  return revisions
    .filter((revision) => isControlledBy(revision, owner))
    .sort(
      (a, b) =>
        numberOf(a) - numberOf(b) ||
        compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
        compareText(a.metadata.name, b.metadata.name),
    );
}

function numberOf(revision: StoredObject): number {
  return Number(revision['revision'] ?? 0);
}

interface RevisionData {
  readonly spec?: { readonly template?: PodTemplate & { readonly $patch?: string } };
}

/** The pod template that a revision keeps; `undefined` for one that keeps none. */
export function templateOf(revision: StoredObject): PodTemplate | undefined {
  const data = revision['data'] as RevisionData | undefined;
  if (data?.spec?.template === undefined) return undefined;
  const { $patch: _patch, ...template } = data.spec.template;
  return template;
}

/**
 * What the owner was applied with is kept at the owner alone, as a Deployment's ReplicaSets do not inherit it either.
 */
const NOT_COPIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The data is a strategic merge patch of the owner, as Kubernetes writes it, so that other tools can read it. It has
 * the owner's annotations of now: `kubectl rollout history` shows its `kubernetes.io/change-cause` (newRevision,
 * snapshot).
 */
function newRevision(owner: RevisionOwner, template: PodTemplate, name: string, revision: number): KubernetesObject {
  const { [NOT_COPIED]: _applied, ...annotations } = owner.metadata.annotations ?? {};
  const label = owner.kind === 'StatefulSet' ? HASH_LABEL : REVISION_LABEL;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, [label]: name.slice(owner.metadata.name.length + 1) },
      ownerReferences: [{ ...newOwnerReference(owner), controller: true, blockOwnerDeletion: true }],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  };
}
