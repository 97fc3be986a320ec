import { compareText } from '../../lib/compare-text.ts';
import { jsonEqual } from '../../lib/json.ts';
import { POD_TEMPLATE_HASH_LABEL } from '../../objects/index.ts';
import type { Deployment, ReplicaSet } from '../../objects/types.ts';

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY_ANNOTATION = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/max-replicas';

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION_ANNOTATION,
  REVISION_HISTORY_ANNOTATION,
  DESIRED_REPLICAS_ANNOTATION,
  MAX_REPLICAS_ANNOTATION,
  'deprecated.deployment.rollback.to',
]);

/** The history annotation keeps the newest revisions that fit into this many characters. */
const REVISION_HISTORY_CHARACTERS = 2000;

type Template = NonNullable<ReplicaSet['spec']>['template'];

/** Annotations and labels as Kubernetes writes them: text to text. */
export type TextMap = Readonly<Record<string, string>>;

/** Whether two pod templates, both with defaults filled in, are the same apart from the hash label. */
export function templatesEqual(a: Template, b: Template): boolean {
  return jsonEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: Template): unknown {
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  // `creationTimestamp: null`, which Go clients send along, means nothing.
  const { labels: _labels, creationTimestamp: _created, ...meta } = template?.metadata ?? {};
  return { ...template, metadata: { ...meta, labels, annotations: meta.annotations ?? {} } };
}

/**
 * "The ReplicaSet whose template equals the Deployment's is the new one. In rare cases, such as after cluster upgrades,
 * a Deployment may end up with having more than one new ReplicaSet that have the same template as its template; we
 * deterministically choose the oldest new ReplicaSet" (deployment_util, FindNewReplicaSet).
 */
export function findNewReplicaSet(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const template = deployment.spec?.template;
  return [...replicaSets].sort(byCreation).find((set) => templatesEqual(set.spec?.template, template));
}

/** Oldest first; equal times by name. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

/** Lowest revision first; equal ones oldest first. */
export function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  return revisionOf(a) - revisionOf(b) || byCreation(a, b);
}

/** 0 when it has none, or one that is no number. */
export function revisionOf(replicaSet: ReplicaSet): number {
  return parseRevision(replicaSet.metadata.annotations?.[REVISION_ANNOTATION]) ?? 0;
}

/** Kubernetes counts revisions in 64 bits; whoever writes one that large by hand has written no number here. */
function parseRevision(text: string | undefined): number | undefined {
  const revision = parseDigits(text);
  return revision !== undefined && revision < Number.MAX_SAFE_INTEGER ? revision : undefined;
}

/**
 * A number of replicas out of an annotation: nothing but digits, of a value that fits into an int32; anything else
 * counts as if it was not there (deployment_util, getNonNegativeInt32FromAnnotation).
 */
export function parseReplicas(text: string | undefined): number | undefined {
  const count = parseDigits(text);
  return count !== undefined && count < 2 ** 31 ? count : undefined;
}

function parseDigits(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The Deployment's annotations that its ReplicaSets carry, too. */
export function inheritedAnnotations(deployment: Deployment): TextMap {
  const annotations = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(annotations.filter(([key]) => !NOT_COPIED.has(key)));
}

/**
 * The annotations that the new ReplicaSet should have. Its revision is the highest of all; when an old ReplicaSet
 * becomes the new one again (a rollback), it is re-numbered and its former revisions are kept in the history
 * annotation. A revision is never lowered: old ReplicaSets with higher ones may have been deleted since.
 */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  replicaSet: ReplicaSet | undefined,
  oldReplicaSets: readonly ReplicaSet[],
): TextMap {
  const revision = 1 + Math.max(0, ...oldReplicaSets.map(revisionOf));
  const annotations = { ...replicaSet?.metadata.annotations, ...inheritedAnnotations(deployment) };
  const formerText = annotations[REVISION_ANNOTATION];
  const former = parseRevision(formerText) ?? 0;
  if (former >= revision) return annotations;
  annotations[REVISION_ANNOTATION] = String(revision);
  if (formerText !== undefined) {
    const history = annotations[REVISION_HISTORY_ANNOTATION];
    annotations[REVISION_HISTORY_ANNOTATION] = appendHistory(history, formerText);
  }
  return annotations;
}

function appendHistory(history: string | undefined, revision: string): string {
  const revisions = history === undefined || history === '' ? [] : history.split(',');
  revisions.push(revision);
  while (revisions.length > 1 && revisions.join(',').length > REVISION_HISTORY_CHARACTERS) revisions.shift();
  return revisions.join(',');
}

/**
 * Written on every ReplicaSet when it is scaled: how many pods the Deployment wanted then, and how many it allowed. By
 * the first a scaling of the Deployment is told from a rollout, by the second proportions are computed.
 */
export function replicasAnnotations(replicas: number, maxSurge: number): TextMap {
  return { [DESIRED_REPLICAS_ANNOTATION]: String(replicas), [MAX_REPLICAS_ANNOTATION]: String(replicas + maxSurge) };
}
